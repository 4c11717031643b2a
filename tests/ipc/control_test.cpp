#include "ipc/control.hpp"

#include <gtest/gtest.h>

namespace winrm::ipc {
namespace {

TEST(Control, PrincipalSurvivesTheWay) {
  system::Account account;
  account.name = "alice";
  account.uid = 1001;
  account.gid = 1002;
  account.home = "/home/alice";
  account.shell = "/bin/bash";
  auto const sent = auth::PrincipalMint::mint("alice@EXAMPLE.TEST", account, auth::Scheme::kerberos);
  auto const got = to_principal(to_message(sent));
  EXPECT_EQ(got.name(), "alice@EXAMPLE.TEST");
  EXPECT_EQ(got.scheme(), auth::Scheme::kerberos);
  EXPECT_EQ(got.account().name, "alice");
  EXPECT_EQ(got.account().uid, 1001U);
  EXPECT_EQ(got.account().gid, 1002U);
  EXPECT_EQ(got.account().home, "/home/alice");
  EXPECT_EQ(got.account().shell, "/bin/bash");
}

TEST(Control, TakenSecretLeavesNothingBehind) {
  std::string field = "a password long enough to live on the heap";
  Secret const secret = take_secret(&field);
  EXPECT_EQ(secret.reveal(), "a password long enough to live on the heap");
  EXPECT_TRUE(field.empty());
}

TEST(Control, OnlyControlFramesHoldMessages) {
  message::Question question;
  question.mutable_ready();
  Frame frame;
  frame.payload = encode(question).reveal();
  frame.kind = FrameKind::control;
  EXPECT_TRUE(decode<message::Question>(frame)->has_ready());
  frame.kind = FrameKind::request;
  EXPECT_FALSE(decode<message::Question>(frame));
}

TEST(Control, GarbageIsRefused) {
  Frame frame;
  frame.payload = std::string("\xff\xff\xff\xff garbage", 12);
  EXPECT_FALSE(decode<message::Question>(frame));
}

}  // namespace
}  // namespace winrm::ipc
