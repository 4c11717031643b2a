#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "system/host.hpp"

/// The firmware's description of the hardware (DMTF DSP0134, System Management BIOS). The tables come from
/// firmware, which is known to get them wrong: every read is checked, and what is not there is absent.
namespace winrm::system::smbios {

enum class Type : std::uint8_t {
  bios = 0,
  system = 1,
  base_board = 2,
  enclosure = 3,
  processor = 4,
  bios_language = 13,
  memory_array = 16,
  memory_device = 17,
  end = 127,
};

/// One structure. Offsets are those of the specification's tables, from the start of the structure.
class Structure {
 public:
  Structure(Type type, std::uint16_t handle, std::string formatted, std::vector<std::string> strings)
      : type_(type), handle_(handle), formatted_(std::move(formatted)), strings_(std::move(strings)) {}

  [[nodiscard]] Type type() const noexcept { return type_; }
  [[nodiscard]] std::uint16_t handle() const noexcept { return handle_; }

  /// Absent when the structure is shorter: an older version of the specification had no such field.
  [[nodiscard]] std::optional<std::uint8_t> byte(std::size_t offset) const;
  [[nodiscard]] std::optional<std::uint16_t> word(std::size_t offset) const;
  [[nodiscard]] std::optional<std::uint32_t> dword(std::size_t offset) const;
  [[nodiscard]] std::optional<std::uint64_t> qword(std::size_t offset) const;
  /// The string whose number is at `offset`, without blanks around it; absent for none and for what
  /// manufacturers write when they fill in nothing ("Not Specified", "To Be Filled By O.E.M.").
  [[nodiscard]] std::optional<std::string> text(std::size_t offset) const;
  /// All of them, in order.
  [[nodiscard]] std::vector<std::string> const& strings() const noexcept { return strings_; }

 private:
  template <class Integer>
  [[nodiscard]] std::optional<Integer> little_endian(std::size_t offset) const;

  Type type_;
  std::uint16_t handle_;
  std::string formatted_;
  std::vector<std::string> strings_;
};

struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
};

struct Tables {
  std::optional<Version> version;
  std::vector<Structure> structures;

  [[nodiscard]] Structure const* first(Type type) const;
  [[nodiscard]] std::vector<Structure const*> all(Type type) const;
};

/// Structures up to the end-of-table one, or as far as they are whole.
[[nodiscard]] std::vector<Structure> parse_structures(std::string_view table);
/// The version in an entry point, 32 bits ("_SM_") or 64 ("_SM3_").
[[nodiscard]] std::optional<Version> parse_entry_point(std::string_view entry_point);

/// From /sys/firmware/dmi/tables; empty without firmware that has them, or for an account that may not read
/// them (only root may).
[[nodiscard]] Tables read(Host const& host);

}  // namespace winrm::system::smbios
