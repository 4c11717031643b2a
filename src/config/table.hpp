#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

/// The settings, declared once: parser, errors and reference (document()) read these rows.
/// The default of a setting is the initialiser of its field in settings.hpp.
namespace winrm::config {

/// Where a setting's value goes. No field: the key is known from Windows but nothing here depends on it.
template <class Owner>
using Field =
    std::variant<std::monostate, bool& (*)(Owner&), std::uint32_t& (*)(Owner&), std::uint16_t& (*)(Owner&),
                 std::string& (*)(Owner&), std::filesystem::path& (*)(Owner&), Transport& (*)(Owner&),
                 CbtHardeningLevel& (*)(Owner&)>;

/// Any value of the field's type.
struct Anything {};
/// Both ends included.
struct Range {
  std::uint64_t low;
  std::uint64_t high;
};
/// Text of a form; `words` completes "allowed: ...".
struct Form {
  bool (*accepts)(std::string_view);
  std::string_view words;
};
/// The one value that describes what the service does; any other is refused for this reason.
struct Only {
  std::string_view value;
  std::string_view reason;
};
/// Every value is refused for this reason.
struct Refused {
  std::string_view reason;
};
/// Read-only or deprecated on Windows too: accepted with a warning, without effect.
struct Ignored {
  std::string_view reason;
};
using Rule = std::variant<Anything, Range, Form, Only, Refused, Ignored>;

template <class Owner>
struct Row {
  std::string_view table;  ///< "Service.Auth"; empty at the top of the file
  std::string_view name;
  Field<Owner> field;
  Rule rule;
  std::string_view meaning;
};

[[nodiscard]] std::span<Row<Settings> const> setting_rows();
[[nodiscard]] std::span<Row<Listener> const> listener_rows();

/// The array of tables that listener_rows() describes.
inline constexpr std::string_view listener_table = "Listener";

/// Names of an enumeration's values, in the order of the values.
[[nodiscard]] std::span<std::string_view const> names_of(Transport);
[[nodiscard]] std::span<std::string_view const> names_of(CbtHardeningLevel);

/// What a person may write: "1 to 65535", "true or false"; empty when every text is allowed.
template <class Owner>
[[nodiscard]] std::string allowed_values(Row<Owner> const& row);

}  // namespace winrm::config
