#include "plugins/shell/quota.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "plugins/shell/conversation.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::shell::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t megabyte = 1024 * 1024;

unsigned processes_of(Conversation& client, std::string const& shell) {
  Reply const reply =
      engine::test::ask(client.dispatcher(), Conversation::request(wsman::action::get, shell, {}));
  return static_cast<unsigned>(std::stoul(reply.body().child(ns::shell, "ChildProcesses").text()));
}

/// The most processes that the shell has at any look in a while.
unsigned most_processes(Conversation& client, std::string const& shell, std::chrono::milliseconds time) {
  unsigned most = 0;
  for (auto const end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
    most = std::max(most, processes_of(client, shell));
    std::this_thread::sleep_for(10ms);
  }
  return most;
}

TEST(ShellQuota, Q3_TheNewestOfTooManyProcessesGo) {
  std::vector<TreeProcess> const tree{{10, 500, 1}, {11, 300, 1}, {12, 400, 1}};
  EXPECT_EQ(over_quota(tree, {.max_processes = 2}), std::vector<pid_t>{10});
  EXPECT_TRUE(over_quota(tree, {.max_processes = 3}).empty());
  EXPECT_TRUE(over_quota(tree, {}).empty());
}

TEST(ShellQuota, Q4_TheLargestProcessesGoUntilTheRestFits) {
  std::vector<TreeProcess> const tree{{10, 1, 50}, {11, 2, 700}, {12, 3, 300}};
  EXPECT_EQ(over_quota(tree, {.max_memory_bytes = 1050}), std::vector<pid_t>{});
  EXPECT_EQ(over_quota(tree, {.max_memory_bytes = 1049}), std::vector<pid_t>{11});
  EXPECT_EQ(over_quota(tree, {.max_memory_bytes = 100}), (std::vector<pid_t>{11, 12}));
}

TEST(ShellQuota, Q3_TooManyProcessesAreEndedAndTheShellLives) {
  Conversation client({}, {.max_processes = 5});
  auto const shell = client.open();
  client.run(shell, "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait");
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(most_processes(client, shell, 200ms), 5U);
  Reply const refused = client.command(shell, "true");
  EXPECT_EQ(refused.fault_subcode(), "w:QuotaLimit");
  EXPECT_NE(refused.text.find("MaxProcessesPerShell"), std::string::npos);
}

TEST(ShellQuota, Q3_AForkBombIsEndedWhole) {
  Conversation client({}, {.max_processes = 10});
  auto const shell = client.open();
  // 512 processes if nobody stops it.
  auto const command = client.run(
      shell,
      "bomb() { [ $1 -gt 0 ] || { sleep 60; return; }; bomb $(($1-1)) & bomb $(($1-1)) & wait; }; bomb 9");
  Outcome const outcome = client.wait(shell, command);
  EXPECT_EQ(outcome.exit_code, "137");
  EXPECT_LE(most_processes(client, shell, 500ms), 10U);
  EXPECT_EQ(client.run_to_end(shell, "echo still here").standard_output, "still here\n");
}

TEST(ShellQuota, Q4_AllocationAboveTheQuotaIsKilled) {
  Conversation client({}, {.max_memory_bytes = 64 * megabyte});
  auto const shell = client.open();
  std::string const hungry = "x=$(head -c {} /dev/zero | tr '\\0' a); sleep 0.6; echo ${{#x}}";
  EXPECT_EQ(client.run_to_end(shell, fmt::format(fmt::runtime(hungry), 4 * megabyte)).standard_output,
            fmt::format("{}\n", 4 * megabyte));
  Outcome const outcome = client.run_to_end(shell, fmt::format(fmt::runtime(hungry), 200 * megabyte));
  EXPECT_EQ(outcome.standard_output, "");
  EXPECT_EQ(outcome.exit_code, "137");
}

TEST(ShellQuota, Q4_MemoryOfAllProcessesOfAShellCountsTogether) {
  Conversation client({}, {.max_memory_bytes = 64 * megabyte});
  auto const shell = client.open();
  Outcome const outcome = client.run_to_end(shell,
                                            "for i in 1 2 3 4; do sh -c 'x=$(head -c 20000000 /dev/zero | tr "
                                            "\"\\0\" a); sleep 2; echo ${#x}' & done; wait");
  EXPECT_NE(outcome.standard_output, "");
  EXPECT_LT(outcome.standard_output.size(), 4 * std::string("20000000\n").size());
}

}  // namespace
}  // namespace winrm::plugins::shell::test
