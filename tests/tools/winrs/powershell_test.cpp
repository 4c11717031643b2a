#include "tools/winrs/powershell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/unicode.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// windows-surface and cmd.exe: a command line has at most 8191 characters.
constexpr std::size_t command_line_limit = 8191;

TEST(PowerShell, TheCommandLineIsShortWhateverTheScript) {
  auto const command = powershell_command(ShellFamily::windows_cmd);
  EXPECT_LT(command.size(), command_line_limit);
  EXPECT_THAT(command, StartsWith("powershell.exe -NoLogo -NoProfile -NonInteractive -InputFormat None "));
  EXPECT_THAT(powershell_command(ShellFamily::unix_shell), StartsWith("pwsh "));
  auto const encoded = base64::decode(command.substr(command.rfind(' ') + 1));
  ASSERT_TRUE(encoded);
  auto const text = unicode::utf16_to_utf8(*encoded);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("[ScriptBlock]::Create"));
}

TEST(PowerShell, TheScriptAndItsArgumentsAreOneLineOfInput) {
  PowerShellScript script;
  script.text = "param($Name)\n\"größer: $Name\"\n" + std::string(200'000, '#');
  script.arguments = {"-Name", "it's", "-1", "a b"};
  auto const line = powershell_input(script);
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  auto const space = line.find(' ');
  EXPECT_EQ(*base64::decode(line.substr(0, space)), script.text);
  EXPECT_EQ(*base64::decode(line.substr(space + 1, line.size() - space - 2)), " -Name 'it''s' '-1' 'a b' ");
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
