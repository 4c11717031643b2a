#include "service/broker/poll_loop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/unique_fd.hpp"
#include "service/broker/work_pool.hpp"

namespace winrm::service::broker {
namespace {

TEST(PollLoop, TimersRunInTheirOrder) {
  PollLoop loop;
  std::string order;
  auto const now = SteadyClock::now();
  loop.at(now + Milliseconds(20), [&] {
    order += 'b';
    loop.stop();
  });
  loop.at(now + Milliseconds(5), [&] { order += 'a'; });
  loop.run();
  EXPECT_EQ(order, "ab");
}

TEST(PollLoop, AWatchMayRemoveItself) {
  PollLoop loop;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  UniqueFd const read_end(pipe[0]);
  UniqueFd const write_end(pipe[1]);
  ASSERT_EQ(::write(write_end.get(), "x", 1), 1);
  int calls = 0;
  loop.watch(read_end.get(), POLLIN, [&](short) {
    ++calls;
    loop.unwatch(read_end.get());
    loop.at(SteadyClock::now() + Milliseconds(10), [&] { loop.stop(); });
  });
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(PollLoop, DeferredRunsAfterTheCallback) {
  PollLoop loop;
  std::string order;
  loop.at(SteadyClock::now(), [&] {
    loop.defer([&] {
      order += "deferred";
      loop.stop();
    });
    order += "callback ";
  });
  loop.run();
  EXPECT_EQ(order, "callback deferred");
}

TEST(WorkPool, CompletionRunsOnTheLoopThread) {
  PollLoop loop;
  WorkPool pool(2, 8);
  auto const loop_thread = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id completed;
  loop.watch(pool.wake_fd(), POLLIN, [&](short) { pool.run_completions(); });
  ASSERT_TRUE(pool.submit([&]() -> WorkPool::Completion {
    worked = std::this_thread::get_id();
    return [&] {
      completed = std::this_thread::get_id();
      loop.stop();
    };
  }));
  loop.run();
  EXPECT_EQ(completed, loop_thread);
  EXPECT_NE(worked, loop_thread);
}

TEST(WorkPool, RefusesWorkOverItsLimit) {
  WorkPool pool(1, 2);
  std::mutex gate;
  gate.lock();
  std::atomic<bool> started = false;
  auto const blocked = [&]() -> WorkPool::Completion {
    started = true;
    std::lock_guard const wait(gate);
    return [] {};
  };
  ASSERT_TRUE(pool.submit(blocked));
  while (!started) std::this_thread::yield();
  EXPECT_TRUE(pool.submit(blocked));
  EXPECT_TRUE(pool.submit(blocked));
  EXPECT_FALSE(pool.submit(blocked));
  gate.unlock();
}

}  // namespace
}  // namespace winrm::service::broker
