#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winrm::log {
namespace {

template <class Action>
std::string written_by(Action action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, LineNamesProgramProcessAndLevel) {
  configure("front");
  std::string const text = written_by([] { warning("listener {} is {}", 1, "slow"); });
  EXPECT_EQ(text, "base_tests[front]: warning: listener 1 is slow\n");
}

TEST(Log, LevelsBelowTheLowestAreNotWritten) {
  configure("host", Level::warning);
  std::string const text = written_by([] {
    debug("a");
    info("b");
    error("c");
  });
  EXPECT_EQ(text, "base_tests[host]: error: c\n");
  EXPECT_FALSE(enabled(Level::info));
  EXPECT_TRUE(enabled(Level::error));
}

TEST(Log, TextFromTheNetworkCannotForgeLinesOrDriveATerminal) {
  configure("");
  std::string const text = written_by([] { info("user {}", "a\nbase_tests: error: \x1b[2J\xff"); });
  EXPECT_EQ(text, "base_tests: info: user a\\x0abase_tests: error: \\x1b[2J\\xff\n");
}

TEST(Log, ValidUtf8StaysReadable) {
  configure("");
  EXPECT_EQ(written_by([] { info("Grüße"); }), "base_tests: info: Grüße\n");
}

}  // namespace
}  // namespace winrm::log
