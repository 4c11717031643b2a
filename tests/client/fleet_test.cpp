#include "client/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace winrm::client {
namespace {

using ::testing::HasSubstr;
using State = FleetOutcome::State;

/// Remembers how each host ended, and how many were at work at once.
class Watcher : public FleetObserver {
 public:
  void on_start(std::size_t) override {
    auto const now = ++at_work_;
    auto most = most_at_work.load();
    while (now > most && !most_at_work.compare_exchange_weak(most, now)) {
    }
  }
  void on_output(std::size_t, std::string_view, std::string_view) override {}
  void on_end(std::size_t host, FleetOutcome const& outcome) override {
    --at_work_;
    std::lock_guard const lock(mutex_);
    outcomes[host] = outcome;
  }
  void on_tick() override {
    if (++ticks == 3 && at_third_tick) at_third_tick();
  }

  std::map<std::size_t, FleetOutcome> outcomes;
  std::atomic<int> most_at_work{0};
  std::atomic<int> ticks{0};
  std::function<void()> at_third_tick;

 private:
  std::mutex mutex_;
  std::atomic<int> at_work_{0};
};

/// A host that fails at `work`, before anything is sent.
FleetTask task(std::function<void()> const& work) {
  FleetTask made;
  made.session.endpoint.unix_socket = "/no/such/socket";
  made.command = [work](Session&) -> FleetCommand {
    work();
    throw Failure(Failure::Kind::transport, 7, "no way there");
  };
  return made;
}

TEST(Fleet, FailuresAreEachHostsOwn) {
  std::vector<FleetTask> tasks;
  for (int i = 0; i < 200; ++i) tasks.push_back(task([] {}));
  FleetTask refused;
  refused.session.endpoint.unix_socket = "/no/such/socket";
  refused.command = [](Session&) { return FleetCommand{}; };
  tasks.push_back(std::move(refused));
  Watcher watcher;
  Fleet fleet(std::move(tasks), {}, watcher);
  fleet.run();
  ASSERT_EQ(watcher.outcomes.size(), 201U);
  EXPECT_EQ(watcher.outcomes[0].state, State::failed);
  EXPECT_EQ(watcher.outcomes[0].error, 7U);
  EXPECT_EQ(watcher.outcomes[0].text, "no way there");
  EXPECT_THAT(watcher.outcomes[200].text, HasSubstr("/no/such/socket"));
}

TEST(Fleet, OnlySoManyHostsAreAtWork) {
  std::vector<FleetTask> tasks;
  for (int i = 0; i < 40; ++i) tasks.push_back(task([] { std::this_thread::sleep_for(Milliseconds(5)); }));
  Watcher watcher;
  FleetLimits limits;
  limits.in_flight = 4;
  Fleet(std::move(tasks), limits, watcher).run();
  EXPECT_EQ(watcher.outcomes.size(), 40U);
  EXPECT_LE(watcher.most_at_work, 4);
}

TEST(Fleet, SilentHostsKeepNoPlace) {
  std::atomic<bool> others_done{false};
  std::vector<FleetTask> tasks;
  for (int i = 0; i < 4; ++i)
    tasks.push_back(task([&] {
      for (int waited = 0; !others_done && waited < 10000; ++waited)
        std::this_thread::sleep_for(Milliseconds(1));
    }));
  tasks.push_back(task([&] { others_done = true; }));
  Watcher watcher;
  FleetLimits limits;
  limits.in_flight = 4;
  limits.silence = Milliseconds(50);
  auto const before = SteadyClock::now();
  Fleet(std::move(tasks), limits, watcher).run();
  EXPECT_LT(SteadyClock::now() - before, std::chrono::seconds(5));
  EXPECT_EQ(watcher.outcomes.size(), 5U);
}

TEST(Fleet, AfterASignalNoMoreHostsStart) {
  std::vector<FleetTask> tasks;
  for (int i = 0; i < 50; ++i) tasks.push_back(task([] { std::this_thread::sleep_for(Milliseconds(400)); }));
  Watcher watcher;
  FleetLimits limits;
  limits.in_flight = 2;
  Fleet fleet(std::move(tasks), limits, watcher);
  watcher.at_third_tick = [&] { fleet.signal(Signal::ctrl_c); };
  fleet.run();
  ASSERT_EQ(watcher.outcomes.size(), 50U);
  auto const not_started = std::ranges::count_if(
      watcher.outcomes, [](auto const& entry) { return entry.second.state == State::stopped; });
  EXPECT_GE(not_started, 40);
  EXPECT_THAT(watcher.outcomes[49].text, HasSubstr("not started"));
}

}  // namespace
}  // namespace winrm::client
