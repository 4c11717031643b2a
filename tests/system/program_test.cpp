#include "system/program.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

namespace winrm::system {
namespace {

ProgramResult run(std::vector<std::string> const& arguments) {
  return run_program(arguments, Milliseconds(10'000));
}

int error_of(std::vector<std::string> const& arguments, Milliseconds patience = Milliseconds(10'000)) {
  try {
    (void)run_program(arguments, patience);
  } catch (std::system_error const& error) {
    return error.code().value();
  }
  return 0;
}

TEST(Program, BringsItsOutputErrorsAndStatus) {
  auto const result = run({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_EQ(result.exit_status, 7);
}

TEST(Program, ArgumentsAreNotReadByAShell) {
  EXPECT_EQ(run({"/bin/echo", "$HOME; `id` *"}).output, "$HOME; `id` *\n");
}

TEST(Program, KnowsNoVariableOfOursAndReadsNothing) {
  ::setenv("OF_OURS", "secret", 1);
  EXPECT_EQ(run({"/bin/sh", "-c", "echo $OF_OURS$LC_ALL; cat"}).output, "C\n");
}

TEST(Program, MoreThanAPipeHoldsIsRead) {
  EXPECT_EQ(run({"/bin/sh", "-c", "head -c 1000000 /dev/zero"}).output.size(), 1'000'000U);
}

TEST(Program, SaysWhichSignalEndedIt) { EXPECT_EQ(run({"/bin/sh", "-c", "kill -TERM $$"}).exit_status, -15); }

TEST(Program, WhatDoesNotExistCannotBeStarted) { EXPECT_EQ(error_of({"/no/such/program"}), ENOENT); }

TEST(Program, IsEndedWithWhatItStartedWhenItTakesTooLong) {
  auto const began = SteadyClock::now();
  EXPECT_EQ(error_of({"/bin/sh", "-c", "sleep 600 & sleep 600"}, Milliseconds(200)), ETIMEDOUT);
  EXPECT_LT(SteadyClock::now() - began, std::chrono::seconds(5));
}

TEST(Program, IsEndedWhenItWritesWithoutEnd) { EXPECT_EQ(error_of({"/bin/cat", "/dev/zero"}), EFBIG); }

TEST(Program, IsDoneWhenItEndedWhateverItLeftRunning) {
  auto const began = SteadyClock::now();
  auto const result = run({"/bin/sh", "-c", "sleep 9 & echo started; exit 3"});
  EXPECT_LT(SteadyClock::now() - began, std::chrono::seconds(5));
  EXPECT_EQ(result.output, "started\n");
  EXPECT_EQ(result.exit_status, 3);
}

TEST(Program, IsEndedInTimeAlsoWhenItClosedItsOutput) {
  auto const began = SteadyClock::now();
  EXPECT_EQ(error_of({"/bin/sh", "-c", "exec >&- 2>&-; sleep 9"}, Milliseconds(200)), ETIMEDOUT);
  EXPECT_LT(SteadyClock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace winrm::system
