#include "plugins/wmi/content.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/unicode.hpp"
#include "plugins/wmi/resource.hpp"
#include "wsman/request.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

using cim::NamedValues;
using cim::Value;
using Content = NamedValues::Content;

Result<Value> read_scalar(Slot const& slot, xml::Element const& element) {
  if (auto const child = element.first_child()) {
    // cim:Datetime, cim:Interval and cim:CIM_DateTime say by their names what their text says too.
    if (slot.type != cim::Type::datetime || child.ns() != ns::cim || child.next_sibling()) {
      return fail(fmt::format("{} is a {} and cannot hold the element {}", slot.name, cim::name_of(slot.type),
                              child.local_name()));
    }
    return cim::parse_value(slot.type, child.trimmed_text());
  }
  bool const is_text = slot.type == cim::Type::string;
  auto value = cim::parse_value(slot.type, is_text ? element.text() : element.trimmed_text());
  if (!value) return fail(fmt::format("{}: {}", slot.name, value.error().message));
  return value;
}

/// The class an embedded instance says it is of: xsi:type="p:Class_Type" (wire reference 5.3), or the
/// declared one.
cim::Class const* class_of(cim::Registry const& registry, Slot const& slot, xml::Element const& element) {
  constexpr std::string_view suffix = "_Type";
  auto const type = element.attribute_view(ns::xsi, "type");
  if (!type) return registry.find(slot.ns, slot.class_name);
  auto const colon = type->find(':');
  auto class_name = colon == std::string_view::npos ? *type : type->substr(colon + 1);
  if (class_name.ends_with(suffix)) class_name.remove_suffix(suffix.size());
  auto const uri =
      colon == std::string_view::npos ? element.ns() : element.namespace_of_prefix(type->substr(0, colon));
  if (is_wmi_uri(uri)) {
    if (auto const* cls = registry.find(read_resource(uri, {}).ns, class_name)) return cls;
  }
  return registry.find(slot.ns, class_name);
}

Result<NamedValues::Instance> read_instance(cim::Registry const& registry, Slot const& slot,
                                            xml::Element const& element) {
  auto const* cls = class_of(registry, slot, element);
  if (cls == nullptr) {
    return fail(fmt::format("{} holds an instance of a class that is not known here: name it with xsi:type",
                            slot.name));
  }
  auto const* declared = registry.find(slot.ns, slot.class_name);
  if (declared != nullptr && !cls->is_a(*declared)) {
    return fail(fmt::format("{} holds a {} where a {} belongs", slot.name, cls->name(), declared->name()));
  }
  auto instance = std::make_shared<NamedValues>();
  for (auto const& sent : sent_values(element)) {
    auto const* property = cls->find(sent.name);
    if (property == nullptr) {
      return fail(fmt::format("{}: {} has no property {}", slot.name, cls->name(), sent.name));
    }
    auto content = read_content(registry, slot_of(*cls, property->property), sent);
    if (!content) return tl::unexpected(content.error());
    instance->set(property->property.name, *std::move(content));
  }
  return NamedValues::Instance(std::move(instance));
}

/// One value, or each element of an array, read by `read`.
template <class Element, class Read>
Result<Content> read_all(Slot const& slot, SentValue const& sent, Read const& read) {
  if (!slot.array) {
    auto only = read(sent.elements.front());
    if (!only) return tl::unexpected(only.error());
    return Content(*std::move(only));
  }
  std::vector<Element> values;
  for (auto const& element : sent.elements) {
    if (element.is_nil())
      return fail(fmt::format("{} is an array, whose elements cannot be null", slot.name));
    auto value = read(element);
    if (!value) return tl::unexpected(value.error());
    values.push_back(*std::move(value));
  }
  return Content(std::move(values));
}

}  // namespace

Slot slot_of(cim::Class const& cls, cim::Property const& property) {
  return {property.name, property.type, property.array, cls.ns(), property.class_name};
}

Slot slot_of(cim::Class const& cls, cim::Parameter const& parameter) {
  return {parameter.name, parameter.type, parameter.array, cls.ns(), parameter.class_name};
}

std::vector<SentValue> sent_values(xml::Element const& parent) {
  std::vector<SentValue> values;
  // A message has room for many thousand names: looking each up among all before it would take minutes, and
  // so could a hash table whose collisions the sender chose.
  std::map<std::string_view, std::size_t> positions;
  for (auto const child : parent.children()) {
    auto const name = child.local_name();
    auto const [position, is_new] = positions.emplace(name, values.size());
    if (is_new) {
      values.push_back({child.ns(), name, {child}});
    } else {
      values[position->second].elements.push_back(child);
    }
  }
  return values;
}

Result<Content> read_content(cim::Registry const& registry, Slot const& slot, SentValue const& sent) {
  if (sent.elements.size() == 1 && sent.elements.front().is_nil()) return Content(Value());
  if (!slot.array && sent.elements.size() > 1) {
    return fail(fmt::format("{} is no array and stands there {} times", slot.name, sent.elements.size()));
  }
  switch (slot.type) {
    case cim::Type::reference:
      return read_all<cim::Reference>(slot, sent, [&](xml::Element const& element) {
        return read_reference(registry, wsman::read_endpoint_reference(element));
      });
    case cim::Type::instance:
      return read_all<NamedValues::Instance>(
          slot, sent, [&](xml::Element const& element) { return read_instance(registry, slot, element); });
    default:
      return read_all<Value>(slot, sent,
                             [&](xml::Element const& element) { return read_scalar(slot, element); });
  }
}

}  // namespace winrm::plugins::wmi
