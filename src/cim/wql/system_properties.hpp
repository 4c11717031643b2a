#pragma once

#include <string>
#include <string_view>

#include "cim/registry.hpp"

/// The properties every class and instance has beside its own (windows reference 7.4). They can be compared
/// in queries and are never written to XML.
namespace winrm::cim::wql {

struct SystemProperty {
  enum class Kind {
    class_name,
    superclass,
    dynasty,
    name_space,
    server,
    genus,
    property_count,
    derivation,
    relative_path,
    absolute_path,
    self  ///< __this: the class or instance itself
  };
  std::string_view name;
  Kind kind;
  Type type;
};

/// Without case; null when `name` is none.
[[nodiscard]] SystemProperty const* find_system_property(std::string_view name);
/// All names, for messages.
[[nodiscard]] std::string system_property_names();

/// The value for the class, or for instances of it where that is the same for all. Null for what is not known
/// of a class (__SERVER) or has no single value (__DERIVATION, paths of instances).
[[nodiscard]] Value system_value(Class const& cls, SystemProperty const& property, bool of_class);
/// \\.\root\cimv2:Class.Key="value"
[[nodiscard]] std::string absolute_path(Class const& cls, std::string_view relative);

}  // namespace winrm::cim::wql
