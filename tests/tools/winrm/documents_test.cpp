#include "tools/winrm/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/committed_document.hpp"
#include "tools/common/manual.hpp"
#include "tools/winrm/command_line.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using support::expect_committed;

TEST(Documents, TheCommittedManualsAreUpToDate) {
  expect_committed("docs/man/winrm.1", manual_page());
  expect_committed("docs/man/winrm-client.toml.5", client_file_page());
}

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
    EXPECT_THAT(
        bash, ::testing::ContainsRegex("\n    " + std::string(operation.name) + "(\\|[a-z]*)*\\) switches="));
  }
  for (auto const& row : operation_switches())
    EXPECT_THAT(bash, ::testing::HasSubstr("-" + std::string(row.name)));
}

TEST(Documents, RoffCommandsAreText) { EXPECT_EQ(roff(".a -b\n'c \\d"), "\\&.a \\-b\n\\&'c \\ed"); }

}  // namespace
}  // namespace winrm::tools::winrm_tool
