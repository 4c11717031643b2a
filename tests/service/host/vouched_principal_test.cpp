#include "service/host/vouched_principal.hpp"

#include <gtest/gtest.h>

#include "ipc/control.hpp"

namespace winrm::service::host {
namespace {

TEST(VouchedPrincipal, IsTheOneTheBrokerVerified) {
  system::Account account;
  account.name = "alice";
  account.uid = 1001;
  account.gid = 1002;
  account.home = "/home/alice";
  account.shell = "/bin/bash";
  auto const sent = auth::PrincipalMint::mint("alice@EXAMPLE.TEST", account, auth::Scheme::kerberos,
                                              {Sid::of_user(1000), Sid::administrators()});
  auto const got = vouched_principal(ipc::to_message(sent));
  EXPECT_EQ(got.name(), "alice@EXAMPLE.TEST");
  EXPECT_EQ(got.scheme(), auth::Scheme::kerberos);
  EXPECT_EQ(got.account().name, "alice");
  EXPECT_EQ(got.account().uid, 1001U);
  EXPECT_EQ(got.account().gid, 1002U);
  EXPECT_EQ(got.account().home, "/home/alice");
  EXPECT_EQ(got.account().shell, "/bin/bash");
  EXPECT_EQ(got.sids(), sent.sids());
}

TEST(VouchedPrincipal, WithOneUnreadableIdentityIsNobody) {
  auto message =
      ipc::to_message(auth::PrincipalMint::mint("alice", {}, auth::Scheme::basic, {Sid::everyone()}));
  message.add_sids("S-1-nonsense");
  EXPECT_TRUE(vouched_principal(message).sids().empty());
}

}  // namespace
}  // namespace winrm::service::host
