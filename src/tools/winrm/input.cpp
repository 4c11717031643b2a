#include "tools/winrm/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/unicode.hpp"
#include "tools/common/switches.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "wsman/actions.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::string qualified(std::string_view name) { return "p:" + std::string(name); }

/// `ns` is declared when it is not that of the parent: the property of a fragment is not the fragment's.
void write_entry(xml::Writer& writer, HashEntry const& entry, std::string_view foreign_ns = {}) {
  auto const name = qualified(entry.key);
  writer.open(name);
  if (!foreign_ns.empty()) writer.declare("p", foreign_ns);
  if (entry.value)
    writer.text(*entry.value);
  else
    writer.attribute("xsi:nil", "true");
  writer.close();
}

void check_patch(xml::Element instance, std::vector<HashEntry> const& entries) {
  for (auto const& entry : entries) {
    auto const same_key = [&](HashEntry const& other) { return other.key == entry.key; };
    if (std::count_if(entries.begin(), entries.end(), same_key) > 1)
      throw UsageError(fmt::format("The property {} is given twice.", entry.key));
    std::size_t found = 0;
    xml::Element property;
    for (auto const child : instance.children())
      if (child.local_name() == entry.key) {
        ++found;
        property = child;
      }
    if (found == 0)
      throw UsageError(fmt::format("{} has no property {}. Names are written as shown by winrm get.",
                                   instance.local_name(), entry.key));
    if (found > 1 || property.first_child())
      throw UsageError(
          fmt::format("The property {} has no single text value: give it with -file.", entry.key));
  }
}

/// Plug-ins have their properties as attributes (windows-surface 4.5).
bool are_attributes(xml::Element instance, std::vector<HashEntry> const& entries) {
  return !entries.empty() && std::ranges::all_of(entries, [&](HashEntry const& entry) {
    return instance.attribute_view("", entry.key).has_value();
  });
}

/// Attributes that are not given stay as they are; Name says whose they are.
std::string attribute_body(xml::Element instance, std::vector<HashEntry> const& entries) {
  constexpr std::string_view key = "Name";
  std::string body;
  xml::Writer writer(body);
  auto const name = qualified(instance.local_name());
  writer.open(name).declare("p", instance.ns());
  bool const gives_key =
      std::ranges::any_of(entries, [&](HashEntry const& entry) { return entry.key == key; });
  if (auto const value = instance.attribute("", key); value && !gives_key) writer.attribute(key, *value);
  for (auto const& entry : entries) writer.attribute(entry.key, entry.value.value_or(""));
  writer.close();
  return body;
}

}  // namespace

std::string input_body(std::string_view root, std::string_view ns, std::vector<HashEntry> const& entries) {
  std::string body;
  xml::Writer writer(body);
  auto const name = qualified(root);
  writer.open(name).declare("p", ns).declare("xsi", ns::xsi);
  for (auto const& entry : entries) write_entry(writer, entry);
  writer.close();
  return body;
}

std::string patched_body(xml::Element instance, std::vector<HashEntry> const& entries) {
  if (are_attributes(instance, entries)) return attribute_body(instance, entries);
  check_patch(instance, entries);
  std::string body;
  xml::Writer writer(body);
  auto const name = qualified(instance.local_name());
  writer.open(name).declare("p", instance.ns()).declare("xsi", ns::xsi);
  for (auto const child : instance.children()) {
    auto const entry = std::find_if(entries.begin(), entries.end(),
                                    [&](HashEntry const& e) { return e.key == child.local_name(); });
    if (entry == entries.end())
      writer.raw(child.serialize());
    else
      write_entry(writer, *entry, child.ns() == instance.ns() ? std::string_view{} : child.ns());
  }
  writer.close();
  return body;
}

std::string read_input_file(std::string const& file, std::istream& standard_input) {
  if (file == "-") return {std::istreambuf_iterator<char>(standard_input), std::istreambuf_iterator<char>()};
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UsageError(fmt::format("The input file {} cannot be read: {}.", file, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string selector_filter(std::string_view expression) {
  wsman::SelectorSet selectors;
  for (auto const& entry : parse_hash(expression)) selectors.add(entry.key, entry.value.value_or(""));
  if (selectors.empty()) throw UsageError("The selector filter is empty. It is written {KEY=\"VALUE\"}.");
  std::string xml;
  xml::Writer writer(xml);
  wsman::write_selector_set(writer, selectors);
  return xml;
}

namespace {

/// The element of DSP0227 12.6 that a key of the association filter becomes, in the order of its schema.
struct AssociationPart {
  std::string_view key;
  std::string_view element;
  bool of_instances_only;  ///< not in b:AssociationInstances
};
constexpr auto association_parts = std::to_array<AssociationPart>({
    {"associationclassname", "b:AssociationClassName", true},
    {"role", "b:Role", false},
    {"resultclassname", "b:ResultClassName", false},
    {"resultrole", "b:ResultRole", true},
    {"includeresultproperty", "b:IncludeResultProperty", false},
});

bool is_key(HashEntry const& entry, std::string_view key) {
  return unicode::equals_ignoring_case(entry.key, key);
}

void check_association_keys(std::vector<HashEntry> const& entries, bool associations) {
  for (auto const& entry : entries) {
    auto const part = std::find_if(association_parts.begin(), association_parts.end(),
                                   [&](AssociationPart const& row) { return is_key(entry, row.key); });
    bool const known = part != association_parts.end() || is_key(entry, "object");
    if (!known)
      throw UsageError(
          fmt::format("\"{}\" is no part of an association filter: object, associationclassname, "
                      "resultclassname, role, resultrole and includeresultproperty are.",
                      entry.key));
    if (part != association_parts.end() && part->of_instances_only && associations)
      throw UsageError(fmt::format("{} is not for -associations.", part->key));
  }
}

/// "Win32_Service?Name=ssh" is of the namespace that is asked; a whole URI stands for itself.
client::ResourceLocator object_of(std::vector<HashEntry> const& entries, std::string_view resource_uri) {
  auto const object = std::find_if(entries.begin(), entries.end(),
                                   [](HashEntry const& entry) { return is_key(entry, "object"); });
  if (object == entries.end() || !object->value)
    throw UsageError("The association filter needs an object: {object=CLASS?KEY=VALUE}.");
  auto const class_name = object->value->substr(0, object->value->find('?'));
  if (class_name.find('/') != std::string::npos) return parse_resource_uri(*object->value);
  auto const base = resource_uri.substr(0, resource_uri.rfind('/') + 1);
  return parse_resource_uri(std::string(base) + *object->value);
}

}  // namespace

std::string association_filter(std::string_view expression, std::string_view resource_uri,
                               bool associations) {
  auto const entries = parse_hash(expression);
  check_association_keys(entries, associations);
  auto const object = object_of(entries, resource_uri);
  std::string xml;
  xml::Writer writer(xml);
  writer.open(associations ? "b:AssociationInstances" : "b:AssociatedInstances");
  writer.declare("b", ns::cim_binding).open("b:Object");
  writer.element("a:Address", wsman::anonymous_address).open("a:ReferenceParameters");
  writer.element("w:ResourceURI", object.resource_uri);
  wsman::write_selector_set(writer, object.selectors);
  writer.close().close();
  for (auto const& part : association_parts)
    for (auto const& entry : entries)
      if (is_key(entry, part.key)) writer.element(part.element, entry.value.value_or(""));
  writer.close();
  return xml;
}

}  // namespace winrm::tools::winrm_tool
