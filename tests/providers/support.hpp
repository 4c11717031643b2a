#pragma once

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "system/host.hpp"

/// Reading classes as a client would, and the tools they are compared with.
namespace winrm::providers::test {

/// Scalar property values of one instance as text; null ones are left out.
using Values = std::map<std::string, std::string>;

/// A reference as a path: Class.Key="value",…
inline std::string path_of(cim::Reference const& reference) {
  std::string path = reference.class_name;
  for (auto const& key : reference.keys) {
    path += path.size() == reference.class_name.size() ? '.' : ',';
    path += key.name + "=\"" + (key.reference.empty() ? key.value : path_of(key.reference.front())) + '"';
  }
  return path;
}
inline std::string text_of(cim::ValueView const& value) {
  if (auto const* reference = std::get_if<cim::Reference const*>(&value)) return path_of(**reference);
  return cim::to_text(value);
}

inline Values values_of(cim::Class const& cls, void const* row) {
  Values values;
  for (auto const& property : cls.properties()) {
    auto const value = property.property.value(row);
    if (!value.is_null() && !property.property.array) {
      values[std::string(property.property.name)] = text_of(value);
    }
  }
  return values;
}

inline std::vector<Values> all_instances(cim::Class const& cls, system::Host const& host,
                                         cim::Query query = {}) {
  std::vector<Values> found;
  auto const rows = cls.enumerate(host, std::move(query));
  while (auto const* row = rows->next()) found.push_back(values_of(cls, row));
  return found;
}

/// The instance whose only key has this value; empty when there is none.
inline Values instance(cim::Class const& cls, system::Host const& host, std::string const& key,
                       cim::PropertySet const& wanted = cim::PropertySet::all()) {
  cim::Query query(wanted);
  auto const& property = *cls.keys().front();
  query.require(property.index, cim::parse_value(property.property.type, key).value());
  Values found;
  cls.get(host, query, [&](void const* row) { found = values_of(cls, row); });
  return found;
}

/// What a command writes to its standard output. Throws when it fails.
inline std::string output_of(std::string const& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  std::array<char, 4096> buffer;
  while (auto const count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), count);
  }
  if (::pclose(pipe.release()) != 0) throw std::runtime_error("this command failed: " + command);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

}  // namespace winrm::providers::test
