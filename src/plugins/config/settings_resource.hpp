#pragma once

#include <optional>
#include <string_view>

#include "plugins/config/store.hpp"
#include "wsman/request.hpp"
#include "xml/writer.hpp"

/// winrm/config and its parts: the settings of config::setting_rows() as one tree (MS-WSMV 2.2.4.9; layout
/// and order as Windows answers).
namespace winrm::plugins::config_resource {

/// The part of the tree that a resource URI names: "" (Config), "Client", "Service.Auth", …; none for a URI
/// that is no such part.
[[nodiscard]] std::optional<std::string_view> settings_table_of(std::string_view resource_uri);

/// <cfg:Config xmlns:cfg="…/config">…</cfg:Config>, or the part.
void write_settings(xml::Writer& body, config::Settings const& settings, std::string_view table);

/// Changes what the body says differently from now. Throws wsman::Fault: unknown or read-only settings,
/// values out of their range (the text says the range), settings that policy forces.
void put_settings(Store& store, std::string_view table, xml::Element body);

/// Takes every setting of the resource out of the file, so that the defaults hold. Listeners stay.
void restore_settings(Store& store);

}  // namespace winrm::plugins::config_resource
