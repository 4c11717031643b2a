#include "service/broker/logon_limiter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace winrm::service::broker {
namespace {

using std::chrono::seconds;

constexpr int many = 1000;

void fail_often(LogonLimiter& limiter, std::string_view address, Deadline now) {
  for (int i = 0; i < many; ++i) limiter.failed(address, now);
}

TEST(LogonLimiter, AFewMistakesCostNothing) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (double i = 0; i < limits::logon_failures_unlimited - 1; ++i) {
    EXPECT_EQ(limiter.admit("192.0.2.1", now), now);
    limiter.failed("192.0.2.1", now);
  }
  EXPECT_EQ(limiter.admit("192.0.2.1", now), now);
}

TEST(LogonLimiter, AfterManyMistakesAttemptsAreSpacedAndThenRefused) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  fail_often(limiter, "192.0.2.1", now);
  Deadline last = now;
  std::size_t admitted = 0;
  for (int i = 0; i < many; ++i) {
    auto const at = limiter.admit("192.0.2.1", now);
    if (!at) continue;
    if (admitted++ > 0) {
      EXPECT_GE(*at - last, limits::logon_spacing);
    }
    EXPECT_LE(*at - now, limits::logon_longest_wait);
    last = *at;
  }
  EXPECT_GT(admitted, 1U);
  EXPECT_LT(admitted, 50U);
  EXPECT_EQ(limiter.take_refused(), many - admitted);
  EXPECT_EQ(limiter.take_refused(), 0U);
}

TEST(LogonLimiter, OthersDoNotWait) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  fail_often(limiter, "192.0.2.1", now);
  EXPECT_EQ(limiter.admit("192.0.2.2", now), now);
  EXPECT_EQ(limiter.admit("2001:db8::1", now), now);
}

TEST(LogonLimiter, AnIpv6NetworkIsOnePeer) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (int i = 0; i < many; ++i) limiter.failed(fmt::format("2001:db8:1:2::{:x}", i + 1), now);
  (void)limiter.admit("2001:db8:1:2::ffff", now);
  EXPECT_NE(limiter.admit("2001:db8:1:2::eeee", now), now);
  EXPECT_EQ(limiter.admit("2001:db8:1:3::1", now), now);
}

TEST(LogonLimiter, IsForgivenWithTime) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (int i = 0; i < 20; ++i) limiter.failed("192.0.2.1", now);
  Deadline const later = now + seconds(60);
  EXPECT_EQ(limiter.admit("192.0.2.1", later), later);
  EXPECT_EQ(limiter.admit("192.0.2.1", later), later);
}

TEST(LogonLimiter, ManyAddressesDoNotShutOutNewOnesForEver) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (std::size_t i = 0; i < limits::logon_peers_remembered + 100; ++i)
    limiter.failed(fmt::format("10.{}.{}.{}", i / 65536, i / 256 % 256, i % 256), now);
  Deadline const later = now + seconds(600);
  EXPECT_EQ(limiter.admit("192.0.2.1", later), later);
  EXPECT_EQ(limiter.admit("192.0.2.1", later), later);
}

}  // namespace
}  // namespace winrm::service::broker
