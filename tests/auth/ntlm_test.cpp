#include <gtest/gtest.h>

#include "auth/exchange_loop.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

using Mechanism = InitiatorOptions::Mechanism;

class Ntlm : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(users_.add("alice", Secret("Pässw0rd!"), "nobody")); }

  [[nodiscard]] std::unique_ptr<Acceptor> acceptor() const {
    AcceptorOptions options;
    options.keytab = folder_ / "no-such-keytab";
    options.users = &users_;
    return make_gss_acceptor(std::move(options));
  }

  [[nodiscard]] static std::unique_ptr<Initiator> initiator(std::string user, std::string password,
                                                            Mechanism mechanism = Mechanism::ntlm) {
    InitiatorOptions options;
    options.mechanism = mechanism;
    options.user = std::move(user);
    options.password = Secret(std::move(password));
    options.host = "localhost";
    return make_gss_initiator(std::move(options));
  }

  winrm::support::TemporaryFolder folder_;
  UsersFile users_{folder_ / "users"};
};

class NtlmNames : public Ntlm, public ::testing::WithParamInterface<std::string> {};

TEST_P(NtlmNames, A19_EveryFormOfTheNameLogsOn) {
  for (auto mechanism : {Mechanism::ntlm, Mechanism::negotiate}) {
    auto client = initiator(GetParam(), "Pässw0rd!", mechanism);
    auto service = acceptor();
    auto const result = run_loop(*client, *service);
    ASSERT_TRUE(result.accepted) << result.reason;
    EXPECT_TRUE(client->complete());
    EXPECT_EQ(client->mechanism(), "NTLM");
    EXPECT_EQ(result.client.mechanism, "NTLM");
    EXPECT_EQ(result.client.name, "alice");
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, NtlmNames,
                         ::testing::Values("alice", "ALICE", ".\\alice", "WORKGROUP\\alice", "CORP\\Alice",
                                           "corp.example.test\\alice", "alice@localhost"));

TEST_F(Ntlm, A1_WrongPasswordIsDenied) {
  auto client = initiator("alice", "wrong");
  auto service = acceptor();
  auto const result = run_loop(*client, *service);
  EXPECT_FALSE(result.accepted);
  EXPECT_NE(result.reason.find("wrong password"), std::string::npos) << result.reason;
}

TEST_F(Ntlm, A11_SealsBothWaysAfterExportAndImport) {
  for (auto mechanism : {Mechanism::ntlm, Mechanism::negotiate}) {
    auto client = initiator("alice", "Pässw0rd!", mechanism);
    auto service = acceptor();
    auto result = run_loop(*client, *service);
    ASSERT_TRUE(result.accepted) << result.reason;
    auto near = client->take_sealer();
    auto far = import_sealer(std::move(result.client.exported_context));
    ASSERT_NE(near, nullptr);
    ASSERT_TRUE(far) << far.error().message;
    for (int i = 0; i < 5; ++i) {
      std::string const question = "<question n='" + std::to_string(i) + "'/>";
      auto sealed = near->seal(question);
      ASSERT_TRUE(sealed) << sealed.error().message;
      EXPECT_EQ(sealed->header.size(), 16U);
      EXPECT_EQ(sealed->ciphertext.size(), question.size());
      auto opened = (*far)->unseal(sealed->header + sealed->ciphertext, sealed->header.size());
      ASSERT_TRUE(opened) << opened.error().message;
      EXPECT_EQ(*opened, question);
      auto answer = (*far)->seal("<answer/>");
      ASSERT_TRUE(answer);
      auto read = near->unseal(answer->header + answer->ciphertext, answer->header.size());
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, "<answer/>");
    }
  }
}

}  // namespace
}  // namespace winrm::auth
