#pragma once

#include <stdexcept>
#include <string>

#include "cim/registry.hpp"
#include "providers/support.hpp"

/// Calling methods of classes as the plug-in does.
namespace winrm::providers::test {

inline cim::AnyMethod const& method(cim::Class const& cls, std::string const& name) {
  for (auto const& found : cls.provider().methods) {
    if (found.name == name) return found;
  }
  throw std::logic_error("no method " + name);
}

inline cim::MethodResult invoke_static(cim::Class const& cls, system::Host const& host,
                                       std::string const& name, cim::NamedValues const& in = {}) {
  return method(cls, name).run(host, nullptr, in);
}

/// On the instance with this key. Throws when there is none.
inline cim::MethodResult invoke(cim::Class const& cls, system::Host const& host, std::string const& key,
                                std::string const& name, cim::NamedValues const& in = {}) {
  cim::Query query(cls.key_set());
  auto const& property = *cls.keys().front();
  query.require(property.index, cim::parse_value(property.property.type, key).value());
  std::optional<cim::MethodResult> result;
  cls.get(host, query, [&](void const* row) { result = method(cls, name).run(host, row, in); });
  if (!result) throw std::runtime_error("no instance " + key);
  return *result;
}

template <class T>
cim::NamedValues with(std::string const& name, T const& value, cim::NamedValues values = {}) {
  values.put(name, value);
  return values;
}

/// Names and values in turn.
template <class... Pairs>
cim::NamedValues values(Pairs const&... pairs) {
  cim::NamedValues all;
  auto const add = [&](auto const& self, std::string const& name, auto const& value,
                       auto const&... rest) -> void {
    all.put(name, value);
    if constexpr (sizeof...(rest) > 0) self(self, rest...);
  };
  add(add, pairs...);
  return all;
}

}  // namespace winrm::providers::test
