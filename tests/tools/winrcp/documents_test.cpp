#include "tools/winrcp/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/winrcp/command_line.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

namespace fs = std::filesystem;

/// Compares with the committed file, or writes it for scripts/generate.
void expect_committed(fs::path const& name, std::string const& text) {
  auto const file = fs::path(WINRM_SOURCE_DIR) / name;
  if (std::getenv("WINRM_GENERATE") != nullptr) std::ofstream(file) << text;
  std::ifstream in(file);
  std::string const committed{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(committed, text) << "run scripts/generate and commit " << name;
}

TEST(Documents, TheCommittedManualIsUpToDate) { expect_committed("docs/man/winrcp.1", manual_page()); }

TEST(Documents, TheCommittedCompletionsAreUpToDate) {
  auto const program = completed_switches();
  expect_committed("packaging/completions/winrcp.bash", bash_completion(program));
  expect_committed("packaging/completions/_winrcp", zsh_completion(program));
  expect_committed("packaging/completions/winrcp.fish", fish_completion(program));
}

TEST(Documents, EverySwitchIsInTheHelp) {
  for (auto const& row : copy_switches())
    EXPECT_THAT(help_text(), ::testing::HasSubstr("-" + std::string(row.name)));
}

}  // namespace
}  // namespace winrm::tools::winrcp_tool
