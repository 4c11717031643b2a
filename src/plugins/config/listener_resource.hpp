#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/config/store.hpp"
#include "wsman/request.hpp"
#include "xml/writer.hpp"

/// winrm/config/listener: instances by Address and Transport (windows-surface 4.2).
namespace winrm::plugins::config_resource {

[[nodiscard]] std::string const& listener_uri();

/// One listener as XML, with the addresses it listens on now.
[[nodiscard]] std::string listener_xml(config::Listener const& listener, config::Settings const& settings);
/// Its a:EndpointReference.
[[nodiscard]] wsman::EndpointReference listener_reference(config::Listener const& listener);

/// The listener that the selectors name; throws wsman::Fault when they are not its keys or there is none.
[[nodiscard]] config::Listener find_listener(config::Settings const& settings,
                                             wsman::SelectorSet const& selectors);

/// Each throws wsman::Fault. `body` may be absent for a listener of defaults.
void create_listener(Store& store, wsman::SelectorSet const& selectors, xml::Element body);
void put_listener(Store& store, wsman::SelectorSet const& selectors, xml::Element body);
void remove_listener(Store& store, wsman::SelectorSet const& selectors);

}  // namespace winrm::plugins::config_resource
