#include "system/pam.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace winrm::system {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

/// PAM stacks of our own, with the system's modules. The password is checked by a script through pam_exec.
class Pam : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "check") << "#!/bin/sh\n"
                                        "read -r password\n"
                                        "[ \"$PAM_USER\" = alice ] && [ \"$password\" = 'Secret 1!' ] &&\n"
                                        "  [ \"$PAM_RHOST\" = 192.0.2.1 ] && [ \"$PAM_TTY\" = winrm ]\n";
    ASSERT_EQ(::chmod((folder_ / "check").c_str(), 0755), 0);
    stack("good", {"auth required pam_exec.so quiet expose_authtok " + (folder_ / "check").string(),
                   "account required pam_permit.so"});
    stack("session",
          {"auth required pam_permit.so", "account required pam_permit.so",
           "session required pam_env.so user_readenv=0 conffile=" + (folder_ / "env").string() + " readenv=0",
           "session required pam_permit.so"});
    std::ofstream(folder_ / "env") << "GREETING DEFAULT=hello\n";
    stack("expired", {"auth required pam_permit.so", "account required pam_deny.so"});
    stack("closed",
          {"auth required pam_permit.so", "account required pam_permit.so", "session required pam_deny.so"});
    stack("slow", {"auth optional pam_faildelay.so delay=3000000", "auth required pam_deny.so"});
    stack("unix", {"auth required pam_unix.so", "account required pam_unix.so"});
  }

  void stack(std::string const& service, std::vector<std::string> const& lines) const {
    std::ofstream file(folder_ / service);
    for (auto const& line : lines) file << line << '\n';
  }

  [[nodiscard]] PamRequest request(std::string service, std::string user = "alice") const {
    PamRequest result;
    result.service = std::move(service);
    result.user = std::move(user);
    result.remote_host = "192.0.2.1";
    result.config_directory = folder_.path();
    return result;
  }

  support::TemporaryFolder folder_;
};

TEST_F(Pam, A4_PasswordIsChecked) {
  auto const name = pam_check_password(request("good"), Secret("Secret 1!"));
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "alice");
  EXPECT_FALSE(pam_check_password(request("good"), Secret("wrong")));
  EXPECT_FALSE(pam_check_password(request("good", "bob"), Secret("Secret 1!")));
}

TEST_F(Pam, RefusalSaysWhereButNeverThePassword) {
  auto const refused = pam_check_password(request("expired"), Secret("Secret 1!"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("account check"));
  EXPECT_THAT(refused.error().message, HasSubstr("'expired'"));
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("Secret 1!")));
}

TEST_F(Pam, CutShortStringsAreRefused) {
  EXPECT_FALSE(pam_check_password(request("good"), Secret(std::string("Secret 1!\0x", 11))));
  EXPECT_FALSE(pam_check_password(request("good", std::string("alice\0x", 7)), Secret("Secret 1!")));
  EXPECT_FALSE(pam_check_password(request("expired", ""), Secret("x")));
}

TEST_F(Pam, UnknownServiceAdmitsNobody) {
  EXPECT_FALSE(pam_check_password(request("no-such-service"), Secret("Secret 1!")));
}

TEST_F(Pam, UnknownUserIsReportedAsSuch) {
  auto const refused = pam_check_password(request("unix", "no-such-account"), Secret("x"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().unknown_user);
}

TEST_F(Pam, FailureDoesNotSleep) {
  auto const start = std::chrono::steady_clock::now();
  EXPECT_FALSE(pam_check_password(request("slow"), Secret("x")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST_F(Pam, AccountIsCheckedWithoutACredential) {
  std::ofstream(folder_ / "account")
      << "#!/bin/sh\n[ \"$PAM_RHOST\" = 192.0.2.1 ] && [ \"$PAM_TYPE\" = account ]\n";
  ASSERT_EQ(::chmod((folder_ / "account").c_str(), 0755), 0);
  stack("from", {"auth required pam_deny.so",
                 "account required pam_exec.so quiet " + (folder_ / "account").string()});
  auto const allowed = pam_check_account(request("from"));
  EXPECT_TRUE(allowed) << allowed.error().message;
  PamRequest elsewhere = request("from");
  elsewhere.remote_host = "192.0.2.2";
  EXPECT_FALSE(pam_check_account(elsewhere));
  EXPECT_THAT(pam_check_account(request("expired")).error().message, HasSubstr("account check"));
  EXPECT_FALSE(pam_check_account(request("no-such-service")));
}

TEST_F(Pam, OnlyAStackOfItsOwnCounts) {
  EXPECT_FALSE(pam_service_exists(""));
  EXPECT_FALSE(pam_service_exists("winrm-no-such-service"));
  EXPECT_TRUE(pam_service_exists("other"));
}

TEST_F(Pam, SessionGivesTheEnvironment) {
  auto session = PamSession::open(request("session", "root"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(session->environment(), Contains("GREETING=hello"));
  session->close();
  EXPECT_TRUE(session->environment().empty());
}

TEST_F(Pam, SessionRefusalSaysWhere) {
  EXPECT_THAT(PamSession::open(request("expired")).error().message, HasSubstr("account check"));
  EXPECT_THAT(PamSession::open(request("closed", "root")).error().message, HasSubstr("opening the session"));
}

}  // namespace
}  // namespace winrm::system
