#pragma once

#include <stdexcept>
#include <string>

#include "cim/registry.hpp"
#include "system/host.hpp"

/// Calling methods and changing instances as the WMI plug-in does, without messages around it.
namespace winrm::providers::test {

/// The row of the instance whose first key is `key`, shown to `visit`. False when there is none.
template <class Visit>
bool with_row(cim::Class const& cls, system::Host const& host, std::string const& key, Visit const& visit) {
  cim::Query query(cls.key_set());
  auto const& property = *cls.keys().front();
  query.require(property.index, cim::parse_value(property.property.type, key).value());
  return cls.get(host, query, visit);
}

inline cim::AnyMethod const& method_of(cim::Class const& cls, std::string const& name) {
  for (auto const& method : cls.provider().methods) {
    if (method.name == name) return method;
  }
  throw std::logic_error(std::string(cls.name()) + " has no method " + name);
}

/// Of an instance, found by its only key. Throws std::out_of_range when there is none.
inline cim::MethodResult invoke(cim::Class const& cls, system::Host const& host, std::string const& key,
                                std::string const& name, cim::NamedValues const& in = {}) {
  cim::MethodResult result(0);
  bool const found =
      with_row(cls, host, key, [&](void const* row) { result = method_of(cls, name).run(host, row, in); });
  if (!found) throw std::out_of_range(std::string(cls.name()) + " " + key);
  return result;
}

inline cim::MethodResult invoke_static(cim::Class const& cls, system::Host const& host,
                                       std::string const& name, cim::NamedValues const& in = {}) {
  return method_of(cls, name).run(host, nullptr, in);
}

/// Named values of one type, in pairs.
template <class... Rest>
cim::NamedValues values(Rest const&... rest) {
  cim::NamedValues all;
  auto const add = [&](auto const& self, std::string const& name, auto const& value,
                       auto const&... more) -> void {
    all.put(name, value);
    if constexpr (sizeof...(more) > 0) self(self, more...);
  };
  if constexpr (sizeof...(rest) > 0) add(add, rest...);
  return all;
}

}  // namespace winrm::providers::test
