#include "tools/winrcp/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/committed_document.hpp"
#include "tools/winrcp/command_line.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

using support::expect_committed;

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
