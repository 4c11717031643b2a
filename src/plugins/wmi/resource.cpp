#include "plugins/wmi/resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/unicode.hpp"
#include "cim/object_path.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;

/// What CIM clients of Windows send along, with or without MustComply (wire reference 1.4).
constexpr std::array client_options{std::string_view("__MI"), std::string_view("UsePreciseArrays"),
                                    std::string_view("IncludeQualifiers"),
                                    std::string_view("IncludeClassOrigin")};
using unicode::equals_ignoring_case;
using unicode::starts_with_ignoring_case;

constexpr std::string_view namespace_selector = "__cimnamespace";
constexpr std::string_view default_namespace = "root/cimv2";
/// Microsoft's client library names its own classes with this prefix (wire reference 4).
constexpr std::string_view microsoft_cim_schema = "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/";
constexpr std::string_view dmtf_prefixes[] = {wsman::resource::cim_schema, microsoft_cim_schema};

/// "root\CIMV2" is how Windows writes a namespace everywhere but in a URI.
std::string with_slashes(std::string_view ns) {
  std::string copy(ns);
  std::ranges::replace(copy, '\\', '/');
  return copy;
}

Resource windows_resource(std::string_view path, std::optional<std::string> const& selected_namespace) {
  auto const slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) {
    throw faults::invalid_resource_uri(
        fmt::format("\"{}\" names no class: after wmi/ write a namespace, a slash and a class, as in "
                    "root/cimv2/Win32_Process",
                    path));
  }
  Resource resource{cim::UriStyle::windows, std::string(path.substr(0, slash)),
                    std::string(path.substr(slash + 1))};
  if (selected_namespace && !equals_ignoring_case(*selected_namespace, resource.ns)) {
    throw faults::different_cim_namespace(
        fmt::format("the selector {} says {} and the resource URI says {}: leave one of them out",
                    namespace_selector, *selected_namespace, resource.ns));
  }
  return resource;
}

void require_text(cim::Query& query, cim::ClassProperty const& property, cim::Reference::Key const& key) {
  if (!key.reference.empty()) {
    throw faults::invalid_selector_value(
        fmt::format("the key {} is no reference: give it a text value", property.property.name));
  }
  auto value = cim::parse_value(property.property.type, key.value);
  if (!value) {
    throw faults::invalid_selector_value(fmt::format("selector {}: {}", key.name, value.error().message));
  }
  query.require(property.index, *std::move(value));
}

/// A key that is a reference holds an endpoint reference, or an object path as text.
void require_reference(cim::Query& query, cim::Registry const& registry, cim::Class const& cls,
                       cim::ClassProperty const& property, cim::Reference::Key const& key) {
  auto reference = key.reference.empty() ? cim::parse_reference(registry, cls.ns(), key.value)
                                         : Result<cim::Reference>(key.reference.front());
  if (!reference) {
    throw faults::invalid_selector_value(fmt::format("selector {}: {}", key.name, reference.error().message));
  }
  auto const& target = *registry.find(reference->ns, reference->class_name);
  query.require(property.index, target, *std::move(reference));
}

std::string key_names(cim::Class const& cls) {
  std::vector<std::string_view> names;
  for (auto const* key : cls.keys()) names.push_back(key->property.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

bool is_namespace_selector(wsman::Selector const& selector) {
  return equals_ignoring_case(selector.name, namespace_selector);
}

bool is_wmi_uri(std::string_view uri) {
  return starts_with_ignoring_case(uri, wsman::resource::wmi) ||
         equals_ignoring_case(uri, wsman::resource::cim_all) ||
         std::ranges::any_of(dmtf_prefixes,
                             [&](auto prefix) { return starts_with_ignoring_case(uri, prefix); });
}

Resource read_resource(std::string_view uri, wsman::SelectorSet const& selectors) {
  std::optional<std::string> selected_namespace;
  if (auto const ns = selectors.value_of(namespace_selector)) selected_namespace = with_slashes(*ns);

  if (starts_with_ignoring_case(uri, wsman::resource::wmi)) {
    return windows_resource(uri.substr(wsman::resource::wmi.size()), selected_namespace);
  }
  auto const ns = selected_namespace.value_or(std::string(default_namespace));
  if (equals_ignoring_case(uri, wsman::resource::cim_all)) return {cim::UriStyle::dmtf, ns, "*"};
  for (auto const prefix : dmtf_prefixes) {
    if (!starts_with_ignoring_case(uri, prefix)) continue;
    auto const class_name = uri.substr(prefix.size());
    if (!class_name.empty() && class_name.find('/') == std::string_view::npos) {
      return {cim::UriStyle::dmtf, ns, std::string(class_name)};
    }
  }
  throw faults::invalid_resource_uri(fmt::format("\"{}\" names no CIM class", uri));
}

cim::Class const& find_class(cim::Registry const& registry, Resource const& resource) {
  auto const* cls = registry.find(resource.ns, resource.class_name);
  if (cls == nullptr) {
    throw faults::resource_not_found(cim::resource_uri(resource.style, resource.ns, resource.class_name));
  }
  return *cls;
}

std::vector<cim::Class const*> concrete_classes(cim::Class const& cls) {
  std::vector<cim::Class const*> found;
  if (cls.has_instances()) found.push_back(&cls);
  for (auto const* child : cls.children()) {
    if (child->declaration().is_only_by_name) continue;
    auto const below = concrete_classes(*child);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

bool has_keys(wsman::SelectorSet const& selectors) {
  return std::ranges::any_of(selectors,
                             [](auto const& selector) { return !is_namespace_selector(selector); });
}

std::vector<cim::Reference::Key> keys_of(cim::Registry const& registry, wsman::SelectorSet const& selectors) {
  std::vector<cim::Reference::Key> keys;
  for (auto const& selector : selectors) {
    if (is_namespace_selector(selector)) continue;
    cim::Reference::Key key{selector.name, selector.value, {}};
    if (!selector.reference.empty()) {
      auto reference = read_reference(registry, selector.reference.front());
      if (!reference) {
        throw faults::invalid_selector_value(
            fmt::format("selector {}: {}", selector.name, reference.error().message));
      }
      key.reference.push_back(*std::move(reference));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<cim::Reference> read_reference(cim::Registry const& registry,
                                      wsman::EndpointReference const& reference) {
  auto const resource = read_resource(reference.resource_uri, reference.selectors);
  auto const* cls = registry.find(resource.ns, resource.class_name);
  if (cls == nullptr) {
    return fail(fmt::format("a reference names the class {}:{}, which is not known here", resource.ns,
                            resource.class_name));
  }
  cim::Reference read{std::string(cls->ns()), std::string(cls->name()),
                      keys_of(registry, reference.selectors)};
  for (auto& key : read.keys) {
    if (auto const* property = cls->find(key.name)) key.name = property->property.name;
  }
  return read;
}

void require_keys(cim::Query& query, cim::Registry const& registry, cim::Class const& cls,
                  std::vector<cim::Reference::Key> const& keys) {
  for (auto const& key : keys) {
    auto const* property = cls.find(key.name);
    if (property == nullptr || !property->property.is_key) {
      throw faults::unexpected_selectors(
          cls.keys().empty()
              ? fmt::format("{} has one instance and no keys: leave the selector {} out", cls.name(),
                            key.name)
              : fmt::format("{} is not a key of {}: its keys are {}", key.name, cls.name(), key_names(cls)));
    }
    if (property->property.type == cim::Type::reference) {
      require_reference(query, registry, cls, *property, key);
    } else {
      require_text(query, *property, key);
    }
  }
  if (keys.size() == cls.keys().size() || (cls.is_singleton() && keys.empty())) return;
  auto const detail =
      fmt::format("{} has many instances: name one with the selectors {}", cls.name(), key_names(cls));
  if (keys.empty()) throw faults::missing_key_selectors(detail);
  throw faults::insufficient_selectors(detail);
}

void refuse_unknown_options(wsman::OptionSet const& options) {
  for (auto const& option : options) {
    std::string_view const local = std::string_view(option.name).substr(option.name.find(':') + 1);
    bool const known = std::ranges::any_of(
        client_options, [&](auto prefix) { return unicode::starts_with_ignoring_case(local, prefix); });
    if (option.must_comply && !known) throw faults::options_not_supported(option.name);
  }
}

}  // namespace winrm::plugins::wmi
