#include "system/bounded_usage.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace winrm::system {
namespace {

using namespace std::chrono_literals;

std::atomic<int> questions;
std::atomic<bool> server_answers;

/// A network file system whose server may be gone.
std::optional<FileSystemUsage> ask_server(std::string const&) {
  ++questions;
  while (!server_answers) std::this_thread::sleep_for(1ms);
  FileSystemUsage usage;
  usage.total = 7;
  return usage;
}

class BoundedUsageTest : public testing::Test {
 protected:
  BoundedUsageTest() {
    questions = 0;
    server_answers = false;
  }
  // The thread that still waits for the server touches the statics above.
  ~BoundedUsageTest() override {
    server_answers = true;
    std::this_thread::sleep_for(20ms);
  }
};

TEST_F(BoundedUsageTest, GivesUpOnADeadServerAndAsksItOnce) {
  BoundedUsage const usage(ask_server, 50ms);
  auto const begin = SteadyClock::now();
  EXPECT_EQ(usage.ask("/mnt"), std::nullopt);
  EXPECT_GE(SteadyClock::now() - begin, 50ms);
  auto const again = SteadyClock::now();
  EXPECT_EQ(usage.ask("/mnt"), std::nullopt);
  EXPECT_LT(SteadyClock::now() - again, 40ms) << "the second caller waited although the time was over";
  EXPECT_EQ(questions, 1);
}

TEST_F(BoundedUsageTest, AsksAgainOnceTheServerIsBack) {
  BoundedUsage const usage(ask_server, 50ms);
  EXPECT_EQ(usage.ask("/mnt"), std::nullopt);
  server_answers = true;
  std::this_thread::sleep_for(50ms);
  auto const answer = usage.ask("/mnt");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->total, 7U);
}

TEST_F(BoundedUsageTest, ManyCallersShareOneAnswer) {
  BoundedUsage const usage(ask_server, 10s);
  std::vector<std::future<std::optional<FileSystemUsage>>> callers;
  for (int i = 0; i < 8; ++i)
    callers.push_back(std::async(std::launch::async, [&] { return usage.ask("/mnt"); }));
  std::this_thread::sleep_for(50ms);
  server_answers = true;
  for (auto& caller : callers) EXPECT_TRUE(caller.get());
  EXPECT_LE(questions, 2);  // a caller that came late may have asked for itself
}

TEST(BoundedUsageLive, KnowsTheRootFileSystem) {
  auto const answer = BoundedUsage().ask("/");
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->total, answer->available);
}

}  // namespace
}  // namespace winrm::system
