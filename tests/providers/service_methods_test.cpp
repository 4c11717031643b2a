#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cim/failure.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/return_codes.hpp"
#include "support/recorded_host.hpp"
#include "system/service_control.hpp"

namespace winrm::providers {
namespace {

using test::all_instances;
using test::output_of;
using test::Values;
using test::with;
using testing::Contains;
using testing::IsSupersetOf;
using testing::Pair;

using enum test::Code;

cim::NamedValues new_service(std::string const& name, std::string const& path) {
  return with("PathName", path, with("DisplayName", std::string("A test's own"), with("Name", name)));
}

/// Against the systemd that runs this machine: tests/live/test_service_classes.py boots one for these tests.
class LiveServices : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/run/systemd/system")) {
      GTEST_SKIP() << "systemd does not run this machine: tests/live/test_service_classes.py boots one";
    }
  }
  std::uint32_t invoke(std::string const& service, std::string const& method,
                       cim::NamedValues const& in = {}) {
    return test::invoke(cls_, *host_, service, method, in).return_value;
  }
  std::uint32_t create(cim::NamedValues const& in) {
    return test::invoke_static(cls_, *host_, "Create", in).return_value;
  }
  Values values(std::string const& service) { return test::instance(cls_, *host_, service); }
  /// What `call` returns to an account without rights.
  template <class Call>
  std::uint32_t as_nobody(Call const& call) {
    constexpr uid_t nobody = 65534;
    auto const child = ::fork();
    if (child == 0) {
      // A connection is made after the change: the one of this process is root's.
      bool const changed = ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
      host_.release();  // NOLINT(bugprone-unused-return-value): the parent's
      host_ = system::make_host();
      ::_exit(changed ? static_cast<int>(call()) : 255);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return static_cast<std::uint32_t>(WEXITSTATUS(status));
  }
  static std::string show(std::string const& service, std::string const& property) {
    return output_of("systemctl show -P " + property + " " + service);
  }

  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_Service");
  std::unique_ptr<system::Host> host_ = system::make_host();
};

TEST_F(LiveServices, D2_StartAndStop) {
  EXPECT_EQ(invoke("winrm-example", "StopService"), success);
  EXPECT_EQ(show("winrm-example", "ActiveState"), "inactive");
  EXPECT_EQ(invoke("winrm-example", "StopService"), not_active);
  EXPECT_EQ(invoke("winrm-example", "InterrogateService"), not_active);
  EXPECT_EQ(invoke("winrm-example", "StartService"), success);
  EXPECT_EQ(show("winrm-example", "ActiveState"), "active");
  EXPECT_EQ(invoke("winrm-example", "StartService"), running);
  EXPECT_EQ(invoke("winrm-example", "InterrogateService"), success);
  auto const pid = show("winrm-example", "MainPID");
  EXPECT_EQ(invoke("winrm-example", "RestartService"), success);
  EXPECT_NE(show("winrm-example", "MainPID"), pid);
  EXPECT_EQ(values("winrm-example").at("ProcessId"), show("winrm-example", "MainPID"));
}

TEST_F(LiveServices, D2_AStartThatFailsSaysSo) {
  EXPECT_EQ(create(new_service("winrm-fails", "/bin/false")), success);
  EXPECT_EQ(invoke("winrm-fails", "StartService"), success)
      << "a simple service has started when its process runs";
  auto needy = new_service("winrm-needy", "/bin/sleep 300");
  needy.put("ServiceDependencies", std::vector<std::string>{"winrm-no-such"});
  EXPECT_EQ(create(needy), success);
  EXPECT_EQ(invoke("winrm-needy", "StartService"), dependency_failure);
  EXPECT_EQ(values("winrm-needy").at("State"), "Stopped");
  EXPECT_EQ(invoke("winrm-needy", "Delete"), success);
  EXPECT_EQ(invoke("winrm-fails", "Delete"), success);
}

TEST_F(LiveServices, D2_PauseAndResume) {
  invoke("winrm-example", "StartService");
  if (values("winrm-example").at("AcceptPause") == "true") {
    EXPECT_EQ(invoke("winrm-example", "PauseService"), success);
    EXPECT_EQ(values("winrm-example").at("State"), "Paused");
    EXPECT_EQ(show("winrm-example", "FreezerState"), "frozen");
    EXPECT_EQ(invoke("winrm-example", "PauseService"), paused);
    EXPECT_EQ(invoke("winrm-example", "ResumeService"), success);
    EXPECT_EQ(values("winrm-example").at("State"), "Running");
  } else {
    EXPECT_EQ(invoke("winrm-example", "PauseService"), cannot_accept);
  }
  EXPECT_EQ(invoke("winrm-example", "ResumeService"), running);
  EXPECT_EQ(invoke("winrm-idle", "PauseService"), not_active);
}

TEST_F(LiveServices, D2_CreateChangeAndDelete) {
  EXPECT_EQ(create(new_service("winrm-made", "/bin/sleep 300")), success);
  EXPECT_EQ(create(new_service("winrm-made", "/bin/sleep 300")), exists);
  EXPECT_THAT(values("winrm-made"), IsSupersetOf(Values{{"DisplayName", "A test's own"},
                                                        {"StartMode", "Auto"},
                                                        {"StartName", "LocalSystem"},
                                                        {"PathName", "/bin/sleep 300"},
                                                        {"State", "Stopped"}}));
  EXPECT_EQ(output_of("systemctl is-enabled winrm-made"), "enabled");
  EXPECT_EQ(invoke("winrm-made", "StartService"), success);
  EXPECT_EQ(output_of("ps -o args= -p " + show("winrm-made", "MainPID")), "/bin/sleep 300");

  EXPECT_EQ(invoke("winrm-made", "Change",
                   with("StartName", std::string("daemon"), with("PathName", std::string("/bin/sleep 400")))),
            success);
  EXPECT_EQ(invoke("winrm-made", "RestartService"), success);
  EXPECT_EQ(output_of("ps -o user=,args= -p " + show("winrm-made", "MainPID") + " | tr -s ' '"),
            "daemon /bin/sleep 400");

  EXPECT_EQ(invoke("winrm-made", "ChangeStartMode", with("StartMode", std::string("Disabled"))),
            cannot_accept)
      << "systemd masks no unit of the administrator's own";
  EXPECT_EQ(values("winrm-made").at("StartMode"), "Auto") << "a change that fails changes nothing";
  auto disabled = new_service("winrm-unmade", "/bin/sleep 300");
  disabled.put("StartMode", std::string("Disabled"));
  EXPECT_EQ(create(disabled), not_supported);
  EXPECT_TRUE(values("winrm-unmade").empty());

  EXPECT_EQ(invoke("winrm-made", "Change", with("DisplayName", std::string("Sleeps"))), success);
  EXPECT_THAT(values("winrm-made"),
              IsSupersetOf(
                  Values{{"DisplayName", "Sleeps"}, {"StartName", "daemon"}, {"PathName", "/bin/sleep 400"}}))
      << "what was changed before stays";

  EXPECT_EQ(invoke("winrm-made", "ChangeStartMode", with("StartMode", std::string("Manual"))), success);
  EXPECT_EQ(values("winrm-made").at("StartMode"), "Manual");
  EXPECT_EQ(invoke("winrm-made", "StopService"), success);
  EXPECT_EQ(invoke("winrm-made", "Delete"), success);
  EXPECT_TRUE(values("winrm-made").empty());
  EXPECT_EQ(output_of("ls -d /etc/systemd/system/winrm-made* 2>/dev/null | wc -l"), "0");
}

TEST_F(LiveServices, D2_StartModes) {
  auto const unit = std::string("systemd-pstore");  // of a package, and startable by nobody's mistake
  EXPECT_EQ(invoke(unit, "ChangeStartMode", with("StartMode", std::string("Disabled"))), success);
  EXPECT_EQ(values(unit).at("StartMode"), "Disabled");
  EXPECT_EQ(invoke(unit, "StartService"), disabled);
  EXPECT_EQ(invoke(unit, "ChangeStartMode", with("StartMode", std::string("Automatic"))), success);
  EXPECT_EQ(values(unit).at("StartMode"), "Auto");
  EXPECT_EQ(invoke(unit, "ChangeStartMode", with("StartMode", std::string("Boot"))), invalid);
  EXPECT_EQ(invoke(unit, "Delete"), not_supported) << "it belongs to a package";
}

TEST_F(LiveServices, WrongArguments) {
  EXPECT_EQ(create(new_service("no spaces", "/bin/sleep 1")), invalid_name);
  EXPECT_EQ(create(new_service("../evil", "/bin/sleep 1")), invalid_name);
  EXPECT_EQ(create(new_service("winrm-made", "sleep 1")), not_found);
  EXPECT_EQ(create(new_service("winrm-made", "/no/such/program")), not_found);
  EXPECT_EQ(create(new_service("winrm-made", "/bin/sleep 1\nUser=root")), invalid);
  EXPECT_EQ(
      create(with("StartName", std::string("no-such-account"), new_service("winrm-made", "/bin/sleep 1"))),
      bad_account);
  EXPECT_EQ(create(with("ServiceType", std::uint8_t{32}, new_service("winrm-made", "/bin/sleep 1"))),
            invalid);
  EXPECT_EQ(create(with("Name", std::string("winrm-made"))), invalid);
  EXPECT_EQ(invoke("winrm-example", "Change", with("PathName", std::string("/no/such/program"))), not_found);
  EXPECT_EQ(invoke("winrm-example", "Change", with("StartMode", std::string("Sometimes"))), invalid);
  EXPECT_EQ(invoke("winrm-example", "Change", with("StartName", std::string("no-such-account"))),
            bad_account);
  EXPECT_EQ(show("winrm-example", "Description"), "Runs");
  EXPECT_EQ(invoke("winrm-example", "UserControlService", with("ControlCode", std::uint8_t{200})),
            not_supported);
  EXPECT_EQ(invoke("winrm-example", "UserControlService", with("ControlCode", std::uint8_t{1})),
            invalid_control);
}

TEST_F(LiveServices, D2_AnotherAccountIsDenied) {
  invoke("winrm-example", "StartService");
  for (auto const* method : {"StopService", "RestartService"}) {
    EXPECT_EQ(as_nobody([&] { return invoke("winrm-example", method); }), access_denied) << method;
  }
  if (values("winrm-example").at("AcceptPause") == "true") {
    EXPECT_EQ(as_nobody([&] { return invoke("winrm-example", "PauseService"); }), access_denied);
    EXPECT_EQ(invoke("winrm-example", "PauseService"), success);
    EXPECT_EQ(as_nobody([&] { return invoke("winrm-example", "ResumeService"); }), access_denied);
    EXPECT_EQ(invoke("winrm-example", "ResumeService"), success);
  }
  EXPECT_EQ(as_nobody([&] { return invoke("winrm-idle", "StartService"); }), access_denied);
  EXPECT_EQ(
      as_nobody([&] { return invoke("winrm-example", "Change", with("DisplayName", std::string("Mine"))); }),
      access_denied);
  EXPECT_EQ(as_nobody([&] { return invoke("winrm-example", "Delete"); }), access_denied);
  EXPECT_EQ(as_nobody([&] {
              return invoke("winrm-example", "ChangeStartMode", with("StartMode", std::string("Manual")));
            }),
            access_denied);
  EXPECT_EQ(as_nobody([&] { return create(new_service("winrm-evil", "/bin/sleep 1")); }), access_denied);
  EXPECT_EQ(show("winrm-example", "ActiveState"), "active");
  EXPECT_EQ(show("winrm-example", "Description"), "Runs");
}

TEST_F(LiveServices, D2_AnotherAccountMayAskForTheState) {
  invoke("winrm-example", "StartService");
  EXPECT_EQ(as_nobody([&] { return invoke("winrm-example", "InterrogateService"); }), success);
  EXPECT_EQ(as_nobody([&] {
              return invoke("winrm-example", "UserControlService", with("ControlCode", std::uint8_t{200}));
            }),
            not_supported);
}

TEST_F(LiveServices, B7_DependenciesAgreeWithSystemctl) {
  std::map<std::string, std::string> types;
  for (auto const& link : all_instances(*registry_.find("root/cimv2", "Win32_DependentService"), *host_)) {
    if (link.at("Dependent") == "Win32_Service.Name=\"winrm-dependent\"") {
      types[link.at("Antecedent")] = link.at("TypeOfDependency");
    }
  }
  EXPECT_THAT(types, testing::UnorderedElementsAre(Pair("Win32_Service.Name=\"winrm-example\"", "3"),
                                                   Pair("Win32_Service.Name=\"winrm-idle\"", "1"),
                                                   Pair("Win32_Service.Name=\"winrm-broken\"", "4")));
  EXPECT_THAT(output_of("systemctl show -P Requires winrm-dependent.service"),
              testing::HasSubstr("winrm-example"));
}

TEST_F(LiveServices, D2_LinuxFactsAgreeWithSystemctl) {
  auto const found = test::instance(*registry_.find("root/cimv2", "Linux_Service"), *host_, "winrm-example");
  for (auto const& [ours, theirs] : std::map<std::string, std::string>{{"ActiveState", "ActiveState"},
                                                                       {"ControlGroup", "ControlGroup"},
                                                                       {"Slice", "Slice"},
                                                                       {"SubState", "SubState"},
                                                                       {"UnitFile", "FragmentPath"},
                                                                       {"UnitFileState", "UnitFileState"},
                                                                       {"UnitType", "Type"}}) {
    EXPECT_THAT(found, Contains(Pair(ours, show("winrm-example", theirs))));
  }
  EXPECT_THAT(found, Contains(Pair("DisplayName", "Runs")));
  // A machine whose control groups do not count tasks knows no number.
  auto const tasks = show("winrm-example", "TasksCurrent");
  EXPECT_EQ(found.contains("TasksCurrent") ? found.at("TasksCurrent") : "[not set]", tasks);
}

TEST_F(LiveServices, LoadOrderGroupsAreTheTargets) {
  std::set<std::string> ours;
  for (auto const& group : all_instances(*registry_.find("root/cimv2", "Win32_LoadOrderGroup"), *host_)) {
    ours.insert(group.at("Name") + ".target");
  }
  std::istringstream theirs(output_of(
      "systemctl list-units --type=target --all --plain --no-legend | awk '$2 != \"not-found\" {print $1}'"));
  for (std::string name; theirs >> name;) EXPECT_TRUE(ours.contains(name)) << name;
  std::set<std::string> members;
  for (auto const& link :
       all_instances(*registry_.find("root/cimv2", "Win32_LoadOrderGroupServiceMembers"), *host_)) {
    if (link.at("GroupComponent") == "Win32_LoadOrderGroup.Name=\"basic\"")
      members.insert(link.at("PartComponent"));
  }
  EXPECT_TRUE(members.contains("Win32_Service.Name=\"winrm-example\""));
}

class RecordedServices : public testing::Test {
 protected:
  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_Service");
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedServices, WithoutSystemdNothingIsChanged) {
  EXPECT_EQ(test::invoke(cls_, host_, "ssh", "StopService").return_value, not_supported);
  EXPECT_EQ(test::invoke(cls_, host_, "ssh", "StartService").return_value, running);
  EXPECT_EQ(test::invoke(cls_, host_, "ssh", "ChangeStartMode", with("StartMode", std::string("Manual")))
                .return_value,
            not_supported);
}

TEST_F(RecordedServices, B7_TheStrongestDependencyCounts) {
  auto const links = all_instances(*registry_.find("root/cimv2", "Win32_DependentService"), host_);
  std::map<std::string, std::string> types;
  for (auto const& link : links) types[link.at("Antecedent")] = link.at("TypeOfDependency");
  EXPECT_THAT(types, testing::UnorderedElementsAre(Pair("Win32_Service.Name=\"cron\"", "3"),
                                                   Pair("Win32_Service.Name=\"auditd\"", "1"),
                                                   Pair("Win32_Service.Name=\"telnet\"", "4")));
}

TEST_F(RecordedServices, TargetsGroupServices) {
  EXPECT_THAT(all_instances(*registry_.find("root/cimv2", "Win32_LoadOrderGroupServiceMembers"), host_),
              testing::ElementsAre(Values{{"GroupComponent", "Win32_LoadOrderGroup.Name=\"multi-user\""},
                                          {"PartComponent", "Win32_Service.Name=\"ssh\""}}));
  EXPECT_THAT(all_instances(*registry_.find("root/cimv2", "Win32_LoadOrderGroupServiceDependencies"), host_),
              testing::ElementsAre(Values{{"Antecedent", "Win32_LoadOrderGroup.Name=\"network\""},
                                          {"Dependent", "Win32_Service.Name=\"ssh\""}}));
}

TEST_F(RecordedServices, AValueThatWouldTakeTheNextLineInIsRefused) {
  host_.written["/bin/sleep"] = "";
  auto const create = [&](std::string const& command, std::string const& name) {
    auto in = new_service("made", command);
    in.put("DisplayName", name);
    in.put("StartName", std::string("LocalSystem"));
    return test::invoke_static(cls_, host_, "Create", in).return_value;
  };
  EXPECT_EQ(create("/bin/sleep 300 \\", "Sleeps"), invalid) << "User= would be an argument";
  EXPECT_EQ(create("/bin/sleep 300", "Sleeps\\\\\\"), invalid);
  EXPECT_EQ(create("/bin/sleep 300 \\\\", "\\\\"), not_supported) << "an escaped one is a backslash";
}

}  // namespace
}  // namespace winrm::providers
