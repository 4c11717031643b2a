#include "wsman/recordings.hpp"

#include <gtest/gtest.h>

#include "wsman/answer.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"

namespace winrm::wsman {
namespace {

class Recordings : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const folder = testing::recordings_folder();
    if (!folder) GTEST_SKIP() << "no recorded conversations: set WINRM_RECORDINGS to their folder";
    exchanges_ = testing::read_recordings(*folder);
    ASSERT_GT(exchanges_.size(), 70U) << *folder;
  }
  std::vector<testing::Exchange> exchanges_;
};

TEST_F(Recordings, P3_EveryRequestParses) {
  for (auto const& exchange : exchanges_) {
    SCOPED_TRACE(exchange.file + ": " + exchange.request);
    bool const negative_timeout = exchange.request.find("PT-1S") != std::string::npos;
    try {
      Request const request = Request::parse(exchange.request);
      EXPECT_FALSE(request.resource_uri.empty());
      EXPECT_EQ(request.max_envelope_size, 153600U);
      EXPECT_EQ(request.locale, "en-US");
      EXPECT_FALSE(negative_timeout);
    } catch (Fault const& fault) {
      EXPECT_TRUE(negative_timeout) << fault.text();
      EXPECT_EQ(fault.code(), 2150858767U);
    }
  }
}

TEST_F(Recordings, P3_EveryAnswerRelatesToItsRequest) {
  std::size_t unrelated = 0;
  for (auto const& exchange : exchanges_) {
    SCOPED_TRACE(exchange.file + ": " + exchange.response);
    auto const answer = parse_answer(exchange.response);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_FALSE(answer->relates_to.empty());
    if (exchange.request.find(answer->relates_to) == std::string::npos) ++unrelated;
    EXPECT_FALSE(answer->action.empty());
  }
  EXPECT_LE(unrelated, 1U);  // test_winrs_unicode.yml ends with an answer of another run
}

TEST_F(Recordings, P17_EveryFaultIsReadWhole) {
  std::size_t faults = 0;
  for (auto const& exchange : exchanges_) {
    auto const answer = parse_answer(exchange.response);
    ASSERT_TRUE(answer);
    if (!answer->fault) continue;
    SCOPED_TRACE(exchange.response);
    ++faults;
    EXPECT_NE(find_fault(answer->fault->code), nullptr) << answer->fault->code;
    EXPECT_EQ(answer->action, find_fault(answer->fault->code)->action);
    EXPECT_EQ(find_fault(answer->fault->code)->soap, "s:" + answer->fault->soap_code);
    EXPECT_TRUE(find_fault(answer->fault->code)->subcode.ends_with(answer->fault->subcode));
    EXPECT_EQ(find_fault(answer->fault->code)->detail, answer->fault->detail);
    EXPECT_FALSE(answer->fault->machine.empty());
    EXPECT_FALSE(answer->fault->text.empty());
  }
  EXPECT_GE(faults, 5U);
}

}  // namespace
}  // namespace winrm::wsman
