#include "service/broker/grants.hpp"

#include <gtest/gtest.h>

namespace winrm::service::broker {
namespace {

auth::Principal principal(std::string name, std::string account, auth::Scheme scheme = auth::Scheme::basic,
                          SidSet sids = {}) {
  system::Account unix_account;
  unix_account.name = std::move(account);
  return auth::PrincipalMint::mint(std::move(name), std::move(unix_account), scheme, std::move(sids));
}

TEST(GrantTable, GrantStandsForItsPrincipalUntilItsLastHolderIsGone) {
  GrantTable grants;
  std::string const grant = grants.give(principal("alice", "alice"));
  EXPECT_EQ(grants.give(principal("alice", "alice")), grant);
  ASSERT_NE(grants.find(grant), nullptr);
  EXPECT_EQ(grants.find(grant)->account().name, "alice");
  grants.release(grant);
  EXPECT_NE(grants.find(grant), nullptr);
  grants.release(grant);
  EXPECT_EQ(grants.find(grant), nullptr);
  EXPECT_EQ(grants.size(), 0U);
}

TEST(GrantTable, DifferentIdentitiesNeverShareAGrant) {
  GrantTable grants;
  std::string const alice = grants.give(principal("alice", "alice"));
  EXPECT_NE(grants.give(principal("alice", "bob")), alice);
  EXPECT_NE(grants.give(principal("alice", "alice", auth::Scheme::basic, {Sid::administrators()})), alice);
  EXPECT_NE(grants.give(principal("bob", "alice")), alice);
  EXPECT_NE(grants.give(principal("alice", "alice", auth::Scheme::kerberos)), alice);
  EXPECT_EQ(grants.size(), 5U);
}

TEST(GrantTable, UnknownAndOldGrantsOpenNothing) {
  GrantTable grants;
  std::string const old = grants.give(principal("alice", "alice"));
  grants.release(old);
  grants.release(old);
  grants.release("made up");
  EXPECT_EQ(grants.find(old), nullptr);
  EXPECT_EQ(grants.find(""), nullptr);
  EXPECT_NE(grants.give(principal("alice", "alice")), old);
}

}  // namespace
}  // namespace winrm::service::broker
