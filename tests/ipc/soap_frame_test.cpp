#include "ipc/soap_frame.hpp"

#include <gtest/gtest.h>

namespace winrm::ipc {
namespace {

SoapRequest example() {
  SoapRequest request;
  request.address = "192.0.2.7";
  request.host_used = "server";
  request.url = "https://server:5986/wsman";
  request.over_tls = true;
  request.utf16 = true;
  request.message = "<s:Envelope/>";
  return request;
}

TEST(SoapFrame, RequestKeepsItsFactsAndBytes) {
  SoapRequest const sent = example();
  std::string const payload = encode_request_prefix(sent).append(sent.message);
  auto const got = decode_request(payload);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->address, sent.address);
  EXPECT_EQ(got->host_used, sent.host_used);
  EXPECT_EQ(got->url, sent.url);
  EXPECT_TRUE(got->over_tls);
  EXPECT_TRUE(got->utf16);
  EXPECT_EQ(got->message, sent.message);
}

TEST(SoapFrame, RequestCutShortIsRefusedAtEveryLength) {
  std::string const prefix = encode_request_prefix(example());
  for (std::size_t size = 0; size < prefix.size(); ++size)
    EXPECT_FALSE(decode_request(std::string_view(prefix).substr(0, size))) << size;
  EXPECT_TRUE(decode_request(prefix));
}

TEST(SoapFrame, OverlongFactsAreCutNotWrapped) {
  SoapRequest request = example();
  std::string const huge(70'000, 'h');
  request.host_used = huge;
  std::string const payload = encode_request_prefix(request).append(request.message);
  auto const got = decode_request(payload);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->host_used.size(), 65'535U);
  EXPECT_EQ(got->message, request.message);
}

TEST(SoapFrame, AnswerKeepsStatusAndBytes) {
  auto const answer = decode_answer(encode_answer_prefix(500) + "fault");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->http_status, 500);
  EXPECT_EQ(answer->message, "fault");
}

TEST(SoapFrame, AnswerWithAnotherStatusOrNoneIsRefused) {
  EXPECT_FALSE(decode_answer(encode_answer_prefix(301) + "x"));
  EXPECT_FALSE(decode_answer("ab"));
}

}  // namespace
}  // namespace winrm::ipc
