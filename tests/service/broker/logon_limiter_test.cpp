#include "service/broker/logon_limiter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace winrm::service::broker {
namespace {

using std::chrono::seconds;

constexpr int many = 1000;
constexpr auto unlimited = static_cast<std::size_t>(limits::logon_failures_unlimited);

/// One attempt that ends before the next one comes: when it may be verified.
std::optional<Deadline> admit(LogonLimiter& limiter, std::string_view address, Deadline now) {
  std::optional<Deadline> at;
  limiter.attempt(address, now, false,
                  [&at](LogonLimiter::Admission const& admission) { at = admission.at; });
  if (at) limiter.ended(address, now);
  return at;
}

/// Attempts of one peer that come at the same time.
struct Burst {
  Burst(LogonLimiter& limiter, std::string_view address, Deadline now, int size) {
    for (int i = 0; i < size; ++i)
      limiter.attempt(address, now, false, [this](LogonLimiter::Admission const& admission) {
        ++(admission.at ? admitted : refused);
      });
  }
  std::size_t admitted = 0;
  std::size_t refused = 0;
};

void fail_often(LogonLimiter& limiter, std::string_view address, Deadline now) {
  for (int i = 0; i < many; ++i) limiter.failed(address, now);
}

TEST(LogonLimiter, AFewMistakesCostNothing) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (double i = 0; i < limits::logon_failures_unlimited - 1; ++i) {
    EXPECT_EQ(admit(limiter, "192.0.2.1", now), now);
    limiter.failed("192.0.2.1", now);
  }
  EXPECT_EQ(admit(limiter, "192.0.2.1", now), now);
}

TEST(LogonLimiter, AfterManyMistakesAttemptsAreSpacedAndThenRefused) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  fail_often(limiter, "192.0.2.1", now);
  Deadline last = now;
  std::size_t admitted = 0;
  for (int i = 0; i < many; ++i) {
    auto const at = admit(limiter, "192.0.2.1", now);
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

TEST(LogonLimiter, GuessesSentAtOnceAreNoMoreThanGuessesInARow) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  Burst guesses(limiter, "192.0.2.1", now, many);
  EXPECT_EQ(guesses.admitted, unlimited);
  EXPECT_EQ(admit(limiter, "192.0.2.2", now), now) << "others do not wait for them";
  for (std::size_t over = 0; over < guesses.admitted; ++over) {
    limiter.failed("192.0.2.1", now);
    limiter.ended("192.0.2.1", now);
  }
  EXPECT_LT(guesses.admitted, 50U);
  EXPECT_EQ(guesses.admitted + guesses.refused, static_cast<std::size_t>(many));
}

TEST(LogonLimiter, AFleetGoesOnAsFastAsItsLogOnsSucceed) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  Burst fleet(limiter, "192.0.2.1", now, many);
  std::size_t over = 0;
  for (; over < fleet.admitted; ++over) {
    EXPECT_LE(fleet.admitted - over, unlimited);
    limiter.ended("192.0.2.1", now);
  }
  EXPECT_EQ(over, static_cast<std::size_t>(many));
  EXPECT_EQ(fleet.refused, 0U);
}

TEST(LogonLimiter, AHandshakeIsSpacedOnce) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  fail_often(limiter, "192.0.2.1", now);
  std::optional<Deadline> at;
  auto const remember = [&at](LogonLimiter::Admission const& admission) { at = admission.at; };
  for (int i = 0; i < 2; ++i) limiter.attempt("192.0.2.1", now, false, remember);
  EXPECT_GT(at, now);
  limiter.attempt("192.0.2.1", now, true, remember);
  EXPECT_EQ(at, now);
}

TEST(LogonLimiter, WhenTooManyWaitTheBusiestIsRefused) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  int const too_many = static_cast<int>(limits::verifications_waiting + unlimited);
  Burst flood(limiter, "192.0.2.1", now, too_many);
  EXPECT_EQ(flood.refused, 0U);
  Burst other(limiter, "192.0.2.2", now, many / 10);
  EXPECT_EQ(other.refused, 0U);
  EXPECT_EQ(flood.refused, static_cast<std::size_t>(many / 10) - unlimited);
}

TEST(LogonLimiter, EveryoneWhoIsTooManyIsTreatedAlike) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (std::size_t i = 0; i < limits::logon_peers_remembered; ++i)
    limiter.failed(fmt::format("10.{}.{}.{}", i / 65536, i / 256 % 256, i % 256), now);
  Burst newcomers(limiter, "192.0.2.1", now, many);
  EXPECT_EQ(newcomers.admitted, unlimited);
  Deadline const later = now + seconds(600);  // now there is room for the address
  for (std::size_t over = 0; over < newcomers.admitted; ++over) limiter.ended("192.0.2.1", later);
  EXPECT_EQ(newcomers.admitted, static_cast<std::size_t>(many));
}

TEST(LogonLimiter, OthersDoNotWait) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  fail_often(limiter, "192.0.2.1", now);
  EXPECT_EQ(admit(limiter, "192.0.2.2", now), now);
  EXPECT_EQ(admit(limiter, "2001:db8::1", now), now);
}

TEST(LogonLimiter, AnIpv6NetworkIsOnePeer) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (int i = 0; i < many; ++i) limiter.failed(fmt::format("2001:db8:1:2::{:x}", i + 1), now);
  (void)admit(limiter, "2001:db8:1:2::ffff", now);
  EXPECT_NE(admit(limiter, "2001:db8:1:2::eeee", now), now);
  EXPECT_EQ(admit(limiter, "2001:db8:1:3::1", now), now);
}

TEST(LogonLimiter, IsForgivenWithTime) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (int i = 0; i < 20; ++i) limiter.failed("192.0.2.1", now);
  Deadline const later = now + seconds(60);
  EXPECT_EQ(admit(limiter, "192.0.2.1", later), later);
  EXPECT_EQ(admit(limiter, "192.0.2.1", later), later);
}

TEST(LogonLimiter, ManyAddressesDoNotShutOutNewOnesForEver) {
  LogonLimiter limiter;
  Deadline const now = SteadyClock::now();
  for (std::size_t i = 0; i < limits::logon_peers_remembered + 100; ++i)
    limiter.failed(fmt::format("10.{}.{}.{}", i / 65536, i / 256 % 256, i % 256), now);
  Deadline const later = now + seconds(600);
  EXPECT_EQ(admit(limiter, "192.0.2.1", later), later);
  EXPECT_EQ(admit(limiter, "192.0.2.1", later), later);
}

}  // namespace
}  // namespace winrm::service::broker
