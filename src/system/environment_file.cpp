#include "system/environment_file.hpp"

#include <algorithm>

#include "system/text.hpp"

namespace winrm::system {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string without_quotes(std::string_view value) {
  if (value.empty() || (value.front() != '"' && value.front() != '\'')) return std::string(value);
  auto const quote = value.front();
  value.remove_prefix(1);
  if (value.ends_with(quote)) value.remove_suffix(1);
  return std::string(value);
}

std::optional<std::pair<std::string, std::string>> parse_line(std::string_view line) {
  constexpr std::string_view prefix = "export ";
  // A comment begins anywhere, within quotation marks too.
  line = text::trim(line.substr(0, line.find('#')));
  if (line.starts_with(prefix)) line = text::trim(line.substr(prefix.size()));
  auto const equals = line.find('=');
  if (equals == std::string_view::npos || !is_variable_name(line.substr(0, equals))) return std::nullopt;
  return std::pair(std::string(line.substr(0, equals)), without_quotes(line.substr(equals + 1)));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_environment(std::string_view content) {
  std::vector<std::pair<std::string, std::string>> variables;
  while (auto const line = text::next_line(content)) {
    auto variable = parse_line(*line);
    if (!variable) continue;
    auto const earlier =
        std::ranges::find(variables, variable->first, &std::pair<std::string, std::string>::first);
    if (earlier != variables.end()) {
      earlier->second = std::move(variable->second);
    } else {
      variables.push_back(*std::move(variable));
    }
  }
  return variables;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, is_name_character);
}

bool is_variable_value(std::string_view value) {
  return std::ranges::none_of(
      value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '#'; });
}

std::string with_variable(std::string_view content, std::string_view name,
                          std::optional<std::string_view> value) {
  std::string changed;
  auto const write = [&] {
    changed += name;
    changed += "=\"";
    changed += *value;
    changed += "\"\n";
    value.reset();
  };
  while (auto const line = text::next_line(content)) {
    auto const variable = parse_line(*line);
    if (!variable || variable->first != name) {
      changed += *line;
      changed += '\n';
    } else if (value) {
      write();  // in the place of the first; further ones go
    }
  }
  if (value) write();
  return changed;
}

}  // namespace winrm::system
