#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

/// Accounts and sessions of a recorded machine, where every value is known.
namespace winrm::providers {
namespace {

using test::Values;
using ::testing::IsSupersetOf;

class RecordedAccounts : public ::testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  std::map<std::string, Values> by(std::string const& key, std::string const& class_name) {
    std::map<std::string, Values> found;
    for (auto& values : test::all_instances(cls(class_name), host_)) {
      EXPECT_TRUE(found.emplace(values.at(key), values).second);
    }
    return found;
  }
  std::set<std::string> pairs(std::string const& class_name, std::string const& left,
                              std::string const& right) {
    std::set<std::string> found;
    for (auto const& values : test::all_instances(cls(class_name), host_)) {
      found.insert(values.at(left) + " " + values.at(right));
    }
    return found;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedAccounts, D7_UserAccounts) {
  auto users = by("Name", "Win32_UserAccount");
  ASSERT_EQ(users.size(), 4U) << "root, alice, bob, carol";
  EXPECT_THAT(users["alice"], IsSupersetOf(Values{{"Domain", "db1"},
                                                  {"Caption", "db1\\alice"},
                                                  {"FullName", "Alice Example"},
                                                  {"Description", "Alice Example,Room 7,,"},
                                                  {"SID", "S-1-22-1-1000"},
                                                  {"SIDType", "1"},
                                                  {"AccountType", "512"},
                                                  {"LocalAccount", "true"},
                                                  {"Disabled", "false"},
                                                  {"Lockout", "false"},
                                                  {"PasswordExpires", "true"},
                                                  {"PasswordRequired", "true"},
                                                  {"PasswordChangeable", "true"}}));
  EXPECT_FALSE(users["bob"].contains("FullName"));
  EXPECT_EQ(users["bob"]["PasswordRequired"], "false");
  EXPECT_EQ(users["bob"]["PasswordExpires"], "false");
  EXPECT_EQ(users["carol"]["Disabled"], "true") << "expired";
  EXPECT_EQ(users["carol"]["Lockout"], "true");
}

TEST_F(RecordedAccounts, D7_SystemAccountsAndGroups) {
  auto accounts = by("Name", "Win32_SystemAccount");
  EXPECT_EQ(accounts.size(), 3U) << "daemon, postgres, nobody";
  EXPECT_EQ(accounts["postgres"]["SID"], "S-1-22-1-115");
  auto groups = by("Name", "Win32_Group");
  EXPECT_EQ(groups.size(), 7U);
  EXPECT_THAT(groups["staff"],
              IsSupersetOf(Values{
                  {"Domain", "db1"}, {"SID", "S-1-22-2-1050"}, {"SIDType", "4"}, {"LocalAccount", "true"}}));
}

TEST_F(RecordedAccounts, D7_OneAccountIsLookedUpByItsExactName) {
  auto const& users = cls("Win32_UserAccount");
  auto const find = [&](std::string const& name) {
    cim::Query query;
    query.require(users.find("Name")->index, cim::Value(name));
    query.require(users.find("Domain")->index, cim::Value(std::string("db1")));
    std::string sid;
    users.get(host_, query, [&](void const* row) { sid = test::values_of(users, row).at("SID"); });
    return sid;
  };
  EXPECT_EQ(find("alice"), "S-1-22-1-1000");
  EXPECT_EQ(find("Alice"), "");
  EXPECT_EQ(find("postgres"), "") << "of the other class";
}

TEST_F(RecordedAccounts, D7_LogonSessionsOfLogind) {
  auto sessions = by("LogonId", "Win32_LogonSession");
  ASSERT_EQ(sessions.size(), 3U);
  EXPECT_THAT(sessions["1"], IsSupersetOf(Values{{"LogonType", "2"},
                                                 {"Caption", "alice (login)"},
                                                 {"StartTime", "2026-01-02T02:00:00+01:00"}}));
  EXPECT_EQ(sessions["c7"]["LogonType"], "10") << "from another machine";
  EXPECT_EQ(sessions["9"]["LogonType"], "4") << "cron";
}

TEST_F(RecordedAccounts, D7_WhoIsLoggedOn) {
  EXPECT_EQ(pairs("Win32_LoggedOnUser", "Antecedent", "Dependent"),
            (std::set<std::string>{
                R"(Win32_UserAccount.Domain="db1",Name="alice" Win32_LogonSession.LogonId="1")",
                R"(Win32_UserAccount.Domain="db1",Name="bob" Win32_LogonSession.LogonId="c7")",
                R"(Win32_UserAccount.Domain="db1",Name="root" Win32_LogonSession.LogonId="9")"}));
}

TEST_F(RecordedAccounts, D7_MembersOfGroups) {
  auto const found = pairs("Win32_GroupUser", "GroupComponent", "PartComponent");
  auto const member = [](std::string const& group, std::string const& cls_name, std::string const& user) {
    return "Win32_Group.Domain=\"db1\",Name=\"" + group + "\" " + cls_name + ".Domain=\"db1\",Name=\"" +
           user + "\"";
  };
  EXPECT_EQ(
      found,
      (std::set<std::string>{
          member("root", "Win32_UserAccount", "root"), member("daemon", "Win32_SystemAccount", "daemon"),
          member("sudo", "Win32_UserAccount", "alice"), member("postgres", "Win32_SystemAccount", "postgres"),
          member("alice", "Win32_UserAccount", "alice"), member("alice", "Win32_UserAccount", "carol"),
          member("bob", "Win32_UserAccount", "bob"), member("staff", "Win32_UserAccount", "alice"),
          member("staff", "Win32_UserAccount", "bob")}))
      << "a member that has no account any more is left out";
}

TEST_F(RecordedAccounts, D7_ProcessesOfSessions) {
  EXPECT_EQ(pairs("Win32_SessionProcess", "Antecedent", "Dependent"),
            (std::set<std::string>{R"(Win32_LogonSession.LogonId="1" Win32_Process.Handle="620")",
                                   R"(Win32_LogonSession.LogonId="c7" Win32_Process.Handle="733")"}));
}

TEST_F(RecordedAccounts, D7_WithoutLogindUtmpTellsWhoIsLoggedOn) {
  host_.hidden = {"/run/systemd/sessions"};
  auto sessions = by("LogonId", "Win32_LogonSession");
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions["tty1"]["LogonType"], "2");
  EXPECT_EQ(sessions["pts/0"]["LogonType"], "10");
  EXPECT_EQ(pairs("Win32_SessionProcess", "Antecedent", "Dependent"),
            (std::set<std::string>{R"(Win32_LogonSession.LogonId="tty1" Win32_Process.Handle="510")",
                                   R"(Win32_LogonSession.LogonId="pts/0" Win32_Process.Handle="620")",
                                   R"(Win32_LogonSession.LogonId="pts/0" Win32_Process.Handle="733")"}))
      << "the process that opened it, and what descends from it";
}

TEST_F(RecordedAccounts, D7_Profiles) {
  auto profiles = by("SID", "Win32_UserProfile");
  ASSERT_EQ(profiles.size(), 3U) << "accounts without a home folder have none";
  EXPECT_EQ(profiles["S-1-22-1-1"]["Special"], "true") << "daemon, at home in /usr/sbin";
  EXPECT_THAT(
      profiles["S-1-22-1-1000"],
      IsSupersetOf(
          Values{{"LocalPath", "/home/alice"}, {"Loaded", "true"}, {"RefCount", "1"}, {"Special", "false"}}));
}

}  // namespace
}  // namespace winrm::providers
