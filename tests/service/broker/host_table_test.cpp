#include "service/broker/host_table.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.hpp"

namespace winrm::service::broker {
namespace {

constexpr auto retiring_account = "retiring";

/// A host is this same program, started with other arguments. Here it does no more than to be there, and the
/// one of retiring_account to retire without ending.
class IdleHost : public ::testing::Environment {
 public:
  void SetUp() override {
    std::ifstream file("/proc/self/cmdline");
    std::string const command((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (command.find("--role=host") == std::string::npos) return;
    ipc::FrameReader reader(limits::ipc_control_bytes);
    auto const frame = ipc::receive_frame(control_descriptor, reader);
    auto const order = frame ? ipc::decode<ipc::message::HostOrder>(*frame) : tl::unexpected(frame.error());
    if (order && order->start().principal().account() == retiring_account) {
      ipc::message::HostRequest request;
      request.mutable_retire();
      if (!ipc::send_control(control_descriptor, 0, request)) std::_Exit(EXIT_FAILURE);
      std::this_thread::sleep_for(limits::shutdown_patience * 10);
    }
    while (ipc::receive_frame(control_descriptor, reader)) {
    }
    std::_Exit(EXIT_SUCCESS);
  }
};

[[maybe_unused]] auto* const idle_host =
    ::testing::AddGlobalTestEnvironment(std::make_unique<IdleHost>().release());

auth::Principal principal(std::string account, gid_t gid, SidSet sids) {
  system::Account unix_account;
  unix_account.name = std::move(account);
  unix_account.uid = ::geteuid();
  unix_account.gid = gid;
  return auth::PrincipalMint::mint(unix_account.name, unix_account, auth::Scheme::basic, std::move(sids));
}

class Hosts : public ::testing::Test {
 protected:
  ~Hosts() override {
    table_.kill_all();
    for (int status = 0; !table_.empty();) {
      pid_t const pid = ::waitpid(-1, &status, 0);
      table_.reaped(pid, status);
      turn();
    }
  }

  void turn() {
    loop_.at(SteadyClock::now(), [this] { loop_.stop(); });
    loop_.run();
  }

  static std::size_t running() {
    std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    return static_cast<std::size_t>(
        std::distance(std::istream_iterator<pid_t>(children), std::istream_iterator<pid_t>()));
  }

  PollLoop loop_;
  config::Settings settings_;
  HostTable table_{loop_, settings_, {}, false, [](auto const&) {}};
};

TEST_F(Hosts, LogOnsWithTheSameGroupsShareAHost) {
  Sid const wheel = Sid::of_group(10);
  Sid const users = Sid::of_group(100);
  EXPECT_TRUE(table_.open(principal("alice", 100, {wheel, users, Sid::network()})));
  EXPECT_TRUE(table_.open(principal("alice", 100, {Sid::interactive(), users, wheel})));
  EXPECT_EQ(running(), 1U);
}

TEST_F(Hosts, NobodyIsServedWithTheGroupsOfAnEarlierLogOn) {
  Sid const wheel = Sid::of_group(10);
  Sid const users = Sid::of_group(100);
  EXPECT_TRUE(table_.open(principal("alice", 100, {users, wheel})));
  EXPECT_TRUE(table_.open(principal("alice", 100, {users})));
  EXPECT_EQ(running(), 2U) << "a group was taken away";
  EXPECT_TRUE(table_.open(principal("alice", 10, {users, wheel})));
  EXPECT_EQ(running(), 3U) << "the primary group is another one";
  EXPECT_TRUE(table_.open(principal("alice", 100, {wheel, users})));
  EXPECT_EQ(running(), 3U);
}

TEST_F(Hosts, OneThatRetiresAndDoesNotEndIsKilled) {
  EXPECT_TRUE(table_.open(principal(retiring_account, 100, {})));
  auto const begun = SteadyClock::now();
  int status = 0;
  pid_t ended = 0;
  std::function<void()> const look = [&] {
    ended = ::waitpid(-1, &status, WNOHANG);
    if (ended != 0 || SteadyClock::now() - begun > 3 * limits::shutdown_patience) return loop_.stop();
    loop_.at(SteadyClock::now() + Milliseconds(50), look);
  };
  look();
  loop_.run();
  ASSERT_TRUE(table_.reaped(ended, status)) << "it keeps its place";
  turn();
  EXPECT_TRUE(table_.empty());
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_GE(SteadyClock::now() - begun, limits::shutdown_patience);
}

}  // namespace
}  // namespace winrm::service::broker
