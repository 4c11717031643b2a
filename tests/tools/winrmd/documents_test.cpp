// winrmd(8) and the completions are written by hand: they must know every word that --help knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tools/winrmd/arguments.hpp"

namespace winrm::tools::winrmd {
namespace {

std::string read(std::string const& name) {
  std::ifstream in(std::filesystem::path(WINRM_SOURCE_DIR) / name);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::set<std::string> words_of_help() {
  auto const help = help_text();
  std::regex const option("--[a-z-]+|user [a-z]+");
  return {std::sregex_token_iterator(help.begin(), help.end(), option), std::sregex_token_iterator()};
}

TEST(Documents, TheManualKnowsEveryWord) {
  auto const manual = std::regex_replace(read("docs/man/winrmd.8"), std::regex(R"(\\-)"), "-");
  ASSERT_THAT(words_of_help(), ::testing::Contains("user add"));
  for (auto const& word : words_of_help()) EXPECT_THAT(manual, ::testing::HasSubstr(word));
}

TEST(Documents, TheCompletionsKnowEveryWord) {
  for (auto const* file : {"winrmd.bash", "_winrmd", "winrmd.fish"}) {
    auto const text = read(std::string("packaging/completions/") + file);
    for (auto const& word : words_of_help()) {
      // fish writes --config as "-l config"; "user add" is two words everywhere.
      auto const bare = word.substr(word.starts_with("--") ? 2 : word.find(' ') + 1);
      EXPECT_THAT(text, ::testing::HasSubstr(bare)) << file;
    }
  }
}

}  // namespace
}  // namespace winrm::tools::winrmd
