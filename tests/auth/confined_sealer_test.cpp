#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "auth/exchange_loop.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "support/realm.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

std::string frame(std::string const& bytes) {
  auto const size = static_cast<std::uint32_t>(bytes.size());
  std::string result(reinterpret_cast<char const*>(&size), sizeof size);
  return result + bytes;
}

std::string take_frame(std::string& frames) {
  std::uint32_t size = 0;
  if (frames.size() < sizeof size) return {};
  std::memcpy(&size, frames.data(), sizeof size);
  std::string bytes = frames.substr(sizeof size, size);
  frames.erase(0, sizeof size + size);
  return bytes;
}

struct Logon {
  InitiatorOptions::Mechanism mechanism;
  std::string user;
  std::string expected;
};

/// The network process has no files and no privileges: what it needs to seal must have been loaded before.
TEST(ConfinedSealer, A11_ContextIsContinuedInAProcessWithoutFiles) {
  support::Realm realm;
  realm.add_user("alice", "Secret 1!");
  realm.add_service("HTTP/localhost");
  support::TemporaryFolder folder;
  support::TemporaryFolder empty;
  std::filesystem::permissions(empty.path(), std::filesystem::perms(0555));
  UsersFile users(folder / "users");
  ASSERT_TRUE(users.add("bob", Secret("Secret 2!"), "nobody"));
  using Mechanism = InitiatorOptions::Mechanism;
  std::vector<Logon> const logons = {
      {Mechanism::ntlm, "bob", "NTLM"},
      {Mechanism::negotiate, "bob", "NTLM"},
      {Mechanism::kerberos, "alice@EXAMPLE.TEST", "Kerberos"},
      {Mechanism::negotiate, "alice@EXAMPLE.TEST", "Kerberos"},
  };
  for (auto const& logon : logons) {
    InitiatorOptions client_options;
    client_options.mechanism = logon.mechanism;
    client_options.user = logon.user;
    client_options.password = Secret(logon.expected == "NTLM" ? "Secret 2!" : "Secret 1!");
    client_options.host = "localhost";
    AcceptorOptions service_options;
    service_options.keytab = realm.keytab();
    service_options.users = &users;
    auto client = make_gss_initiator(std::move(client_options));
    auto service = make_gss_acceptor(std::move(service_options));
    auto result = run_loop(*client, *service);
    ASSERT_TRUE(result.accepted) << result.reason;
    ASSERT_EQ(result.client.mechanism, logon.expected);
    auto near = client->take_sealer();
    auto const question = near->seal("question");
    ASSERT_TRUE(question);

    auto confined =
        support::run_program({support::beside_this_program("confined_sealer"), empty.path().string()},
                             frame(result.client.exported_context.reveal()) + frame(question->header) +
                                 frame(question->ciphertext));
    ASSERT_EQ(confined.status, 0) << logon.expected;
    EXPECT_EQ(take_frame(confined.output), "question");
    auto const header = take_frame(confined.output);
    auto const ciphertext = take_frame(confined.output);
    auto const answer = near->unseal(header + ciphertext, header.size());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "answer to question");
  }
}

}  // namespace
}  // namespace winrm::auth
