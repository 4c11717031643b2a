#include "tools/winrs/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winrm::tools::winrs_tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WinrsLine, W1_TheFirstPlainWordBeginsTheCommand) {
  auto const line = parse_command_line({"/r:web1", "-UseSSL", "ls", "-l", "/r:other"});
  EXPECT_EQ(line.switches.value("remote"), "web1");
  EXPECT_TRUE(line.switches.has("usessl"));
  EXPECT_THAT(line.command, ElementsAre("ls", "-l", "/r:other"));
}

TEST(WinrsLine, W1_PathsAndDashesBeginCommands) {
  EXPECT_THAT(parse_command_line({"-r:web1", "/bin/ls", "/"}).command, ElementsAre("/bin/ls", "/"));
  EXPECT_THAT(parse_command_line({"-r:web1", "--", "-odd", "x"}).command, ElementsAre("-odd", "x"));
}

TEST(WinrsLine, WhatFollowsAScriptFileIsItsOwn) {
  auto const line = parse_command_line({"-r:win1", "-file:setup.ps1", "-Mode", "full", "-?"});
  EXPECT_EQ(line.switches.value("file"), "setup.ps1");
  EXPECT_THAT(line.command, ElementsAre("-Mode", "full", "-?"));
  EXPECT_FALSE(line.help);
}

TEST(WinrsLine, W3_EnvironmentIsRepeatable) {
  auto const line = parse_command_line({"/env:PATH=/opt/bin", "/environment:X=1=2", "prog"});
  EXPECT_THAT(environment_of(line.switches),
              ElementsAre(std::pair<std::string, std::string>("PATH", "/opt/bin"),
                          std::pair<std::string, std::string>("X", "1=2")));
  auto const bad = parse_command_line({"-env:NOVALUE", "prog"});
  EXPECT_THROW(static_cast<void>(environment_of(bad.switches)), UsageError);
}

TEST(WinrsLine, W2_SwitchesOfWindowsAreKnown) {
  auto const line = parse_command_line(
      {"-noe", "/NoP", "-t:30", "-d:/tmp", "-un", "-a:Kerberos", "-u:alice", "-p:x", "/AD", "-comp", "prog"});
  for (auto const* name : {"noecho", "noprofile", "timeout", "directory", "unencrypted", "authentication",
                           "allowdelegate", "compression"})
    EXPECT_TRUE(line.switches.has(name)) << name;
}

TEST(WinrsLine, HelpIsAsked) {
  EXPECT_TRUE(parse_command_line({}).help);
  EXPECT_TRUE(parse_command_line({"-?"}).help);
  EXPECT_TRUE(parse_command_line({"/?"}).help);
  EXPECT_FALSE(parse_command_line({"prog", "-?"}).help);
  EXPECT_THAT(help_text(), HasSubstr("-environment:NAME=VALUE"));
}

std::string joined(std::vector<std::string> const& words, ShellFamily family = ShellFamily::unix_shell) {
  return join_command(words, family);
}

TEST(CommandJoining, W1_OneWordIsTheUsersOwnLine) {
  EXPECT_EQ(joined({"ls | wc -l; echo \"$HOME\""}), "ls | wc -l; echo \"$HOME\"");
}

TEST(CommandJoining, W1_PlainWordsStayAsTyped) {
  EXPECT_EQ(joined({"ls", "-l", "*.txt", "|", "wc"}), "ls -l *.txt | wc");
}

TEST(CommandJoining, W1_WordsWithBlanksStayWords) {
  EXPECT_EQ(joined({"sh", "-c", "exit 3"}), "sh -c \"exit 3\"");
  EXPECT_EQ(joined({"echo", ""}), "echo \"\"");
  EXPECT_EQ(joined({"echo", "it's here"}), "echo \"it's here\"");
}

TEST(CommandJoining, W1_WhatTheShellsQuoteDifferently) {
  std::vector<std::string> const words{"sh", "-c", "echo \"$HOME\" 'x'"};
  EXPECT_TRUE(quoting_depends_on_family(words));
  EXPECT_EQ(joined(words), "sh -c 'echo \"$HOME\" '\\''x'\\'''");
  EXPECT_EQ(joined({"prog", "a \"b\" c\\"}, ShellFamily::windows_cmd), "prog \"a \\\"b\\\" c\\\\\"");
  EXPECT_EQ(joined({"prog", "C:\\Program Files\\x"}, ShellFamily::windows_cmd),
            "prog \"C:\\Program Files\\x\"");
  EXPECT_FALSE(quoting_depends_on_family({"sh", "-c", "exit 3"}));
  EXPECT_FALSE(quoting_depends_on_family({"echo \"$HOME\""}));
  EXPECT_FALSE(quoting_depends_on_family({"echo", "$HOME"}));
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
