// The parser is compiled here alone: it takes longer than all that reads its tree.
#define TOML_IMPLEMENTATION
#include "config/toml.hpp"

#include <fmt/format.h>

namespace winrm::config {

Result<toml::table> parse_toml(std::string_view text, std::string_view name) {
  try {
    return toml::parse(text);
  } catch (toml::parse_error const& error) {
    return fail(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
}

}  // namespace winrm::config
