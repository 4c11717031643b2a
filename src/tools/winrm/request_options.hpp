#pragma once

#include "client/enumerator.hpp"
#include "client/session.hpp"
#include "client/settings.hpp"
#include "tools/winrm/command_line.hpp"
#include "tools/winrm/format.hpp"

/// What the switches of a command line ask for. All throw UsageError.
namespace winrm::tools::winrm_tool {

[[nodiscard]] Format format_of(SwitchValues const& switches);
/// What -format may be, without Windows' #.
[[nodiscard]] std::vector<std::string> format_names();

/// -timeout, or `otherwise`.
[[nodiscard]] Milliseconds timeout_of(SwitchValues const& switches, Milliseconds otherwise);

[[nodiscard]] client::SessionOptions options_of(SwitchValues const& switches,
                                                client::ClientSettings const& settings);

/// The resource that the word at `uri_index` names, with -options and -fragment.
[[nodiscard]] client::ResourceLocator locator_of(Invocation const& invocation, std::size_t uri_index);

/// `resource_uri` is that of the enumeration.
[[nodiscard]] client::EnumerateOptions enumerate_options(SwitchValues const& switches,
                                                         std::string_view resource_uri);

/// -transport of quickconfig.
[[nodiscard]] bool wants_https(SwitchValues const& switches);

/// -returntype.
[[nodiscard]] client::EnumerateOptions::Mode return_type_of(SwitchValues const& switches);

/// -options as a set, for a resource that is not on the command line.
[[nodiscard]] wsman::OptionSet provider_options_of(SwitchValues const& switches);

}  // namespace winrm::tools::winrm_tool
