#include <gtest/gtest.h>

#include <memory>

#include "auth/account_mapping.hpp"
#include "auth/exchange_loop.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "support/realm.hpp"
#include "support/run_program.hpp"

namespace winrm::auth {
namespace {

using Mechanism = InitiatorOptions::Mechanism;

/// One realm for all tests of this file: starting a KDC takes a while.
class Kerberos : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    realm_ = std::make_unique<support::Realm>();
    realm_->add_user("alice", "Secret 1!");
    realm_->add_service("HTTP/localhost");
    realm_->add_service("WSMAN/only-wsman.example.test");
    realm_->add_service("HTTP/only-http.example.test");
    realm_->add_service("WSMAN/both.example.test");
    realm_->add_service("HTTP/both.example.test");
  }
  static void TearDownTestSuite() { realm_.reset(); }
  void SetUp() override { realm_->forget_tickets(); }

  [[nodiscard]] AcceptorOptions service_options() const {
    AcceptorOptions options;
    options.keytab = realm_->keytab();
    options.users = &users_;
    return options;
  }

  [[nodiscard]] static InitiatorOptions client_options(Mechanism mechanism) {
    InitiatorOptions options;
    options.mechanism = mechanism;
    options.user = "alice@EXAMPLE.TEST";
    options.password = Secret("Secret 1!");
    options.host = "localhost";
    return options;
  }

  [[nodiscard]] LoopResult log_on(InitiatorOptions client, AcceptorOptions service) {
    client_ = make_gss_initiator(std::move(client));
    auto acceptor = make_gss_acceptor(std::move(service));
    return run_loop(*client_, *acceptor);
  }

  static std::unique_ptr<support::Realm> realm_;
  support::TemporaryFolder folder_;
  UsersFile users_{folder_ / "users"};
  std::unique_ptr<Initiator> client_;
};

std::unique_ptr<support::Realm> Kerberos::realm_;

TEST_F(Kerberos, A1_PasswordGetsATicketUnderBothSchemes) {
  for (auto mechanism : {Mechanism::negotiate, Mechanism::kerberos}) {
    auto result = log_on(client_options(mechanism), service_options());
    ASSERT_TRUE(result.accepted) << result.reason;
    EXPECT_TRUE(client_->complete());
    EXPECT_EQ(client_->mechanism(), "Kerberos");
    EXPECT_EQ(result.client.mechanism, "Kerberos");
    EXPECT_EQ(result.client.name, "alice@EXAMPLE.TEST");
    EXPECT_EQ(result.rounds, 2U);
  }
}

TEST_F(Kerberos, A1_TicketOfTheCacheIsUsed) {
  realm_->log_on("alice", "Secret 1!");
  for (auto mechanism : {Mechanism::negotiate, Mechanism::kerberos}) {
    auto options = client_options(mechanism);
    options.user.clear();
    options.password.clear();
    auto const result = log_on(std::move(options), service_options());
    ASSERT_TRUE(result.accepted) << result.reason;
    EXPECT_EQ(result.client.name, "alice@EXAMPLE.TEST");
  }
}

TEST_F(Kerberos, A11_SealsBothWaysAfterExportAndImport) {
  for (auto mechanism : {Mechanism::negotiate, Mechanism::kerberos}) {
    auto result = log_on(client_options(mechanism), service_options());
    ASSERT_TRUE(result.accepted) << result.reason;
    auto near = client_->take_sealer();
    auto far = import_sealer(std::move(result.client.exported_context));
    ASSERT_NE(near, nullptr);
    ASSERT_TRUE(far) << far.error().message;
    for (std::size_t size : {1U, 15U, 16U, 1000U, 500'000U}) {
      std::string const plain(size, 'x');
      auto sealed = near->seal(plain);
      ASSERT_TRUE(sealed) << sealed.error().message;
      EXPECT_EQ(sealed->header.size(), 60U);
      EXPECT_EQ(sealed->ciphertext.size(), size);
      EXPECT_EQ(sealed->padding, 0U);
      auto opened = (*far)->unseal(sealed->header + sealed->ciphertext, sealed->header.size());
      ASSERT_TRUE(opened) << opened.error().message;
      EXPECT_EQ(*opened, plain);
      auto answer = (*far)->seal(plain);
      ASSERT_TRUE(answer);
      auto read = near->unseal(answer->header + answer->ciphertext, answer->header.size());
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, plain);
    }
  }
}

TEST_F(Kerberos, FallsBackToNtlmWithAReason) {
  ASSERT_TRUE(users_.add("alice@EXAMPLE.TEST", Secret("Secret 1!"), "nobody"));
  auto options = client_options(Mechanism::negotiate);
  options.host = "unknown.example.test";
  auto result = log_on(std::move(options), service_options());
  ASSERT_TRUE(result.accepted) << result.reason;
  EXPECT_EQ(client_->mechanism(), "NTLM");
}

TEST_F(Kerberos, FallsBackToNtlmWhenTheServiceHasNoKeytab) {
  ASSERT_TRUE(users_.add("alice@EXAMPLE.TEST", Secret("Secret 1!"), "nobody"));
  auto service = service_options();
  service.keytab = folder_ / "none";
  auto result = log_on(client_options(Mechanism::negotiate), std::move(service));
  ASSERT_TRUE(result.accepted) << result.reason;
  EXPECT_EQ(client_->mechanism(), "NTLM");
}

TEST_F(Kerberos, A18_TriesTheServiceClassesInTurn) {
  for (auto const* host : {"only-wsman.example.test", "only-http.example.test"}) {
    auto options = client_options(Mechanism::kerberos);
    options.host = host;
    auto const result = log_on(std::move(options), service_options());
    EXPECT_TRUE(result.accepted) << host << ": " << result.reason;
  }
}

TEST_F(Kerberos, A18_TheTicketIsForWsmanWhereThereIsSuchAService) {
  realm_->log_on("alice", "Secret 1!");
  auto options = client_options(Mechanism::kerberos);
  options.user.clear();
  options.password.clear();
  options.host = "both.example.test";
  ASSERT_TRUE(log_on(std::move(options), service_options()).accepted);
  auto const tickets = support::run_program({"klist"}).output;
  EXPECT_NE(tickets.find("WSMAN/both.example.test@EXAMPLE.TEST"), std::string::npos) << tickets;
  EXPECT_EQ(tickets.find("HTTP/both.example.test"), std::string::npos) << tickets;
}

TEST_F(Kerberos, FailureNamesTheServiceAndWhatTheKdcSaid) {
  auto options = client_options(Mechanism::kerberos);
  options.host = "unknown.example.test";
  options.service_class = "HTTP";
  auto client = make_gss_initiator(std::move(options));
  auto const step = client->step("");
  ASSERT_EQ(step.outcome, InitiatorStep::Outcome::failed);
  EXPECT_TRUE(step.unknown_service);
  EXPECT_NE(step.reason.find("HTTP/unknown.example.test"), std::string::npos) << step.reason;
  EXPECT_NE(step.reason.find("not found in Kerberos database"), std::string::npos) << step.reason;
  EXPECT_NE(step.reason.find("register it"), std::string::npos) << step.reason;
}

TEST_F(Kerberos, FailureSaysToCheckThePassword) {
  auto options = client_options(Mechanism::kerberos);
  options.password = Secret("wrong");
  auto client = make_gss_initiator(std::move(options));
  auto const step = client->step("");
  ASSERT_EQ(step.outcome, InitiatorStep::Outcome::failed);
  EXPECT_NE(step.reason.find("check the password"), std::string::npos) << step.reason;
}

TEST_F(Kerberos, FailureWithoutATicketSaysToGetOne) {
  auto options = client_options(Mechanism::negotiate);
  options.user.clear();
  options.password.clear();
  auto client = make_gss_initiator(std::move(options));
  auto const step = client->step("");
  ASSERT_EQ(step.outcome, InitiatorStep::Outcome::failed);
  EXPECT_NE(step.reason.find("kinit"), std::string::npos) << step.reason;
}

TEST_F(Kerberos, ReplayedTokenIsDenied) {
  auto client = make_gss_initiator(client_options(Mechanism::kerberos));
  auto const first = client->step("");
  ASSERT_EQ(first.outcome, InitiatorStep::Outcome::send) << first.reason;
  auto service = make_gss_acceptor(service_options());
  ASSERT_EQ(service->step(first.token).outcome, AcceptorStep::Outcome::accept);
  auto other = make_gss_acceptor(service_options());
  auto const again = other->step(first.token);
  EXPECT_EQ(again.outcome, AcceptorStep::Outcome::deny);
  EXPECT_NE(again.reason.find("replay"), std::string::npos) << again.reason;
}

TEST_F(Kerberos, ServiceWithoutItsProofIsNotTrusted) {
  auto client = make_gss_initiator(client_options(Mechanism::kerberos));
  ASSERT_EQ(client->step("").outcome, InitiatorStep::Outcome::send);
  EXPECT_FALSE(client->complete());
  auto const step = client->step("");
  EXPECT_EQ(step.outcome, InitiatorStep::Outcome::failed);
  EXPECT_NE(step.reason.find("without proving"), std::string::npos) << step.reason;
  EXPECT_EQ(client->take_sealer(), nullptr);
}

TEST_F(Kerberos, A16_ChannelBindingLevels) {
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
  for (auto mechanism : {Mechanism::negotiate, Mechanism::kerberos}) {
    for (auto const& row : rows) {
      auto client = client_options(mechanism);
      client.channel_binding = row.client;
      auto service = service_options();
      service.channel_binding = "tls-server-end-point:ours";
      service.hardening = row.level;
      auto const result = log_on(std::move(client), std::move(service));
      EXPECT_EQ(result.accepted, row.accepted)
          << row.client << " at level " << static_cast<int>(row.level) << ": " << result.reason;
    }
  }
}

TEST_F(Kerberos, A19_MapsPrincipalsByTheMachinesRulesOnly) {
  ASSERT_TRUE(users_.add("alice", Secret("x"), "root"));
  auto const own = map_account(users_, "alice@EXAMPLE.TEST");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->name, "root");
  EXPECT_FALSE(map_account(users_, "alice@ELSEWHERE.TEST"));
  EXPECT_FALSE(map_account(users_, "alice/admin@EXAMPLE.TEST"));
  ASSERT_TRUE(users_.add("bob@ELSEWHERE.TEST", Secret("x"), "root"));
  EXPECT_TRUE(map_account(users_, "bob@ELSEWHERE.TEST"));
}

}  // namespace
}  // namespace winrm::auth
