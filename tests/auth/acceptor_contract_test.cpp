#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "auth/exchange_loop.hpp"
#include "auth/hostile_tokens.hpp"
#include "auth/users_file.hpp"
#include "base/limits.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

using ::testing::HasSubstr;
using Outcome = AcceptorStep::Outcome;
using Mechanism = InitiatorOptions::Mechanism;

/// What holds for every acceptor, whatever the client sends.
class AcceptorContract : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), "nobody")); }

  [[nodiscard]] AcceptorOptions options() const {
    AcceptorOptions result;
    result.keytab = folder_ / "no-such-keytab";
    result.users = &users_;
    return result;
  }
  [[nodiscard]] std::unique_ptr<Acceptor> acceptor() const { return make_gss_acceptor(options()); }

  [[nodiscard]] static std::unique_ptr<Initiator> initiator(Mechanism mechanism = Mechanism::ntlm,
                                                            std::string password = "Secret 1!") {
    InitiatorOptions result;
    result.mechanism = mechanism;
    result.user = "alice";
    result.password = Secret(std::move(password));
    result.host = "localhost";
    return make_gss_initiator(std::move(result));
  }

  void expect_denied(AcceptorStep const& step) const {
    EXPECT_EQ(step.outcome, Outcome::deny);
    EXPECT_FALSE(step.client);
    EXPECT_TRUE(step.token.empty());
    EXPECT_FALSE(step.reason.empty());
  }

  support::TemporaryFolder folder_;
  UsersFile users_{folder_ / "users"};
};

TEST_F(AcceptorContract, EmptyTokenIsDenied) { expect_denied(acceptor()->step("")); }

TEST_F(AcceptorContract, RandomTokensAreDenied) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::string token(random() % 300, '\0');
    for (char& byte : token) byte = static_cast<char>(random());
    expect_denied(acceptor()->step(token));
  }
}

TEST_F(AcceptorContract, LargeTokensAreDenied) {
  auto const large = spnego_init({kerberos_oid}, std::string(limits::authentication_token_bytes - 100, 'x'));
  expect_denied(acceptor()->step(large));
  expect_denied(acceptor()->step(std::string(limits::authentication_token_bytes + 1, '\x60')));
}

TEST_F(AcceptorContract, NothingIsTakenAfterADenial) {
  auto service = acceptor();
  expect_denied(service->step("nonsense"));
  expect_denied(service->step(ntlm_negotiate()));
}

TEST_F(AcceptorContract, NothingIsTakenAfterSuccess) {
  auto client = initiator();
  auto service = acceptor();
  auto const challenge = service->step(client->step("").token);
  auto const proof = client->step(challenge.token);
  ASSERT_EQ(service->step(proof.token).outcome, Outcome::accept);
  expect_denied(service->step(proof.token));
  expect_denied(service->step(""));
}

TEST_F(AcceptorContract, ProofOfAnotherExchangeIsDenied) {
  auto client = initiator();
  auto first = acceptor();
  auto const proof = client->step(first->step(client->step("").token).token);
  ASSERT_EQ(first->step(proof.token).outcome, Outcome::accept);
  auto second = acceptor();
  ASSERT_EQ(second->step(ntlm_negotiate()).outcome, Outcome::proceed);
  expect_denied(second->step(proof.token));
}

TEST_F(AcceptorContract, MessagesInWrongOrderAreDenied) {
  expect_denied(acceptor()->step(ntlm_authenticate({})));
  expect_denied(acceptor()->step(spnego_response(ntlm_authenticate({}))));
  expect_denied(acceptor()->step(spnego_init({ntlm_oid}, ntlm_authenticate({}))));
  auto service = acceptor();
  ASSERT_EQ(service->step(ntlm_negotiate()).outcome, Outcome::proceed);
  expect_denied(service->step(ntlm_negotiate()));
}

TEST_F(AcceptorContract, AuthenticateWithoutSessionKeyIsDenied) {
  auto service = acceptor();
  ASSERT_EQ(service->step(ntlm_negotiate()).outcome, Outcome::proceed);
  AuthenticateFields fields;
  fields.session_key.clear();
  auto const step = service->step(ntlm_authenticate(fields));
  expect_denied(step);
  EXPECT_THAT(step.reason, HasSubstr("session key"));
}

TEST_F(AcceptorContract, EmptyMechanismTokenDoesNotStartDatagramNtlm) {
  auto service = acceptor();
  auto const first = service->step(spnego_init({ntlm_oid}, ""));
  if (first.outcome == Outcome::proceed) {
    expect_denied(service->step(spnego_response(ntlm_authenticate({}))));
  } else {
    expect_denied(first);
  }
}

TEST_F(AcceptorContract, WeakNtlmIsDenied) {
  constexpr std::uint32_t flag_128 = 0x20000000;
  constexpr std::uint32_t flag_extended = 0x00080000;
  for (std::uint32_t missing : {flag_128, flag_extended}) {
    auto const step = acceptor()->step(ntlm_negotiate(usual_ntlm_flags & ~missing));
    expect_denied(step);
    EXPECT_THAT(step.reason, HasSubstr("128-bit"));
  }
}

TEST_F(AcceptorContract, HostileProofsAreDenied) {
  std::mt19937 random(2);
  for (auto mechanism : {Mechanism::ntlm, Mechanism::negotiate}) {
    for (int round = 0; round < 400; ++round) {
      auto client = initiator(mechanism);
      auto service = acceptor();
      auto proof = client->step(service->step(client->step("").token).token).token;
      ASSERT_FALSE(proof.empty());
      // Change, cut or lengthen it somewhere in the fields that are signed or counted.
      switch (round % 3) {
        case 0:
          proof[random() % proof.size()] ^= static_cast<char>(1 + random() % 255);
          break;
        case 1:
          proof.resize(random() % proof.size());
          break;
        default:
          proof.insert(random() % proof.size(), std::string(1 + random() % 40, 'x'));
          break;
      }
      auto const step = service->step(proof);
      // A change of bytes that nothing covers (workstation, version) may still be accepted.
      if (step.outcome != Outcome::accept) expect_denied(step);
    }
  }
}

TEST_F(AcceptorContract, A1_WrongPasswordAndUnknownNameLookAlike) {
  for (auto mechanism : {Mechanism::ntlm, Mechanism::negotiate}) {
    auto wrong = initiator(mechanism, "wrong");
    auto service = acceptor();
    auto const step = service->step(wrong->step(service->step(wrong->step("").token).token).token);
    expect_denied(step);
    ASSERT_TRUE(users_.add("bob", Secret("x"), "nobody"));
    ASSERT_TRUE(users_.remove("alice"));
    auto unknown = initiator(mechanism);
    auto other = acceptor();
    expect_denied(other->step(unknown->step(other->step(unknown->step("").token).token).token));
    ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), "nobody"));
  }
}

TEST_F(AcceptorContract, NtlmCanBeOff) {
  auto off = options();
  off.allow_ntlm = false;
  expect_denied(make_gss_acceptor(std::move(off))->step(ntlm_negotiate()));
  auto nobody = options();
  nobody.users = nullptr;
  expect_denied(make_gss_acceptor(std::move(nobody))->step(spnego_init({ntlm_oid}, ntlm_negotiate())));
}

TEST_F(AcceptorContract, A16_ChannelBindingLevels) {
  using Level = config::CbtHardeningLevel;
  struct Row {
    std::string client;
    Level level;
    bool accepted;
  };
  std::vector<Row> const rows = {
      {"tls-server-end-point:ours", Level::strict, true},
      {"tls-server-end-point:ours", Level::relaxed, true},
      {"", Level::relaxed, true},
      {"", Level::strict, false},
      {"tls-server-end-point:other", Level::relaxed, false},
      {"tls-server-end-point:other", Level::strict, false},
      {"tls-server-end-point:other", Level::none, true},
  };
  for (auto mechanism : {Mechanism::ntlm, Mechanism::negotiate}) {
    for (auto const& row : rows) {
      InitiatorOptions client;
      client.mechanism = mechanism;
      client.user = "alice";
      client.password = Secret("Secret 1!");
      client.host = "localhost";
      client.channel_binding = row.client;
      auto service = options();
      service.channel_binding = "tls-server-end-point:ours";
      service.hardening = row.level;
      auto near = make_gss_initiator(std::move(client));
      auto far = make_gss_acceptor(std::move(service));
      auto const result = run_loop(*near, *far);
      EXPECT_EQ(result.accepted, row.accepted)
          << row.client << " at level " << static_cast<int>(row.level) << ": " << result.reason;
      if (row.client == "tls-server-end-point:other" && !row.accepted) {
        EXPECT_THAT(result.reason, HasSubstr("channel binding mismatch"));
      }
    }
  }
}

TEST_F(AcceptorContract, ManyLogonsAtOnce) {
  for (int i = 0; i < 8; ++i) {
    auto const number = std::to_string(i);
    ASSERT_TRUE(users_.add("user" + number, Secret("password" + number), "nobody"));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      auto const number = std::to_string(i);
      for (int round = 0; round < 40; ++round) {
        bool const right = round % 4 != 3;
        InitiatorOptions client;
        client.mechanism = round % 2 == 0 ? Mechanism::ntlm : Mechanism::negotiate;
        client.user = "user" + number;
        client.password = Secret("password" + (right ? number : "wrong"));
        client.host = "localhost";
        auto near = make_gss_initiator(std::move(client));
        auto far = acceptor();
        auto const result = run_loop(*near, *far);
        ASSERT_EQ(result.accepted, right) << result.reason;
        if (right) {
          ASSERT_EQ(result.client.name, "user" + number);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace winrm::auth
