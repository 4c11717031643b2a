#include "tools/common/switches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winrm::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr SwitchRow rows[] = {
    {"remote", {"r", "machine"}, SwitchValue::required, "HOST", "The host."},
    {"usessl", {"ssl", ""}, SwitchValue::none, "", "HTTPS."},
    {"environment", {"env", ""}, SwitchValue::required, "NAME=VALUE", "A variable.", true},
};

SwitchValues parse(std::vector<std::string> const& arguments) {
  SwitchParser const parser(rows);
  SwitchValues values;
  for (auto const& argument : arguments) parser.take(argument, values);
  return values;
}

std::string error_of(std::vector<std::string> const& arguments) {
  try {
    static_cast<void>(parse(arguments));
  } catch (UsageError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Switches, T1_AnyCaseAnyFormDashOrSlash) {
  for (auto const* argument :
       {"-remote:web1", "-REMOTE:web1", "/r:web1", "-R:web1", "/Machine:web1", "-remote:\"web1\""})
    EXPECT_EQ(parse({argument}).value("remote"), "web1") << argument;
  EXPECT_TRUE(parse({"/UseSSL"}).has("usessl"));
  EXPECT_TRUE(parse({"-ssl"}).has("usessl"));
}

TEST(Switches, ValuesMayHoldColons) {
  EXPECT_EQ(parse({"-r:https://web1:5986/wsman"}).value("remote"), "https://web1:5986/wsman");
  EXPECT_EQ(parse({"/r:[::1]"}).value("remote"), "[::1]");
}

TEST(Switches, W3_RepeatableSwitchesKeepTheirOrder) {
  EXPECT_THAT(parse({"-env:A=1", "/environment:B=2"}).all("environment"), ElementsAre("A=1", "B=2"));
}

TEST(Switches, ErrorsNameTheSwitch) {
  EXPECT_THAT(error_of({"-remot:web1"}), HasSubstr("Unknown switch: -remot."));
  EXPECT_THAT(error_of({"-remote"}), HasSubstr("-remote:HOST"));
  EXPECT_THAT(error_of({"-remote:"}), HasSubstr("needs a value"));
  EXPECT_THAT(error_of({"-usessl:yes"}), HasSubstr("takes no value"));
  EXPECT_THAT(error_of({"-r:a", "-machine:b"}), HasSubstr("given twice"));
  EXPECT_THAT(error_of({"-:x"}), HasSubstr("no name"));
}

TEST(Switches, PathsAreNotSwitches) {
  for (auto const* path : {"/bin/ls", "/usr/bin/env", "//server/share", "-", "/", "ls"})
    EXPECT_FALSE(SwitchParser::looks_like_switch(path)) << path;
  for (auto const* text : {"-x", "/r:web1", "/?", "-r:http://web1/x"})
    EXPECT_TRUE(SwitchParser::looks_like_switch(text)) << text;
}

TEST(Switches, HelpComesFromTheTable) {
  auto const help = switch_help(rows);
  EXPECT_THAT(help, HasSubstr("  -remote:HOST, -r, -machine  The host.\n"));
  EXPECT_THAT(help, HasSubstr("  -usessl, -ssl               HTTPS.\n"));
}

TEST(Switches, SettingsAreSwitchesWithoutADash) {
  SwitchParser const parser(rows);
  SwitchValues values;
  parser.take_setting("Remote", "web1:5985", values);
  parser.take_setting("usessl", "true", values);
  parser.take_setting("environment", "A=1", values);
  parser.take_setting("environment", "B=2", values);
  EXPECT_EQ(values.value("remote"), "web1:5985");
  EXPECT_TRUE(values.has("usessl"));
  EXPECT_THAT(values.all("environment"), ElementsAre("A=1", "B=2"));
  SwitchValues off;
  parser.take_setting("usessl", "false", off);
  EXPECT_FALSE(off.has("usessl"));
  EXPECT_THROW(parser.take_setting("colour", "red", off), UsageError);
}

TEST(Switches, WhatIsGivenGoesBeforeWhatIsMissing) {
  auto given = parse({"-r:web1", "-env:A=1"});
  given.add_missing(parse({"-r:web2", "-ssl", "-env:B=2"}));
  EXPECT_EQ(given.value("remote"), "web1");
  EXPECT_TRUE(given.has("usessl"));
  EXPECT_THAT(given.all("environment"), ElementsAre("A=1"));
}

}  // namespace
}  // namespace winrm::tools
