#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::tools::winrm_tool {

/// KEY="VALUE", or KEY=$null (no value).
struct HashEntry {
  std::string key;
  std::optional<std::string> value;
};

/// Reads {K="V"; K2=$null}, with or without '@' in front. The quotes may be missing, because Unix shells take
/// them away: the value then ends at ';' or at the last '}'.
/// Two quotes inside a value are one. Throws UsageError with what is wrong where.
[[nodiscard]] std::vector<HashEntry> parse_hash(std::string_view text);

/// What names a hash in a message: "@{TrustedHosts…". Ends with the first key, because values may be secrets,
/// and what follows a hash that is not closed is something else.
[[nodiscard]] std::string hash_beginning(std::string_view text);

}  // namespace winrm::tools::winrm_tool
