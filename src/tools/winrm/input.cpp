#include "tools/winrm/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tools/common/switches.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::string qualified(std::string_view name) { return "p:" + std::string(name); }

void write_entry(xml::Writer& writer, HashEntry const& entry) {
  auto const name = qualified(entry.key);
  writer.open(name);
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
    for (auto const child : instance.children())
      if (child.local_name() == entry.key) ++found;
    if (found == 0)
      throw UsageError(fmt::format("{} has no property {}. Names are written as shown by winrm get.",
                                   instance.local_name(), entry.key));
    if (found > 1 || instance.child(instance.ns(), entry.key).first_child())
      throw UsageError(
          fmt::format("The property {} has no single text value: give it with -file.", entry.key));
  }
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
      write_entry(writer, *entry);
  }
  writer.close();
  return body;
}

std::string read_input_file(std::string const& file) {
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

}  // namespace winrm::tools::winrm_tool
