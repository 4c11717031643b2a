#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "wsman/request.hpp"

/// From resource URIs and selectors to classes and queries (MS-WSMV 2.2.4.36 and 3.1.4.1.29; windows
/// reference 7.1).
namespace winrm::plugins::wmi {

/// What a resource URI names.
struct Resource {
  cim::UriStyle style = cim::UriStyle::windows;
  std::string ns;
  std::string class_name;  ///< "*": a query over the namespace
};

[[nodiscard]] bool is_wmi_uri(std::string_view uri);

/// `__cimnamespace`, which says where a class is and is no key of it.
[[nodiscard]] bool is_namespace_selector(wsman::Selector const& selector);

/// Reads URI and `__cimnamespace`. Throws wsman::Fault (InvalidResourceURI, InvalidSelectors).
[[nodiscard]] Resource read_resource(std::string_view uri, wsman::SelectorSet const& selectors);

/// Options only change how the CIM interfaces of Windows show what they get, so unknown ones are ignored,
/// unless the client insists: throws wsman::Fault (OPTIONS_NOT_SUPPORTED).
void refuse_unknown_options(wsman::OptionSet const& options);

/// Throws wsman::Fault (RESOURCE_NOT_FOUND) for a class that is not registered.
[[nodiscard]] cim::Class const& find_class(cim::Registry const& registry, Resource const& resource);

/// `cls` and everything below it that has instances of its own: whose instances a request for `cls` means.
[[nodiscard]] std::vector<cim::Class const*> concrete_classes(cim::Class const& cls);

/// The keys that selectors give, `__cimnamespace` left out. Throws wsman::Fault for a reference to a class
/// that is not known.
[[nodiscard]] std::vector<cim::Reference::Key> keys_of(cim::Registry const& registry,
                                                       wsman::SelectorSet const& selectors);

/// The instance an endpoint reference names, spelled as its class is. The error says that there is no such
/// class. Throws wsman::Fault for a URI that names no class at all.
[[nodiscard]] Result<cim::Reference> read_reference(cim::Registry const& registry,
                                                    wsman::EndpointReference const& reference);

/// Requires `keys` in `query`. Throws wsman::Fault when one is missing, is not a key, or cannot have that
/// value.
void require_keys(cim::Query& query, cim::Registry const& registry, cim::Class const& cls,
                  std::vector<cim::Reference::Key> const& keys);

/// True when the selectors name an instance: more than a namespace.
[[nodiscard]] bool has_keys(wsman::SelectorSet const& selectors);

}  // namespace winrm::plugins::wmi
