#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "client/fleet.hpp"
#include "tools/winrs/command_line.hpp"
#include "tools/winrs/output_decoder.hpp"
#include "tools/winrs/powershell.hpp"

namespace winrm::tools::winrs_tool {

/// What a command line asks to run, on whatever host.
class Job {
 public:
  /// Reads the script of -ps. Throws UsageError.
  explicit Job(Invocation invocation);

  /// The command for the host at the other end, which is asked what it is when that matters; `input` is only
  /// what goes before our standard input. Throws client::Failure. Thread-safe.
  [[nodiscard]] client::FleetCommand command_for(client::Session& session) const;
  [[nodiscard]] OutputForm output_form() const { return {code_page_, script_.has_value()}; }
  /// Changes our standard input into what the command reads; empty: nothing to change.
  [[nodiscard]] std::function<std::string(std::string_view)> input_encoder() const;
  /// No command: a shell, that reads what is typed or piped in.
  [[nodiscard]] bool is_shell() const { return invocation_.command.empty() && !script_; }

 private:
  Invocation invocation_;
  std::optional<PowerShellScript> script_;
  std::uint32_t code_page_ = utf8_code_page;
};

/// The shell that the switches ask for: -directory, -environment, -noprofile, … Throws UsageError.
[[nodiscard]] client::ShellOptions shell_options(SwitchValues const& switches);

/// What winrs's own switches say about the session.
void adapt_session(client::SessionOptions& options, SwitchValues const& switches);

/// A switch's number from `least` to `most`; none without the switch. Throws UsageError.
[[nodiscard]] std::optional<std::uint32_t> number_of(SwitchValues const& switches, std::string_view name,
                                                     std::uint32_t least, std::uint32_t most);

/// A whole file, or our standard input for "-". Throws UsageError.
[[nodiscard]] std::string read_whole(std::string const& file);

}  // namespace winrm::tools::winrs_tool
