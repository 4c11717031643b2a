#include "tools/winrs/powershell.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/unicode.hpp"

namespace winrm::tools::winrs_tool {
namespace {

/// Reads one line, "SCRIPT ARGUMENTS" in base64, and runs it. The exit status is that of `exit`, else 1 for
/// an error that nothing caught, else that of the last program the script ran.
constexpr std::string_view bootstrap =
    "$ProgressPreference='SilentlyContinue';"
    "try{[Console]::OutputEncoding=New-Object Text.UTF8Encoding $false}catch{};"
    "if($PSStyle){$PSStyle.OutputRendering='PlainText'};"
    "$w=[Console]::In.ReadLine().Split(' ')|"
    "%{[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($_))};"
    "$s=[ScriptBlock]::Create($w[0]);"
    "Invoke-Expression('& $s '+$w[1]);"
    "if($LASTEXITCODE){exit $LASTEXITCODE}";

bool is_parameter_name(std::string_view word) {
  auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto const is_name = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return word.size() > 1 && word.front() == '-' && is_letter(word[1]) &&
         std::all_of(word.begin() + 1, word.end(), is_name);
}

std::string single_quoted(std::string_view word) {
  std::string out = "'";
  for (char const c : word) out.append(c == '\'' ? 2 : 1, c);
  return out += '\'';
}

}  // namespace

std::string powershell_command(ShellFamily family) {
  // Without -InputFormat None powershell.exe reads the standard input itself, beside the script.
  return fmt::format("{} -NoLogo -NoProfile -NonInteractive -InputFormat None -EncodedCommand {}",
                     family == ShellFamily::windows_cmd ? "powershell.exe" : "pwsh",
                     base64::encode(unicode::utf8_to_utf16(bootstrap, false)));
}

std::string powershell_input(PowerShellScript const& script) {
  std::string arguments = " ";  // never empty: an empty word would be lost at the end of the line
  for (auto const& word : script.arguments)
    arguments += (is_parameter_name(word) ? word : single_quoted(word)) + " ";
  return fmt::format("{} {}\n", base64::encode(script.text), base64::encode(arguments));
}

}  // namespace winrm::tools::winrs_tool
