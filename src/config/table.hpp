#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
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
/// Deprecated: accepted in the file with a warning, without effect; `shown` is what winrm/config says.
struct Ignored {
  std::string_view reason;
  std::string_view shown;
};
/// The same for what is read-only on Windows.
struct ReadOnly {
  std::string_view reason;
  std::string_view shown;
};
using Rule = std::variant<Anything, Range, Form, Only, Ignored, ReadOnly>;

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
[[nodiscard]] std::span<Row<ResourceSecurity> const> security_rows();
[[nodiscard]] std::span<Row<Plugin> const> plugin_rows();
[[nodiscard]] std::span<Row<CertMapping> const> cert_mapping_rows();
/// Known in files of policy.d only.
[[nodiscard]] std::span<Row<Settings> const> policy_rows();

/// The arrays of tables that these describe.
inline constexpr std::string_view listener_table = "Listener";
inline constexpr std::string_view security_table = "Security";
inline constexpr std::string_view plugin_table = "Plugin";
inline constexpr std::string_view cert_mapping_table = "CertMapping";

/// One array of tables: what it is called, what an entry is, and what one is for.
struct EntryList {
  std::string_view table;
  std::string_view purpose;
};
[[nodiscard]] std::span<EntryList const> entry_lists();

/// The table of tables that names connections of a client.
inline constexpr std::string_view connections_table = "host";

/// Names of an enumeration's values, in the order of the values.
[[nodiscard]] std::span<std::string_view const> names_of(Transport);
[[nodiscard]] std::span<std::string_view const> names_of(CbtHardeningLevel);

/// The value as winrm/config shows it: "true", "5985", "Relaxed".
template <class Owner>
[[nodiscard]] std::string value_text(Row<Owner> const& row, Owner const& owner);

/// `text` as the value of a TOML file, or what is wrong with it and what is allowed.
template <class Owner>
[[nodiscard]] Result<std::string> toml_literal(Row<Owner> const& row, std::string_view text);

/// "Service.Auth.Basic"
[[nodiscard]] std::string dotted(std::string_view table, std::string_view name);

/// What a person may write: "1 to 65535", "true or false"; empty when every text is allowed.
template <class Owner>
[[nodiscard]] std::string allowed_values(Row<Owner> const& row);

}  // namespace winrm::config
