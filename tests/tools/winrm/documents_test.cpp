#include "tools/winrm/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/winrm/command_line.hpp"

namespace winrm::tools::winrm_tool {
namespace {

namespace fs = std::filesystem;

/// Compares with the committed file, or writes it for scripts/generate.
void expect_committed(fs::path const& name, std::string const& text) {
  auto const file = fs::path(WINRM_SOURCE_DIR) / name;
  if (std::getenv("WINRM_GENERATE") != nullptr) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::ifstream in(file);
  std::string const committed{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(committed, text) << "run scripts/generate and commit " << name;
}

TEST(Documents, TheCommittedManualIsUpToDate) { expect_committed("docs/man/winrm.1", manual_page()); }

TEST(Documents, TheCommittedCompletionsAreUpToDate) {
  auto const program = completed_program();
  expect_committed("packaging/completions/winrm.bash", bash_completion(program));
  expect_committed("packaging/completions/_winrm", zsh_completion(program));
  expect_committed("packaging/completions/winrm.fish", fish_completion(program));
}

TEST(Documents, EveryOperationAndSwitchIsInThem) {
  auto const manual = manual_page();
  auto const bash = bash_completion(completed_program());
  for (auto const& operation : operations()) {
    EXPECT_THAT(manual, ::testing::HasSubstr("\\fB" + std::string(operation.name) + "\\fR"));
    EXPECT_THAT(bash, ::testing::HasSubstr("    " + std::string(operation.name) + ") "));
  }
  for (auto const& row : operation_switches())
    EXPECT_THAT(bash, ::testing::HasSubstr("-" + std::string(row.name)));
}

TEST(Documents, RoffCommandsAreText) { EXPECT_EQ(roff(".a -b\n'c \\d"), "\\&.a \\-b\n\\&'c \\ed"); }

}  // namespace
}  // namespace winrm::tools::winrm_tool
