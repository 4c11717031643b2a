#pragma once

#include <filesystem>
#include <memory>

#include "engine/plugin.hpp"
#include "plugins/config/cert_mapping_resource.hpp"
#include "plugins/config/store.hpp"

namespace winrm::plugins {

/// winrm/config over the configuration file: settings, listeners, plug-ins, certificate mappings. For
/// administrators only: root, and the owner of the file (who is the service's account when it runs without
/// root).
[[nodiscard]] std::unique_ptr<engine::Plugin> make_config_plugin(std::filesystem::path file,
                                                                 config_resource::Reload reload);

namespace config_resource {

/// The operations themselves, for whoever has checked that the caller may do them: the plug-in, and the tool
/// that root runs while no service does. Each writes the content of the SOAP Body or throws wsman::Fault.
class Operations {
 public:
  Operations(std::filesystem::path file, Reload reload) : store_(std::move(file), std::move(reload)) {}

  void get(wsman::Request const& request, xml::Writer& body);
  void put(wsman::Request const& request, xml::Writer& body, Session session = Session::local);
  void create(wsman::Request const& request, xml::Writer& body, Session session = Session::local);
  void remove(wsman::Request const& request);
  void invoke(wsman::Request const& request, std::string_view method, xml::Writer& body);
  [[nodiscard]] std::vector<engine::Item> enumerate(wsman::Request const& request,
                                                    engine::EnumerationMode mode);

 private:
  Store store_;
};

/// True for winrm/config and everything below it.
[[nodiscard]] bool is_config_uri(std::string_view resource_uri);

/// True for root and for the owner of `file`.
[[nodiscard]] bool may_configure(std::filesystem::path const& file, unsigned uid);

}  // namespace config_resource

}  // namespace winrm::plugins
