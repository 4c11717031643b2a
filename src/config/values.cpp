#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <type_traits>

#include "base/unicode.hpp"
#include "config/table.hpp"

namespace winrm::config {
namespace {

std::string show(std::same_as<bool> auto value) { return value ? "true" : "false"; }
template <class Number>
requires(std::is_unsigned_v<Number> && !std::same_as<Number, bool>) std::string show(Number value) {
  return std::to_string(value);
}
std::string show(std::string const& value) { return value; }
std::string show(std::filesystem::path const& value) { return value.string(); }
template <class Choice>
requires std::is_enum_v<Choice> std::string show(Choice value) {
  return std::string(names_of(value)[static_cast<std::size_t>(value)]);
}

/// What a row without a field shows.
std::string shown_by_rule(Rule const& rule) {
  if (auto const* only = std::get_if<Only>(&rule)) return std::string(only->value);
  if (auto const* ignored = std::get_if<Ignored>(&rule)) return std::string(ignored->shown);
  if (auto const* fixed = std::get_if<ReadOnly>(&rule)) return std::string(fixed->shown);
  return {};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out += '"';
}

enum class Kind { nothing, flag, number, text, choice };

template <class Owner>
constexpr Kind kind_of(std::monostate) {
  return Kind::nothing;
}
template <class Owner, class Value>
constexpr Kind kind_of(Value& (*)(Owner&)) {
  if constexpr (std::is_same_v<Value, bool>) return Kind::flag;
  if constexpr (std::is_unsigned_v<Value>) return Kind::number;
  if constexpr (std::is_enum_v<Value>) return Kind::choice;
  return Kind::text;
}

template <class Owner>
std::span<std::string_view const> choices_of(Row<Owner> const& row) {
  return std::visit(
      []<class Target>(Target const&) -> std::span<std::string_view const> {
        if constexpr (!std::is_same_v<Target, std::monostate>) {
          using Value = std::remove_cvref_t<std::invoke_result_t<Target, Owner&>>;
          if constexpr (std::is_enum_v<Value>) return names_of(Value{});
        }
        return {};
      },
      row.field);
}

template <class Owner>
tl::unexpected<Error> not_allowed(Row<Owner> const& row, std::string_view text) {
  return fail(fmt::format("{} cannot be \"{}\"; allowed: {}", dotted(row.table, row.name), text,
                          allowed_values(row)));
}

template <class Owner>
Result<std::string> number_literal(Row<Owner> const& row, std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  auto const range = std::get<Range>(row.rule);
  if (error != std::errc{} || end != text.data() + text.size() || value < range.low || value > range.high)
    return not_allowed(row, text);
  return std::to_string(value);
}

}  // namespace

std::string dotted(std::string_view table, std::string_view name) {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

template <class Owner>
std::string value_text(Row<Owner> const& row, Owner const& owner) {
  auto const shown = [&]<class Target>(Target const& target) -> std::string {
    if constexpr (std::is_same_v<Target, std::monostate>) {
      return shown_by_rule(row.rule);
    } else {
      return show(target(const_cast<Owner&>(owner)));  // the field's function only finds the place
    }
  };
  return std::visit(shown, row.field);
}

template <class Owner>
Result<std::string> toml_literal(Row<Owner> const& row, std::string_view text) {
  if (auto const* only = std::get_if<Only>(&row.rule); only != nullptr && text != only->value)
    return fail(fmt::format("{} can only be {}: {}", dotted(row.table, row.name),
                            only->value.empty() ? "empty" : only->value, only->reason));
  if (auto const* form = std::get_if<Form>(&row.rule); form != nullptr && !form->accepts(text))
    return not_allowed(row, text);
  switch (std::visit([](auto const& target) { return kind_of<Owner>(target); }, row.field)) {
    case Kind::flag:
      if (!unicode::equals_ignoring_case(text, "true") && !unicode::equals_ignoring_case(text, "false"))
        return not_allowed(row, text);
      return unicode::to_lower_ascii(text);
    case Kind::number:
      return number_literal(row, text);
    case Kind::choice:
      for (auto const name : choices_of(row))
        if (unicode::equals_ignoring_case(name, text)) return in_quotes(name);
      return not_allowed(row, text);
    case Kind::text:
      return in_quotes(text);
    case Kind::nothing:
      break;
  }
  return fail(fmt::format("{} cannot be changed", dotted(row.table, row.name)));
}

template std::string value_text(Row<Settings> const&, Settings const&);
template std::string value_text(Row<Listener> const&, Listener const&);
template std::string value_text(Row<ResourceSecurity> const&, ResourceSecurity const&);
template std::string value_text(Row<Plugin> const&, Plugin const&);
template std::string value_text(Row<CertMapping> const&, CertMapping const&);
template Result<std::string> toml_literal(Row<Settings> const&, std::string_view);
template Result<std::string> toml_literal(Row<Listener> const&, std::string_view);
template Result<std::string> toml_literal(Row<ResourceSecurity> const&, std::string_view);
template Result<std::string> toml_literal(Row<Plugin> const&, std::string_view);
template Result<std::string> toml_literal(Row<CertMapping> const&, std::string_view);

}  // namespace winrm::config
