#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "auth/exchange.hpp"
#include "auth/hostile_tokens.hpp"
#include "base/limits.hpp"

namespace winrm::auth {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using InitiatorOutcome = InitiatorStep::Outcome;
using Mechanism = InitiatorOptions::Mechanism;

/// What holds for our initiator, whatever the service sends.
class InitiatorContract : public ::testing::TestWithParam<Mechanism> {
 protected:
  [[nodiscard]] static std::unique_ptr<Initiator> begun() {
    InitiatorOptions options;
    options.mechanism = GetParam();
    options.user = "alice";
    options.password = Secret("Secret 1!");
    options.host = "localhost";
    auto initiator = make_gss_initiator(std::move(options));
    EXPECT_EQ(initiator->step("").outcome, InitiatorOutcome::send);
    return initiator;
  }

  static void expect_failed(Initiator& initiator, std::string_view token) {
    auto const step = initiator.step(token);
    EXPECT_EQ(step.outcome, InitiatorOutcome::failed);
    EXPECT_FALSE(step.reason.empty());
    EXPECT_TRUE(step.token.empty());
    EXPECT_FALSE(initiator.complete());
    EXPECT_EQ(initiator.take_sealer(), nullptr);
  }
};

TEST_P(InitiatorContract, HostileChallengesAreRefused) {
  for (auto const& challenge :
       {""s, "x"s, ntlm_negotiate(), ntlm_authenticate({}), ntlm_challenge().substr(0, 50),
        ntlm_challenge("\x02\x00\xff\xffx\x00"s), spnego_response(ntlm_negotiate()),
        spnego_response(ntlm_challenge("\x07\x00\x08\x00x"s)),
        std::string(limits::authentication_token_bytes + 1, '\xa1')}) {
    expect_failed(*begun(), challenge);
  }
}

TEST_P(InitiatorContract, RandomAnswersAreRefused) {
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    std::string token(1 + random() % 200, '\0');
    for (char& byte : token) byte = static_cast<char>(random());
    expect_failed(*begun(), token);
  }
}

TEST_P(InitiatorContract, NothingIsTakenAfterAFailure) {
  auto initiator = begun();
  expect_failed(*initiator, "nonsense");
  expect_failed(*initiator, ntlm_challenge());
}

INSTANTIATE_TEST_SUITE_P(Mechanisms, InitiatorContract,
                         ::testing::Values(Mechanism::ntlm, Mechanism::negotiate));

TEST(InitiatorReasons, SayWhatToDo) {
  auto first_step = [](Mechanism mechanism, std::string user, std::string password, std::string host) {
    InitiatorOptions options;
    options.mechanism = mechanism;
    options.user = std::move(user);
    options.password = Secret(std::move(password));
    options.host = std::move(host);
    auto const step = make_gss_initiator(std::move(options))->step("");
    EXPECT_EQ(step.outcome, InitiatorOutcome::failed);
    return step.reason;
  };
  EXPECT_THAT(first_step(Mechanism::ntlm, "", "", "localhost"),
              HasSubstr("needs a user name and a password"));
  EXPECT_THAT(first_step(Mechanism::kerberos, "a@B", "x", "192.0.2.1"),
              HasSubstr("not its address 192.0.2.1"));
  EXPECT_THAT(first_step(Mechanism::kerberos, "a@B", "x", "::1"), HasSubstr("not its address ::1"));
}

}  // namespace
}  // namespace winrm::auth
