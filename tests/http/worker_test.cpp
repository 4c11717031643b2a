#include "http/worker.hpp"

#include <gtest/gtest.h>

namespace winrm::http {
namespace {

std::optional<Standing> come_from(Shared& shared, std::string address) {
  ConnectionFacts facts;
  facts.peer_address = std::move(address);
  return shared.admit_peer(counted_as(facts));
}

TEST(Shared, AnIpv6NetworkIsOnePeer) {
  ServerLimits limits;
  limits.unauthenticated_per_peer = 2;
  Shared shared(limits, {});
  EXPECT_EQ(come_from(shared, "2001:db8:1:2::1"), Standing::unauthenticated);
  EXPECT_EQ(come_from(shared, "2001:db8:1:2:ffff::2"), Standing::unauthenticated);
  EXPECT_EQ(come_from(shared, "2001:db8:1:2:ffff::3"), Standing::refused);
  EXPECT_EQ(come_from(shared, "2001:db8:1:3::1"), Standing::unauthenticated);
}

TEST(Shared, RefusalsThatNobodyReadsTakeNoPlaces) {
  ServerLimits limits;
  limits.max_connections = 40;
  limits.unauthenticated_per_peer = 10;
  Shared shared(limits, {});
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) refused += come_from(shared, "192.0.2.1") == Standing::refused ? 1 : 0;
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, 100U) << "the others are closed without a word";
  EXPECT_EQ(come_from(shared, "192.0.2.2"), Standing::unauthenticated);
}

}  // namespace
}  // namespace winrm::http
