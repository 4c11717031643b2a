#pragma once

#include <cstdint>
#include <string_view>

namespace winrm::cim {

/// The intrinsic types of DSP0004 5.2, and the two ways an instance can hold another.
enum class Type : std::uint8_t {
  boolean,
  uint8,
  sint8,
  uint16,
  sint16,
  uint32,
  sint32,
  uint64,
  sint64,
  real32,
  real64,
  char16,
  string,
  datetime,
  reference,
  instance,  ///< an embedded instance
};

/// As MOF writes it: "uint32", "datetime", "ref".
[[nodiscard]] std::string_view name_of(Type type) noexcept;

}  // namespace winrm::cim
