#include "system/environment_file.hpp"

#include <gtest/gtest.h>

namespace winrm::system {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

TEST(EnvironmentFile, ReadsWhatPamEnvReads) {
  EXPECT_EQ(
      parse_environment("# comment\nA=1\n  B = 2\nexport C='three words'\nD=\"x\ny\nE=\"a=b\"\nA=4\n=5\n"),
      (Variables{{"A", "4"}, {"C", "three words"}, {"D", "x"}, {"E", "a=b"}}));
}

TEST(EnvironmentFile, SetsAVariableInItsPlaceAndLeavesTheRest) {
  EXPECT_EQ(with_variable("# comment\nA=1\n\nB=2\nA=3\nnonsense", "A", "x y"),
            "# comment\nA=\"x y\"\n\nB=2\nnonsense\n");
}

TEST(EnvironmentFile, AddsAVariableAtTheEnd) {
  EXPECT_EQ(with_variable("A=1", "B", "2"), "A=1\nB=\"2\"\n");
  EXPECT_EQ(with_variable("", "B", ""), "B=\"\"\n");
}

TEST(EnvironmentFile, RemovesAVariableWhereverItIsSet) {
  EXPECT_EQ(with_variable("A=1\nB=2\nexport A=3\n", "A", std::nullopt), "B=2\n");
}

TEST(EnvironmentFile, WhatIsWrittenIsReadAgain) {
  for (std::string const value : {"", "plain", "two words", "a=b", "\"quoted\"", "it's", "$HOME x \\ ;"}) {
    EXPECT_EQ(parse_environment(with_variable("", "V", value)), (Variables{{"V", value}})) << value;
  }
}

TEST(EnvironmentFile, NamesAndValuesThatTheFormatCannotCarry) {
  for (auto const* name : {"", "1A", "A B", "A=B", "A-B", "A\n"})
    EXPECT_FALSE(is_variable_name(name)) << name;
  EXPECT_TRUE(is_variable_name("_A1"));
  EXPECT_FALSE(is_variable_value("a\nEVIL=1"));
  EXPECT_FALSE(is_variable_value(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_variable_value("a#b")) << "pam_env takes the rest of the line for a comment";
  EXPECT_TRUE(is_variable_value("häuser"));
}

TEST(EnvironmentFile, ACommentBeginsAnywhere) {
  EXPECT_EQ(parse_environment("A=\"one#two\"\nB=plain # words\n#C=3\nD=#\n"),
            (Variables{{"A", "one"}, {"B", "plain"}, {"D", ""}}));
}

}  // namespace
}  // namespace winrm::system
