#include "tools/winrmd/arguments.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"

namespace winrm::tools::winrmd {
namespace {

TEST(Arguments, ServesByDefault) {
  EXPECT_EQ(parse_arguments({})->command, Command::serve);
  EXPECT_EQ(parse_arguments({})->config, config::default_file);
  EXPECT_EQ(parse_arguments({"--config", "x.toml"})->config, "x.toml");
}

TEST(Arguments, UserAdd) {
  auto const arguments =
      parse_arguments({"user", "add", "alice", "--password-stdin", "--config", "x.toml", "--as", "root"});
  ASSERT_TRUE(arguments) << arguments.error().message;
  EXPECT_EQ(arguments->command, Command::user_add);
  EXPECT_EQ(arguments->name, "alice");
  EXPECT_EQ(arguments->account, "root");
  EXPECT_EQ(arguments->config, "x.toml");
}

TEST(Arguments, OtherCommands) {
  EXPECT_EQ(parse_arguments({"user", "list"})->command, Command::user_list);
  EXPECT_EQ(parse_arguments({"user", "remove", "alice"})->name, "alice");
  EXPECT_EQ(parse_arguments({"--check-config", "x.toml"})->config, "x.toml");
  EXPECT_EQ(parse_arguments({"--help"})->command, Command::help);
  EXPECT_EQ(parse_arguments({"--version"})->command, Command::version);
}

TEST(Arguments, MistakesAreNamed) {
  std::vector<std::vector<std::string_view>> const mistakes{
      {"user"},
      {"user", "add", "--password-stdin"},
      {"user", "add", "alice"},
      {"user", "remove"},
      {"--config"},
      {"--verbose"},
      {"--config", "a", "surplus"},
      {"--check-config"},
      {"user", "list", "--as", "root"},
  };
  for (auto const& words : mistakes) {
    auto const arguments = parse_arguments(words);
    ASSERT_FALSE(arguments) << words.back();
    EXPECT_NE(arguments.error().message.find("--help"), std::string::npos);
  }
}

TEST(Arguments, HelpNamesEveryCommand) {
  std::string const help = help_text();
  for (char const* word : {"user add", "user list", "user remove", "--check-config", "--version", "--config"})
    EXPECT_NE(help.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace winrm::tools::winrmd
