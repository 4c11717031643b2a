#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cim/failure.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

/// Methods and changes over a recorded machine, which writes down what it is asked to do.
namespace winrm::providers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Changes : public ::testing::Test {
 protected:
  using Arguments = std::vector<std::string>;

  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  /// Calls `visit` with the row whose `key` property has this value; the first one without a key.
  template <class Visit>
  void with_row(std::string const& class_name, std::string const& key, std::string const& value,
                Visit const& visit) {
    auto const rows = cls(class_name).enumerate(host_, {});
    while (auto const* row = rows->next()) {
      if (!key.empty() && cim::to_text(cls(class_name).find(key)->property.value(row)) != value) continue;
      visit(row);
      return;
    }
    FAIL() << "no " << class_name << " with " << key << " " << value;
  }
  std::uint32_t call(std::string const& class_name, std::string const& key, std::string const& value,
                     std::string const& method_name, cim::NamedValues const& in) {
    auto const& methods = cls(class_name).provider().methods;
    auto const method = std::ranges::find(methods, method_name, &cim::AnyMethod::name);
    EXPECT_NE(method, methods.end()) << method_name;
    std::uint32_t result = 0xFFFF;
    with_row(class_name, key, value,
             [&](void const* row) { result = method->run(host_, row, in).return_value; });
    return result;
  }
  std::uint32_t call_os(std::string const& method, cim::NamedValues const& in = {}) {
    return call("Win32_OperatingSystem", "", "", method, in);
  }
  void put(std::string const& class_name, std::string const& key, std::string const& value,
           cim::NamedValues const& changes) {
    with_row(class_name, key, value,
             [&](void const* row) { cls(class_name).provider().put(host_, row, changes); });
  }
  template <class T>
  static cim::NamedValues values(std::string_view name, T const& value) {
    cim::NamedValues values;
    values.put(name, value);
    return values;
  }
  /// The status of the failure that `action` ends with; nothing when it ends well.
  template <class Action>
  static std::optional<cim::Status> failure_of(Action const& action) {
    try {
      action();
    } catch (cim::Failure const& failure) {
      return failure.status();
    }
    return std::nullopt;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

// --- the machine
// ---------------------------------------------------------------------------------------------

TEST_F(Changes, D4_RebootAndShutdownEndTheMachine) {
  EXPECT_EQ(call_os("Reboot"), 0U);
  EXPECT_EQ(call_os("Shutdown"), 0U);
  EXPECT_THAT(host_.machine_control.asked, ElementsAre("reboot in 0 s: ", "power off in 0 s: "));
}

TEST_F(Changes, D4_Win32ShutdownReadsItsFlags) {
  for (std::int32_t const flags : {2, 6, 1, 5, 8, 12})
    EXPECT_EQ(call_os("Win32Shutdown", values("Flags", flags)), 0U);
  EXPECT_THAT(host_.machine_control.asked,
              ElementsAre("reboot in 0 s: ", "reboot in 0 s: ", "power off in 0 s: ", "power off in 0 s: ",
                          "power off in 0 s: ", "power off in 0 s: "));
}

TEST_F(Changes, D4_FlagsThatMeanNothingEndNothing) {
  for (std::int32_t const flags : {3, 16, -1, 10}) {
    EXPECT_EQ(call_os("Win32Shutdown", values("Flags", flags)), 87U) << flags;
  }
  EXPECT_EQ(call_os("Win32Shutdown"), 87U);
  EXPECT_EQ(failure_of([&] { (void)call_os("Win32Shutdown", values("Flags", 0)); }),
            cim::Status::not_supported)
      << "logging off";
  EXPECT_THAT(host_.machine_control.asked, IsEmpty());
}

TEST_F(Changes, D4_ShutdownTrackerWaitsAndTellsWhy) {
  auto in = values("Flags", 2);
  in.put("Timeout", std::uint32_t{300});
  in.put("Comment", std::string("a new kernel"));
  EXPECT_EQ(call_os("Win32ShutdownTracker", in), 0U);
  EXPECT_THAT(host_.machine_control.asked, ElementsAre("reboot in 300 s: a new kernel"));
  in.put("Timeout", std::uint32_t{315'360'001});
  EXPECT_EQ(call_os("Win32ShutdownTracker", in), 87U) << "more than ten years";
}

TEST_F(Changes, D4_WhoMayNotEndTheMachineIsTold) {
  host_.machine_control.error = EACCES;
  EXPECT_EQ(failure_of([&] { (void)call_os("Reboot"); }), cim::Status::access_denied);
  EXPECT_EQ(failure_of([&] { (void)call_os("Win32Shutdown", values("Flags", 8)); }),
            cim::Status::access_denied);
  host_.machine_control.error = ENOTSUP;
  EXPECT_EQ(failure_of([&] { (void)call_os("Shutdown"); }), cim::Status::not_supported);
}

TEST_F(Changes, SetDateTimeSetsTheClock) {
  DateTime const time{system::SystemTime(std::chrono::seconds(1'700'000'000)), 60};
  EXPECT_EQ(call_os("SetDateTime", values("LocalDatetime", time)), 0U);
  EXPECT_THAT(host_.machine_control.asked, ElementsAre("time 1700000000000000"));
  EXPECT_EQ(call_os("SetDateTime"), 87U);
  host_.machine_control.error = EPERM;
  EXPECT_EQ(failure_of([&] { (void)call_os("SetDateTime", values("LocalDatetime", time)); }),
            cim::Status::access_denied);
}

TEST_F(Changes, RenamingTheComputerKeepsItsDomain) {
  auto const rename = [&](std::string const& name) {
    return call("Win32_ComputerSystem", "", "", "Rename", values("Name", name));
  };
  EXPECT_EQ(rename("db2"), 0U);
  EXPECT_THAT(host_.machine_control.asked, ElementsAre("name db2.example.test"));
  for (std::string const name : {"", "-db", "db-", "d b", "db.other", "db\n", "d\xC3\xA4"})
    EXPECT_EQ(rename(name), 87U) << name;
  EXPECT_EQ(rename(std::string(64, 'a')), 87U);
  host_.machine_control.error = EPERM;
  EXPECT_EQ(rename("db3"), 5U);
}

TEST_F(Changes, M3_TheDescriptionOfTheMachineIsKept) {
  put("Win32_OperatingSystem", "", "", values("Description", std::string("The \"$new\" one")));
  EXPECT_EQ(host_.written.at("/etc/machine-info"), "PRETTY_HOSTNAME=\"The \\\"\\$new\\\" one\"\n");
  EXPECT_EQ(
      failure_of([&] { put("Win32_OperatingSystem", "", "", values("Description", std::string("a\nB=c"))); }),
      cim::Status::invalid_parameter);
  host_.write_error = EACCES;
  EXPECT_EQ(
      failure_of([&] { put("Win32_OperatingSystem", "", "", values("Description", std::string("x"))); }),
      cim::Status::access_denied);
}

// --- the environment
// -----------------------------------------------------------------------------------------

TEST_F(Changes, AVariableIsCreatedSetAndDeleted) {
  auto const& provider = cls("Win32_Environment").provider();
  cim::NamedValues variable;
  variable.put("Name", std::string("WINRM_TEST"));
  variable.put("UserName", std::string("<SYSTEM>"));
  variable.put("VariableValue", std::string("one two"));
  auto const reference = provider.create(host_, variable);
  EXPECT_EQ(test::path_of(reference), R"(Win32_Environment.Name="WINRM_TEST",UserName="<SYSTEM>")");
  EXPECT_THAT(host_.written.at("/etc/environment"), HasSubstr("\nWINRM_TEST=\"one two\"\n"));
  EXPECT_EQ(failure_of([&] { (void)provider.create(host_, variable); }), cim::Status::already_exists);

  put("Win32_Environment", "Name", "WINRM_TEST", values("VariableValue", std::string("three")));
  EXPECT_THAT(host_.written.at("/etc/environment"), HasSubstr("\nWINRM_TEST=\"three\"\n"));
  EXPECT_THAT(host_.written.at("/etc/environment"), HasSubstr("# For everyone who logs on\n"));

  with_row("Win32_Environment", "Name", "WINRM_TEST", [&](void const* row) { provider.remove(host_, row); });
  EXPECT_THAT(host_.written.at("/etc/environment"), ::testing::Not(HasSubstr("WINRM_TEST")));
}

TEST_F(Changes, AVariableThatCannotBeKeptIsRefused) {
  auto const& provider = cls("Win32_Environment").provider();
  auto const create = [&](std::string const& name, std::string const& user, std::string const& value) {
    cim::NamedValues variable;
    variable.put("Name", name);
    variable.put("UserName", user);
    variable.put("VariableValue", value);
    return failure_of([&] { (void)provider.create(host_, variable); });
  };
  EXPECT_EQ(create("A=B", "<SYSTEM>", "x"), cim::Status::invalid_parameter);
  EXPECT_EQ(create("", "<SYSTEM>", "x"), cim::Status::invalid_parameter);
  EXPECT_EQ(create("A", "alice", "x"), cim::Status::invalid_parameter);
  EXPECT_EQ(create("A", "<SYSTEM>", "x\nLD_PRELOAD=/tmp/evil.so"), cim::Status::invalid_parameter);
  EXPECT_TRUE(host_.written.empty());
  host_.write_error = EACCES;
  EXPECT_EQ(create("A", "<SYSTEM>", "x"), cim::Status::access_denied);
}

// --- accounts
// ------------------------------------------------------------------------------------------------

class AccountChanges : public Changes {
 protected:
  AccountChanges() { host_.answer.exit_status = 0; }
  std::uint32_t rename_user(std::string const& user, std::string const& name) {
    return call("Win32_UserAccount", "Name", user, "Rename", values("Name", name));
  }
  void put_alice(std::string_view property, bool value) {
    put("Win32_UserAccount", "Name", "alice", values(property, value));
  }
};

TEST_F(AccountChanges, D7_RenamesAUserAndAGroup) {
  EXPECT_EQ(rename_user("alice", "alicia"), 0U);
  EXPECT_EQ(call("Win32_Group", "Name", "staff", "Rename", values("Name", std::string("team"))), 0U);
  EXPECT_THAT(host_.ran, ElementsAre(Arguments{"/usr/sbin/usermod", "--login", "alicia", "--", "alice"},
                                     Arguments{"/usr/sbin/groupmod", "--new-name", "team", "--", "staff"}));
}

TEST_F(AccountChanges, D7_AnswersWhyAUserIsNotRenamed) {
  for (std::string const name : {"", "-x", "a b", "a:b", "a,b", "../x", "1a"})
    EXPECT_EQ(rename_user("alice", name), 3U) << name;
  EXPECT_EQ(rename_user("root", "toor"), 8U);
  EXPECT_THAT(host_.ran, IsEmpty());
  host_.answer.exit_status = 9;  // the name is taken
  EXPECT_EQ(rename_user("alice", "bob"), 3U);
  host_.answer.exit_status = 6;  // no such user in the files
  EXPECT_EQ(rename_user("alice", "alicia"), 4U);
  host_.answer.exit_status = 8;  // logged on
  EXPECT_EQ(rename_user("alice", "alicia"), 9U);
  host_.recorded_accounts().may_change = false;
  EXPECT_EQ(failure_of([&] { (void)rename_user("alice", "alicia"); }), cim::Status::access_denied);
}

TEST_F(AccountChanges, M3_WritablePropertiesOfAUserAreSet) {
  put_alice("Disabled", true);
  put_alice("Lockout", false);
  put_alice("PasswordExpires", false);
  put("Win32_UserAccount", "Name", "alice", values("FullName", std::string("Alice Other")));
  EXPECT_THAT(host_.ran, ElementsAre(Arguments{"/usr/sbin/usermod", "--expiredate", "1", "--", "alice"},
                                     Arguments{"/usr/sbin/usermod", "--unlock", "--", "alice"},
                                     Arguments{"/usr/bin/chage", "--maxdays", "-1", "--", "alice"},
                                     Arguments{"/usr/sbin/usermod", "--comment", "Alice Other,Room 7,,", "--",
                                               "alice"}));
}

TEST_F(AccountChanges, M3_AChangeThatCannotBeMadeSaysWhy) {
  EXPECT_EQ(
      failure_of([&] { put("Win32_UserAccount", "Name", "alice", values("FullName", std::string("a:b"))); }),
      cim::Status::invalid_parameter);
  EXPECT_EQ(failure_of([&] { put("Win32_UserAccount", "Name", "bob", values("PasswordExpires", true)); }),
            cim::Status::invalid_parameter)
      << "after how many days";
  host_.answer = {1, "", "usermod: unlocking the user's password would result in a passwordless account."};
  EXPECT_EQ(failure_of([&] { put_alice("Lockout", false); }), cim::Status::failed);
}

// --- packages
// ------------------------------------------------------------------------------------------------

class PackageChanges : public Changes {
 protected:
  PackageChanges() {
    host_.answer.exit_status = 0;
    host_.written["/srv/new.deb"] = "";
    host_.written["/srv/new.rpm"] = "";
  }
  std::uint32_t install(std::string const& path) {
    return call("Win32_Product", "Name", "openssl", "Upgrade", values("PackageLocation", path));
  }
};

TEST_F(PackageChanges, M7_AsksTheManagerOfThePackage) {
  EXPECT_EQ(install("/srv/new.deb"), 0U);
  EXPECT_EQ(install("/srv/new.rpm"), 0U);
  EXPECT_EQ(call("Win32_Product", "Name", "openssl", "Uninstall", {}), 0U);
  EXPECT_THAT(host_.ran, ElementsAre(Arguments{"/usr/bin/dpkg", "--force-confdef", "--force-confold",
                                               "--install", "/srv/new.deb"},
                                     Arguments{"/usr/bin/rpm", "--upgrade", "--", "/srv/new.rpm"},
                                     Arguments{"/usr/bin/dpkg", "--remove", "openssl:amd64"}));
}

TEST_F(PackageChanges, M7_WhatIsNoPackageIsNotOpened) {
  for (std::string const path : {"", "new.deb", "--purge.deb", "/srv/none.deb", "/etc/passwd"}) {
    EXPECT_EQ(install(path), 1619U) << path;
  }
  EXPECT_THAT(host_.ran, IsEmpty());
}

TEST_F(PackageChanges, M7_WhatTheManagerRefusesIsTold) {
  host_.answer = {2, "", "dpkg: error: requested operation requires superuser privilege"};
  EXPECT_EQ(failure_of([&] { (void)install("/srv/new.deb"); }), cim::Status::access_denied);
  host_.answer = {1, "", "dpkg: dependency problems prevent configuration of new"};
  EXPECT_EQ(failure_of([&] { (void)install("/srv/new.deb"); }), cim::Status::failed);
}

}  // namespace
}  // namespace winrm::providers
