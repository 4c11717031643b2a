#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "auth/account_mapping.hpp"
#include "auth/exchange.hpp"
#include "auth/users_file.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

using ::testing::HasSubstr;

class PasswordVerifierTest : public ::testing::Test {
 protected:
  support::TemporaryFolder folder_;
  UsersFile users_{folder_ / "users"};
  std::string self_ = system::current_account().name;
};

TEST_F(PasswordVerifierTest, A1_A4_UsersFileEntryDecides) {
  ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), self_));
  auto const verifier = make_password_verifier(users_, "");
  auto const account = verifier->verify("alice", Secret("Secret 1!"), "192.0.2.1");
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(*account, self_);
  EXPECT_FALSE(verifier->verify("alice", Secret("wrong"), "192.0.2.1"));
  EXPECT_FALSE(verifier->verify("alice", Secret(), "192.0.2.1"));
  EXPECT_FALSE(verifier->verify("", Secret(), "192.0.2.1"));
  EXPECT_FALSE(verifier->verify("bob", Secret("Secret 1!"), "192.0.2.1"));
}

TEST_F(PasswordVerifierTest, A19_NameFormsOfThisMachine) {
  ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), self_));
  auto const verifier = make_password_verifier(users_, "");
  for (char const* name : {".\\alice", "localhost\\Alice", "alice@localhost"}) {
    EXPECT_TRUE(verifier->verify(name, Secret("Secret 1!"), "")) << name;
  }
  EXPECT_FALSE(verifier->verify("ELSEWHERE\\alice", Secret("Secret 1!"), ""));
}

TEST_F(PasswordVerifierTest, EntryWithoutAnAccountDoesNotCount) {
  ASSERT_TRUE(users_.add("ghost", Secret("Secret 1!"), "no-such-account"));
  auto const verifier = make_password_verifier(users_, "");
  auto const account = verifier->verify("ghost", Secret("Secret 1!"), "");
  ASSERT_FALSE(account);
  EXPECT_THAT(account.error().message, HasSubstr("does not exist"));
}

TEST_F(PasswordVerifierTest, EntryIsNotOverruledByPam) {
  // Even a PAM service that admits everyone is not asked about a name the users file has.
  ASSERT_TRUE(users_.add(self_, Secret("Secret 1!"), self_));
  auto const verifier = make_password_verifier(users_, "openwinrm-test-no-such-service");
  EXPECT_THAT(verifier->verify(self_, Secret("wrong"), "").error().message, HasSubstr("users file"));
}

TEST_F(PasswordVerifierTest, OnlyTheOwnAccountCountsWithoutRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become another account";
  ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), "root"));
  ASSERT_TRUE(users_.add("bob", Secret("Secret 2!"), "nobody"));
  EXPECT_TRUE(map_account(users_, "alice"));
  EXPECT_TRUE(map_account(users_, "bob"));
  auto const nobody = system::find_account("nobody");
  ASSERT_TRUE(nobody);
  ASSERT_EQ(::chown(users_.path().c_str(), nobody->uid, nobody->gid), 0);
  ASSERT_EQ(::chown(folder_.path().c_str(), nobody->uid, nobody->gid), 0);
  ASSERT_EQ(::seteuid(nobody->uid), 0);
  auto const alice = map_account(users_, "alice");
  auto const bob = map_account(users_, "bob");
  auto const daemon = map_account(users_, "daemon");
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_THAT(alice.error().message, HasSubstr("does not run as root"));
  EXPECT_TRUE(bob);
  EXPECT_FALSE(daemon);
}

TEST_F(PasswordVerifierTest, RootMapsSystemAccountsOfThisMachineOnly) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root serves other accounts";
  EXPECT_EQ(map_account(users_, "daemon")->name, "daemon");
  EXPECT_EQ(map_account(users_, ".\\daemon")->name, "daemon");
  EXPECT_FALSE(map_account(users_, "ELSEWHERE\\daemon"));
  EXPECT_FALSE(map_account(users_, ""));
  EXPECT_FALSE(map_account(users_, "no-such-account"));
}

}  // namespace
}  // namespace winrm::auth
