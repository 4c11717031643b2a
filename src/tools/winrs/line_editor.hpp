#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace winrm::tools::winrs_tool {

/// Lines typed at the terminal, with editing and history, while output goes on above them. What the output
/// ends with, when that is no whole line, stands in front of the line as its prompt.
class LineEditor {
 public:
  /// The history is read from `history` and written back at the end, closed to other accounts.
  explicit LineEditor(std::filesystem::path history);
  ~LineEditor();
  LineEditor(LineEditor const&) = delete;
  LineEditor& operator=(LineEditor const&) = delete;

  /// The next line with its line feed; none at Ctrl-D and after stop(). One thread at a time.
  [[nodiscard]] std::optional<std::string> read_line();
  /// Writes output to the terminal. Thread-safe.
  void show(std::string_view bytes);
  /// Forgets what is typed so far, as Ctrl-C does. Thread-safe.
  void discard_line();
  /// Ends read_line(), now and later. Thread-safe.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where winrs keeps what was typed: $XDG_STATE_HOME or ~/.local/state, openwinrm/winrs_history.
[[nodiscard]] std::filesystem::path history_file();

}  // namespace winrm::tools::winrs_tool
