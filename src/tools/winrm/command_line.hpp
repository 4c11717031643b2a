#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/common/switches.hpp"

namespace winrm::tools::winrm_tool {

enum class Operation {
  get,
  set,
  create,
  remove,
  enumerate,
  invoke,
  query,
  identify,
  quick_config,
  config_sddl,
  wait,
  doctor,
  helpmsg,
  help
};

/// One verb of winrm, declared once.
struct OperationRow {
  Operation operation;
  std::string_view name;
  std::array<std::string_view, 3> short_forms;
  std::string_view usage;  ///< behind "winrm NAME"
  std::string_view summary;
  std::string_view switches;  ///< names of operation_switches() that it takes, separated by blanks
  bool connects = true;       ///< takes the connection switches, too
};

[[nodiscard]] std::span<OperationRow const> operations();
/// By name or short form, in any case; null for an unknown one.
[[nodiscard]] OperationRow const* find_operation(std::string_view name);

/// -format, -filter, … : the switches besides the connection's.
[[nodiscard]] std::span<SwitchRow const> operation_switches();
[[nodiscard]] bool takes(OperationRow const& operation, std::string_view switch_name);
/// Those of operation_switches() that `operation` takes.
[[nodiscard]] std::vector<SwitchRow> switches_of(OperationRow const& operation);

/// A command line, read.
struct Invocation {
  OperationRow const* operation = nullptr;
  bool help = false;               ///< -? was given
  std::vector<std::string> words;  ///< behind the operation: URI, or ACTION and URI, or CODE
  std::string input_hash;          ///< @{…}, "" when absent
  SwitchValues switches;
};

/// `arguments` without the program's name. Throws UsageError.
[[nodiscard]] Invocation parse_command_line(std::vector<std::string> const& arguments);

}  // namespace winrm::tools::winrm_tool
