#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/winrs/clixml.hpp"
#include "tools/winrs/code_page.hpp"

namespace winrm::tools::winrs_tool {

/// What of a command's output is changed before it is shown.
struct OutputForm {
  std::uint32_t code_page = utf8_code_page;
  bool clixml = false;  ///< PowerShell's standard error
};

/// The output of one command, as it is shown: byte for byte unless an OutputForm says otherwise.
class OutputDecoder {
 public:
  /// Throws UsageError for an unknown code page.
  explicit OutputDecoder(OutputForm form = {})
      : output_(form.code_page, CodePageConverter::Direction::to_utf8),
        errors_(form.code_page, CodePageConverter::Direction::to_utf8) {
    if (form.clixml) clixml_.emplace();
  }

  /// `stream` is "stdout" or "stderr".
  [[nodiscard]] std::string decode(std::string_view stream, std::string_view bytes) {
    if (stream != "stderr") return output_.convert(bytes);
    auto text = errors_.convert(bytes);
    return clixml_ ? clixml_->read(text) : text;
  }
  /// What is left at the end.
  [[nodiscard]] std::string finish(std::string_view stream) {
    if (stream != "stderr") return output_.finish();
    auto rest = errors_.finish();
    return clixml_ ? clixml_->read(rest) + clixml_->finish() : rest;
  }

 private:
  CodePageConverter output_;
  CodePageConverter errors_;
  std::optional<ClixmlReader> clixml_;
};

}  // namespace winrm::tools::winrs_tool
