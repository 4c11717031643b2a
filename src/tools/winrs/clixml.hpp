#pragma once

#include <string>
#include <string_view>

namespace winrm::tools::winrs_tool {

/// Turns the CLIXML that PowerShell writes to a redirected standard error into the text a person would see;
/// anything else passes unchanged. Fed piece by piece.
class ClixmlReader {
 public:
  /// What of the text is complete.
  [[nodiscard]] std::string read(std::string_view piece);
  /// What remains at the end.
  [[nodiscard]] std::string finish();

 private:
  bool skip_line_end();
  [[nodiscard]] std::string take_plain();
  [[nodiscard]] std::string take_records();

  std::string buffer_;
  bool in_document_ = false;
  bool line_end_due_ = false;
};

}  // namespace winrm::tools::winrs_tool
