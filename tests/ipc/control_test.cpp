#include "ipc/control.hpp"

#include <gtest/gtest.h>

namespace winrm::ipc {
namespace {

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
