#include "plugins/wmi/changes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/instance_xml.hpp"
#include "plugins/wmi/content.hpp"
#include "plugins/wmi/fragment.hpp"
#include "plugins/wmi/resource.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;
using cim::NamedValues;

/// Clients of Windows' CIM interfaces send whole instances and list in this option, once for each, what they
/// changed (wire reference 1.4 and 5.1).
constexpr std::string_view modified_properties = "__MIInstanceModifiedPropertiesList";

std::vector<std::string_view> listed_as_modified(wsman::OptionSet const& options) {
  std::vector<std::string_view> names;
  for (auto const& option : options) {
    std::string_view const local = std::string_view(option.name).substr(option.name.find(':') + 1);
    if (unicode::equals_ignoring_case(local, modified_properties)) names.push_back(option.value);
  }
  return names;
}

/// The body's root: an element named as the class, or as the parent by whose URI the client knows it, in that
/// URI's namespace.
xml::Element representation(cim::Class const& cls, wsman::Request const& request) {
  auto const root = request.body();
  if (!root) throw faults::invalid_representation(fmt::format("The body holds no {}.", cls.name()));
  if (!unicode::equals_ignoring_case(root.ns(), request.resource_uri) && !is_wmi_uri(root.ns())) {
    throw faults::invalid_xml_namespace(fmt::format("{} is in the namespace \"{}\": put it in \"{}\".",
                                                    root.local_name(), root.ns(), request.resource_uri));
  }
  for (auto const* named = &cls; named != nullptr; named = named->parent()) {
    if (unicode::equals_ignoring_case(root.local_name(), named->name())) return root;
  }
  throw faults::invalid_representation(
      fmt::format("The body holds a {} where a {} belongs.", root.local_name(), cls.name()));
}

cim::ClassProperty const& property_named(cim::Class const& cls, std::string_view name) {
  auto const* property = cls.find(name);
  // Names in XML have the case of the class (windows reference 7.1).
  if (property == nullptr || property->property.name != name) {
    throw faults::invalid_xml_values(
        fmt::format("{} has no property {}: names have the case of the class.", cls.name(), name));
  }
  return *property;
}

NamedValues::Content content_of(cim::Registry const& registry, cim::Class const& cls,
                                cim::Property const& property, SentValue const& sent) {
  auto content = read_content(registry, slot_of(cls, property), sent);
  if (!content) throw faults::invalid_xml_values(content.error().message + ".");
  return *std::move(content);
}

bool equal_elements(cim::ValueView const& current, std::vector<cim::Value> const& sent) {
  auto const* array = std::get_if<cim::ArrayView>(&current);
  if (array == nullptr) return current.is_null() && sent.empty();
  if (array->size != sent.size()) return false;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (cim::compare(array->at(array->elements, i), sent[i], cim::CaseRule::exact) != 0) return false;
  }
  return true;
}

/// Of an array, nil says too that it has no elements: an instance is written so (wire reference 5.2).
bool is_nothing(cim::ValueView const& current) {
  auto const* array = std::get_if<cim::ArrayView>(&current);
  return current.is_null() || (array != nullptr && array->size == 0);
}

/// Whether the row has what was sent already. Embedded instances are always taken as new.
bool is_current(cim::ValueView const& current, NamedValues::Content const& sent, cim::CaseRule rule) {
  if (auto const* value = std::get_if<cim::Value>(&sent)) {
    if (value->is_null()) return is_nothing(current);
    return cim::compare(current, *value, rule) == 0;
  }
  if (auto const* values = std::get_if<std::vector<cim::Value>>(&sent))
    return equal_elements(current, *values);
  if (auto const* reference = std::get_if<cim::Reference>(&sent)) {
    auto const* held = std::get_if<cim::Reference const*>(&current);
    return held != nullptr && cim::same_instance(**held, *reference);
  }
  return false;
}

void add_change(NamedValues& changes, cim::Class const& cls, void const* row, cim::Property const& property,
                NamedValues::Content content) {
  // A key names its instance in any case, here as in a selector.
  bool const any_case = property.is_key && !property.is_case_exact;
  if (is_current(property.value(row), content, any_case ? cim::CaseRule::ignore : cim::CaseRule::exact))
    return;
  if (property.is_key) {
    throw faults::invalid_xml_values(
        fmt::format("{} is a key of {} and cannot change: delete this instance and create another.",
                    property.name, cls.name()));
  }
  // Who changes one property of an instance sends all of them as they were when it read them.
  if (property.is_changing && !property.is_writable) return;
  if (!property.is_writable) {
    throw faults::invalid_xml_values(
        fmt::format("{} of {} is read-only and has another value: leave it out.", property.name, cls.name()));
  }
  changes.set(property.name, std::move(content));
}

/// The array that a row has, with one element replaced.
NamedValues::Content with_element(cim::ValueView const& current, std::size_t index,
                                  NamedValues::Content const& element, std::string_view name) {
  auto const* array = std::get_if<cim::ArrayView>(&current);
  auto const* value = std::get_if<cim::Value>(&element);
  if (array == nullptr || index >= array->size || value == nullptr) {
    throw faults::invalid_xml_fragment(fmt::format("{} has no element {}.", name, index + 1));
  }
  if (value->is_null()) {
    throw faults::invalid_xml_fragment(fmt::format("{} is an array, whose elements cannot be null.", name));
  }
  std::vector<cim::Value> elements;
  for (std::size_t i = 0; i < array->size; ++i) {
    elements.push_back(i == index ? *value : cim::to_value(array->at(array->elements, i)));
  }
  return elements;
}

/// The body of a fragment Put: w:XmlFragment with the property's element, or with its text alone.
NamedValues fragment_changes(cim::Registry const& registry, cim::Class const& cls, void const* row,
                             wsman::Request const& request) {
  auto const fragment = read_fragment(*request.fragment, cls);
  if (fragment.property == nullptr || (!fragment.steps.empty() && !fragment.is_text())) {
    throw faults::invalid_fragment_path(fmt::format(
        "\"{}\" is no property or element of one: only those can be written", request.fragment->path));
  }
  auto const& property = fragment.property->property;
  auto const root = request.body();
  if (!root.is(ns::wsman, "XmlFragment")) {
    throw faults::invalid_xml_fragment("The body of a fragment Put holds a wsman:XmlFragment.");
  }
  SentValue sent{root.ns(), property.name, {}};
  if (fragment.is_text()) {
    sent.elements.push_back(root);
  } else {
    auto const values = sent_values(root);
    if (values.size() != 1 || values.front().name != property.name) {
      throw faults::invalid_xml_fragment(fmt::format(
          "The XmlFragment must hold {}, which the fragment path names, and nothing else.", property.name));
    }
    sent = values.front();
  }
  auto slot = slot_of(cls, property);
  if (fragment.element) slot.array = false;
  auto content = read_content(registry, slot, sent);
  if (!content) throw faults::invalid_xml_fragment(content.error().message + ".");
  if (fragment.element) {
    content = with_element(property.value(row), *fragment.element, *content, property.name);
  }
  NamedValues changes;
  add_change(changes, cls, row, property, *std::move(content));
  return changes;
}

}  // namespace

cim::PropertySet sent_properties(cim::Class const& cls, wsman::Request const& request) {
  if (request.fragment) return read_fragment(*request.fragment, cls).wanted();
  cim::PropertySet set;
  for (auto const child : request.body().children()) {
    if (auto const* property = cls.find(child.local_name())) set.add(property->index);
  }
  return set;
}

NamedValues read_changes(cim::Registry const& registry, cim::Class const& cls, void const* row,
                         wsman::Request const& request) {
  if (request.fragment) return fragment_changes(registry, cls, row, request);
  auto const modified = listed_as_modified(request.options);
  auto const is_meant = [&](std::string_view name) {
    return modified.empty() || std::ranges::any_of(modified, [&](auto listed) {
             return unicode::equals_ignoring_case(listed, name);
           });
  };
  NamedValues changes;
  for (auto const& sent : sent_values(representation(cls, request))) {
    auto const& property = property_named(cls, sent.name).property;
    if (!is_meant(sent.name)) continue;
    add_change(changes, cls, row, property, content_of(registry, cls, property, sent));
  }
  return changes;
}

NamedValues read_representation(cim::Registry const& registry, cim::Class const& cls,
                                wsman::Request const& request) {
  NamedValues properties;
  for (auto const& sent : sent_values(representation(cls, request))) {
    auto const& property = property_named(cls, sent.name).property;
    properties.set(property.name, content_of(registry, cls, property, sent));
  }
  for (auto const& declared : cls.properties()) {
    auto const& property = declared.property;
    if (property.default_value.is_null() || properties.has(property.name)) continue;
    properties.set(property.name, cim::to_value(property.default_value));
  }
  return properties;
}

}  // namespace winrm::plugins::wmi
