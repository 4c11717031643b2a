#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cim/registry.hpp"

/// WMI object paths: `[\\server\namespace:]Class.Key="value",Key2=5`, `Class="value"`, `Class=@`, `Class`
/// (windows reference 7.4).
namespace winrm::cim {

struct ObjectPath {
  struct Key {
    std::string name;  ///< "" when the path gives the value of the only key without its name
    std::string value;
  };
  std::string ns;  ///< "" when the path names none
  std::string class_name;
  std::vector<Key> keys;
  bool is_singleton = false;  ///< "Class=@"

  [[nodiscard]] bool names_class() const noexcept { return keys.empty() && !is_singleton; }
};

/// The error says what is wrong at which character.
[[nodiscard]] Result<ObjectPath> parse_object_path(std::string_view text);

/// A path as a reference: the class found in `ns` or in the path's own namespace, names spelled as the class
/// spells them, keys that are references read in turn. The error names a class or a key that does not exist.
[[nodiscard]] Result<Reference> resolve(Registry const& registry, std::string_view ns,
                                        ObjectPath const& path);
[[nodiscard]] Result<Reference> parse_reference(Registry const& registry, std::string_view ns,
                                                std::string_view path);

/// `Class.Key="value",…`, as __RELPATH has it.
[[nodiscard]] std::string relative_path(Reference const& reference);

}  // namespace winrm::cim
