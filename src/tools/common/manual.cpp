#include "tools/common/manual.hpp"

#include <fmt/format.h>

namespace winrm::tools {
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (char const c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

std::string roff_switches(std::span<SwitchRow const> rows) {
  std::string out;
  for (auto const& row : rows) {
    auto heading = fmt::format("\\fB\\-{}\\fR", roff(row.name));
    if (row.value == SwitchValue::required) heading += fmt::format(":\\fI{}\\fR", roff(row.value_name));
    for (auto const form : row.short_forms)
      if (!form.empty()) heading += fmt::format(", \\fB\\-{}\\fR", roff(form));
    out += fmt::format(".TP\n{}\n{}\n", heading, roff(row.help));
  }
  return out;
}

}  // namespace winrm::tools
