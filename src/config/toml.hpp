#pragma once

#include <string_view>

#include "base/result.hpp"

// toml++ 3.3 asserts what a bad file can make false ("[=x]") and, with NDEBUG, tells the compiler that it
// cannot happen. Without the assertion it goes on to report the error.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace winrm::config {

/// The tree of a TOML text; the error names `name`, line and reason.
Result<toml::table> parse_toml(std::string_view text, std::string_view name);

}  // namespace winrm::config
