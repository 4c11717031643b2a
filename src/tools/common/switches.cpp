#include "tools/common/switches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"

namespace winrm::tools {
namespace {

constexpr std::size_t help_column = 30;
constexpr std::size_t help_width = 78;

bool is_named(SwitchRow const& row, std::string_view name) {
  if (unicode::equals_ignoring_case(row.name, name)) return true;
  return std::any_of(row.short_forms.begin(), row.short_forms.end(), [&](std::string_view form) {
    return !form.empty() && unicode::equals_ignoring_case(form, name);
  });
}

/// Windows' shells leave the quotes of -name:"value" for the program to take off.
std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = help_column;
  while (!text.empty()) {
    auto const space = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (column + word.size() > help_width) {
      out.append("\n").append(help_column, ' ');
      column = help_column;
    } else if (column > help_column) {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
  }
  out += '\n';
}

}  // namespace

std::string const& SwitchValues::value(std::string_view name) const {
  static std::string const none;
  auto const found = values_.find(name);
  return found == values_.end() ? none : found->second.front();
}

std::vector<std::string> const& SwitchValues::all(std::string_view name) const {
  static std::vector<std::string> const none;
  auto const found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

SwitchValues SwitchValues::without(std::string_view name) const {
  auto rest = *this;
  rest.values_.erase(name);
  return rest;
}

void SwitchValues::add_missing(SwitchValues const& defaults) {
  values_.insert(defaults.values_.begin(), defaults.values_.end());
}

std::vector<std::string_view> SwitchValues::names() const {
  std::vector<std::string_view> names;
  for (auto const& [name, values] : values_) names.push_back(name);
  return names;
}

bool SwitchParser::looks_like_switch(std::string_view argument) {
  if (argument.size() < 2) return false;
  if (argument.front() == '-') return true;
  if (argument.front() != '/') return false;
  auto const name = argument.substr(1, argument.find(':') - 1);
  return name.find('/') == std::string_view::npos;
}

void SwitchParser::take(std::string_view argument, SwitchValues& values) const {
  auto const colon = argument.find(':');
  auto const name = argument.substr(1, colon == std::string_view::npos ? colon : colon - 1);
  if (name.empty()) throw UsageError(fmt::format("A switch has no name: \"{}\".", argument));
  auto const row =
      std::find_if(rows_.begin(), rows_.end(), [&](SwitchRow const& r) { return is_named(r, name); });
  if (row == rows_.end()) throw UsageError(fmt::format("Unknown switch: {}{}.", argument.front(), name));

  bool const has_value = colon != std::string_view::npos && colon + 1 < argument.size();
  if (row->value == SwitchValue::required && !has_value)
    throw UsageError(
        fmt::format("The switch -{} needs a value: -{}:{}.", row->name, row->name, row->value_name));
  if (row->value == SwitchValue::none && colon != std::string_view::npos)
    throw UsageError(fmt::format("The switch -{} takes no value.", row->name));
  if (!row->repeatable && values.has(row->name))
    throw UsageError(fmt::format("The switch -{} is given twice.", row->name));
  values.add(row->name, has_value ? std::string(unquoted(argument.substr(colon + 1))) : std::string{});
}

void SwitchParser::take_setting(std::string_view name, std::string_view value, SwitchValues& values) const {
  if (value == "false") return;
  take(value == "true" ? fmt::format("-{}", name) : fmt::format("-{}:{}", name, value), values);
}

std::string switch_help(std::span<SwitchRow const> rows) {
  std::string out;
  for (auto const& row : rows) {
    auto left = fmt::format("  -{}", row.name);
    if (row.value == SwitchValue::required) left += fmt::format(":{}", row.value_name);
    for (auto const form : row.short_forms)
      if (!form.empty()) left += fmt::format(", -{}", form);
    out += left;
    if (left.size() + 2 > help_column)
      out.append("\n").append(help_column, ' ');
    else
      out.append(help_column - left.size(), ' ');
    append_wrapped(out, row.help);
  }
  return out;
}

}  // namespace winrm::tools
