#include "tools/winrs/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/committed_document.hpp"
#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using support::expect_committed;

TEST(Documents, TheCommittedManualsAreUpToDate) {
  expect_committed("docs/man/winrs.1", manual_page());
  expect_committed("docs/man/winrs-inventory.5", inventory_page());
}

TEST(Documents, TheCommittedCompletionsAreUpToDate) {
  auto const program = completed_switches();
  expect_committed("packaging/completions/winrs.bash", bash_completion(program));
  expect_committed("packaging/completions/_winrs", zsh_completion(program));
  expect_committed("packaging/completions/winrs.fish", fish_completion(program));
}

TEST(Documents, TheCommittedHelpIsUpToDate) {
  expect_committed("tests/tools/winrs/golden/help.text", help_text());
}

TEST(Documents, EverySwitchIsInThem) {
  auto const manual = manual_page();
  auto const help = help_text();
  for (auto const& row : all_switches()) {
    EXPECT_THAT(manual, ::testing::HasSubstr("\\fB\\-" + std::string(row.name) + "\\fR"));
    EXPECT_THAT(help, ::testing::HasSubstr("\n  -" + std::string(row.name)));
  }
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
