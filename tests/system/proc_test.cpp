#include "system/proc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/recorded_host.hpp"

namespace winrm::system::proc {
namespace {

using testing::ElementsAre;

class RecordedProc : public testing::Test {
 protected:
  test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedProc, PidsAreTheNumbersInOrder) { EXPECT_THAT(pids(host_), ElementsAre(1, 2, 510, 620, 733)); }

TEST_F(RecordedProc, StatIsReadFieldByField) {
  auto const read = stat(host_, 620);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "postgres");
  EXPECT_EQ(read->state, 'S');
  EXPECT_EQ(read->parent, 1U);
  EXPECT_EQ(read->major_faults, 10U);
  EXPECT_EQ(read->user_ticks, 250U);
  EXPECT_EQ(read->system_ticks, 125U);
  EXPECT_EQ(read->nice, -5);
  EXPECT_EQ(read->threads, 3U);
  EXPECT_EQ(read->start_ticks, 12050U);
  EXPECT_EQ(read->virtual_bytes, 229376000U);
  EXPECT_EQ(read->resident_pages, 7168U);
}

TEST_F(RecordedProc, ANameMayHoldParenthesesAndBlanks) {
  auto const read = stat(host_, 733);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "weird) name (x");
  EXPECT_EQ(read->state, 'Z');
  EXPECT_EQ(read->parent, 620U);
}

TEST_F(RecordedProc, CommandLinesAreJoinedAndQuoted) {
  EXPECT_EQ(command_line(host_, 620), "/usr/lib/postgresql/15/bin/postgres -D '/var/lib/my data'");
  EXPECT_EQ(command_line(host_, 2), "");
  EXPECT_EQ(command_line(host_, 4711), std::nullopt);
}

TEST_F(RecordedProc, ATitleThatADaemonGaveItselfStaysAsItIs) {
  EXPECT_EQ(command_line(host_, 510), "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups");
}

TEST_F(RecordedProc, KernelThreadsHaveNoMemory) {
  auto const of_thread = memory(host_, 2);
  ASSERT_TRUE(of_thread);
  EXPECT_EQ(of_thread->peak_resident, std::nullopt);
  EXPECT_EQ(memory(host_, 620)->peak_resident, 30000U);
}

TEST_F(RecordedProc, TheSessionThatWasNeverSetIsAbsent) {
  EXPECT_EQ(session(host_, 620), 3U);
  EXPECT_EQ(session(host_, 1), std::nullopt);
  EXPECT_EQ(session(host_, 2), std::nullopt);
}

TEST_F(RecordedProc, ProcessorsAreCountedBySocket) {
  auto const read = processors(host_);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->logical, 4U);
  EXPECT_EQ(read->sockets, 2U);
  EXPECT_TRUE(read->hypervisor);
  EXPECT_TRUE(read->no_execute);
}

TEST(LiveProc, ThisProcessIsSeen) {
  auto const host = make_host();
  auto const self = static_cast<Pid>(::getpid());
  auto const read = stat(*host, self);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->parent, static_cast<Pid>(::getppid()));
  EXPECT_GT(read->resident_pages, 0U);
  EXPECT_THAT(pids(*host), testing::Contains(self));
  EXPECT_THAT(*command_line(*host, self), testing::HasSubstr("system_tests"));
  EXPECT_GE(open_files(*host, self), 3U);
}

}  // namespace
}  // namespace winrm::system::proc
