#include "system/smbios.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "system/text.hpp"

namespace winrm::system::smbios {

namespace {

/// DSP0134 6.1.2: type, length of the formatted section, handle.
constexpr std::size_t header_bytes = 4;

constexpr std::array<std::string_view, 9> fillers{
    "Not Specified", "To Be Filled By O.E.M.", "Default string", "Not Available", "None",
    "Unknown",       "System Serial Number",   "NO DIMM",        "Empty"};

std::uint8_t byte_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint8_t>(bytes[offset]);
}

/// The strings behind a formatted section: each ends with a zero, the set with one more. Moves `rest` behind
/// it. Nothing when the table ends before the set does.
std::optional<std::vector<std::string>> take_strings(std::string_view& rest) {
  std::vector<std::string> strings;
  while (true) {
    auto const end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    auto const text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!text.empty()) {
      strings.emplace_back(text);
      continue;
    }
    // A structure without strings still has both zeros.
    if (strings.empty() && !rest.empty() && rest.front() == '\0') rest.remove_prefix(1);
    return strings;
  }
}

}  // namespace

template <class Integer>
std::optional<Integer> Structure::little_endian(std::size_t offset) const {
  if (offset > formatted_.size() || formatted_.size() - offset < sizeof(Integer)) return std::nullopt;
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value = static_cast<Integer>(value | static_cast<Integer>(byte_at(formatted_, offset + i)) << (8 * i));
  }
  return value;
}

std::optional<std::uint8_t> Structure::byte(std::size_t offset) const {
  return little_endian<std::uint8_t>(offset);
}
std::optional<std::uint16_t> Structure::word(std::size_t offset) const {
  return little_endian<std::uint16_t>(offset);
}
std::optional<std::uint32_t> Structure::dword(std::size_t offset) const {
  return little_endian<std::uint32_t>(offset);
}
std::optional<std::uint64_t> Structure::qword(std::size_t offset) const {
  return little_endian<std::uint64_t>(offset);
}

std::optional<std::string> Structure::text(std::size_t offset) const {
  auto const number = byte(offset).value_or(0);
  if (number == 0 || number > strings_.size()) return std::nullopt;
  auto const text = text::trim(strings_[number - 1U]);
  if (text.empty() || std::ranges::find(fillers, text) != fillers.end()) return std::nullopt;
  // DSP0134 asks for printable ASCII; anything else would not survive as XML.
  std::string printable;
  for (char const c : text) printable += c >= ' ' && c <= '~' ? c : '?';
  return printable;
}

Structure const* Tables::first(Type type) const {
  auto const found = std::ranges::find(structures, type, &Structure::type);
  return found == structures.end() ? nullptr : &*found;
}

std::vector<Structure const*> Tables::all(Type type) const {
  std::vector<Structure const*> found;
  for (auto const& structure : structures) {
    if (structure.type() == type) found.push_back(&structure);
  }
  return found;
}

std::vector<Structure> parse_structures(std::string_view table) {
  std::vector<Structure> structures;
  while (table.size() >= header_bytes && structures.size() < limits::smbios_structures) {
    auto const type = static_cast<Type>(byte_at(table, 0));
    std::size_t const length = byte_at(table, 1);
    auto const handle = static_cast<std::uint16_t>(byte_at(table, 2) | byte_at(table, 3) << 8);
    if (length < header_bytes || length > table.size() || type == Type::end) break;
    auto rest = table.substr(length);
    auto strings = take_strings(rest);
    if (!strings) break;
    structures.emplace_back(type, handle, std::string(table.substr(0, length)), *std::move(strings));
    table = rest;
  }
  return structures;
}

std::optional<Version> parse_entry_point(std::string_view entry_point) {
  // DSP0134 5.2.1 and 5.2.2.
  if (entry_point.starts_with("_SM3_") && entry_point.size() > 8) {
    return Version{byte_at(entry_point, 7), byte_at(entry_point, 8)};
  }
  if (entry_point.starts_with("_SM_") && entry_point.size() > 7) {
    return Version{byte_at(entry_point, 6), byte_at(entry_point, 7)};
  }
  return std::nullopt;
}

Tables read(Host const& host) {
  Tables tables;
  std::string content;
  if (host.read("/sys/firmware/dmi/tables/smbios_entry_point", content))
    tables.version = parse_entry_point(content);
  if (host.read("/sys/firmware/dmi/tables/DMI", content)) tables.structures = parse_structures(content);
  return tables;
}

}  // namespace winrm::system::smbios
