#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/winrm/command_line.hpp"

namespace winrm::tools::winrm_tool {

/// One subject of `winrm help TOPIC`.
struct HelpTopic {
  std::string_view name;
  std::string_view other_name;  ///< "alias" beside "aliases"; may be empty
  std::string_view summary;
  std::string (*text)();
};

[[nodiscard]] std::span<HelpTopic const> help_topics();
/// By name, in any case; null for an unknown one.
[[nodiscard]] HelpTopic const* find_topic(std::string_view name);

/// "winrm -?", and "winrm OPERATION -?" for one operation.
[[nodiscard]] std::string general_help();
[[nodiscard]] std::string operation_help(OperationRow const& operation);
[[nodiscard]] std::string topic_help(HelpTopic const& topic);

}  // namespace winrm::tools::winrm_tool
