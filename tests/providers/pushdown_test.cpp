#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cim/wql/condition.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"
#include "system/services.hpp"

/// What a condition saves: providers look at the instances it is about and at no others.
namespace winrm::providers {
namespace {

using test::all_instances;
using test::Values;
using testing::AllOf;
using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

/// Counts the services that are looked at more closely.
class CountingServices final : public system::ServiceManager {
 public:
  CountingServices(std::unique_ptr<system::ServiceManager> services, int& details, int& dependencies)
      : services_(std::move(services)), details_(details), dependencies_(dependencies) {}

  std::vector<system::Service> list() const override { return services_->list(); }
  std::optional<system::Service> find(std::string const& name) const override {
    return services_->find(name);
  }
  void detail(system::Service& service) const override {
    ++details_;
    services_->detail(service);
  }
  std::vector<system::UnitDependency> dependencies(system::Service const& service) const override {
    ++dependencies_;
    return services_->dependencies(service);
  }
  std::vector<system::Target> targets() const override { return services_->targets(); }
  std::vector<std::string> members(system::Target const& target) const override {
    return services_->members(target);
  }
  system::ServiceControl const& control() const override { return services_->control(); }

 private:
  std::unique_ptr<system::ServiceManager> services_;
  int& details_;
  int& dependencies_;
};

class Pushdown : public testing::Test {
 protected:
  Pushdown() {
    host_.manage_services_with(
        std::make_unique<CountingServices>(system::make_file_services(host_), details_, dependencies_));
  }

  /// What the provider gives for a query with this condition, before the condition is applied.
  std::vector<Values> given(std::string const& class_name, std::string const& where,
                            std::string const& ns = "root/cimv2") {
    auto const& cls = *registry_.find(ns, class_name);
    auto const statement = cim::wql::parse_statement("SELECT * FROM " + class_name + " WHERE " + where);
    auto const& select = std::get<cim::wql::Select>(statement.value());
    auto const condition = cim::wql::Condition::bind(*select.where, cls, &registry_).value();
    cim::Query query;
    condition.push_down(query);
    return all_instances(cls, host_, query);
  }

  [[nodiscard]] std::vector<std::string> opened_since(std::size_t before) const {
    auto const& opened = host_.opened();
    return {opened.begin() + static_cast<std::ptrdiff_t>(before), opened.end()};
  }

  int details_ = 0;
  int dependencies_ = 0;
  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(Pushdown, B1_B5_AServiceIsFoundByItsNameInAnyCase) {
  for (auto const* where : {"Name='ssh'", "Name = 'SSH' AND State='Running'"}) {
    details_ = 0;
    auto const found = given("Win32_Service", where);
    ASSERT_THAT(found, SizeIs(1)) << where;
    EXPECT_EQ(found.front().at("Name"), "ssh");
    EXPECT_EQ(details_, 1) << where;
  }
  EXPECT_THAT(given("Win32_Service", "NOT Name='ssh'"), Not(SizeIs(1)));
}

TEST_F(Pushdown, M2_AKeyFindsAServiceInAnyCase) {
  auto const found = test::instance(*registry_.find("root/cimv2", "Win32_Service"), host_, "SSH");
  ASSERT_TRUE(found.contains("Name"));
  EXPECT_EQ(found.at("Name"), "ssh");
  EXPECT_EQ(details_, 1);
}

TEST_F(Pushdown, B1_AnAccountIsFoundByItsName) {
  auto const found = given("Win32_UserAccount", "Name='alice' AND Disabled=FALSE");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().at("Name"), "alice");
  EXPECT_THAT(given("Win32_UserAccount", "Name='ALICE'"), SizeIs(0))
      << "Linux tells the names of accounts apart";
}

TEST_F(Pushdown, B1_B6_EventsAreReadFromOneLogAndBackToATime) {
  EXPECT_THAT(given("Win32_NTLogEvent", "Logfile='security'"), SizeIs(2));
  EXPECT_THAT(given("Win32_NTLogEvent", "TimeGenerated >= '20270101000000.000000+000'"), SizeIs(0));
  EXPECT_THAT(given("Win32_NTLogEvent", "TimeWritten > '2027-01-01T00:00:00Z'"), SizeIs(0));
  EXPECT_THAT(given("Win32_NTLogEvent", "TimeGenerated >= '20260102000000.000000+000'"), SizeIs(5));
  EXPECT_THAT(given("Win32_NTLogEvent", "TimeGenerated <= '20250101000000.000000+000'"), SizeIs(5))
      << "no upper bound is told to the provider";
}

TEST_F(Pushdown, B1_CountersOfOneProcessAreReadFromIt) {
  for (auto const* name :
       {"Win32_PerfRawData_PerfProc_Process", "Win32_PerfFormattedData_PerfProc_Process"}) {
    auto const before = host_.opened().size();
    auto const found = given(name, "Name='sshd'");
    ASSERT_THAT(found, SizeIs(1)) << name;
    EXPECT_EQ(found.front().at("Name"), "sshd");
    EXPECT_THAT(opened_since(before), AllOf(Contains("/proc/510/status"), Not(Contains("/proc/620/status"))))
        << name;
    EXPECT_THAT(given(name, "Name='_Total'"), Contains(Contains(testing::Pair("Name", "_Total")))) << name;
  }
}

TEST_F(Pushdown, B7_AssociationsOfOneProcess) {
  auto const found = given("Win32_SystemProcesses", "PartComponent='Win32_Process.Handle=\"620\"'");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().at("PartComponent"), "Win32_Process.Handle=\"620\"");
  EXPECT_THAT(given("Win32_SystemProcesses", "PartComponent='CIM_Process.Handle=\"620\"'"), SizeIs(1));
}

TEST_F(Pushdown, B7_AssociationsOfOneService) {
  EXPECT_THAT(given("Win32_SystemServices", "PartComponent='Win32_Service.Name=\"SSH\"'"), SizeIs(1));
  static_cast<void>(given("Win32_DependentService", "Dependent='Win32_Service.Name=\"postgresql\"'"));
  EXPECT_EQ(dependencies_, 1);
  dependencies_ = 0;
  static_cast<void>(
      given("Win32_LoadOrderGroupServiceDependencies", "Dependent='Win32_Service.Name=\"ssh\"'"));
  EXPECT_EQ(dependencies_, 1);
}

TEST_F(Pushdown, B7_MembersOfOneGroup) {
  auto const found = given("Win32_GroupUser", "GroupComponent='Win32_Group.Domain=\"db1\",Name=\"sudo\"'");
  ASSERT_FALSE(found.empty());
  for (auto const& row : found) {
    EXPECT_EQ(row.at("GroupComponent"), "Win32_Group.Domain=\"db1\",Name=\"sudo\"");
  }
}

TEST_F(Pushdown, B1_AConnectionIsFoundWithoutLookingAtDescriptors) {
  auto const& cls = *registry_.find("root/standardcimv2", "MSFT_NetTCPConnection");
  auto const all = all_instances(cls, host_);
  ASSERT_GT(all.size(), 1U);
  auto const id = all.front().at("InstanceID");
  auto const before = host_.opened().size();
  EXPECT_EQ(test::instance(cls, host_, id, cls.key_set()).at("InstanceID"), id);
  EXPECT_THAT(opened_since(before), Not(Contains("/proc/1/fd")));
  EXPECT_THAT(given("MSFT_NetTCPConnection", "InstanceID='" + id + "'", "root/standardcimv2"), SizeIs(1));
}

TEST_F(Pushdown, M4_WhatLinuxKnowsMoreOfIsAskedForByName) {
  host_.written["/proc/cmdline"] = "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro\n";
  host_.written["/proc/loadavg"] = "0.42 0.20 0.10 1/345 999\n";
  host_.written["/sys/module/apparmor/parameters/enabled"] = "Y\n";
  EXPECT_THAT(all_instances(*registry_.find("root/cimv2", "Linux_OperatingSystem"), host_).at(0),
              IsSupersetOf(Values{{"CSName", "db1"},
                                  {"LoadAverage1", "0.42"},
                                  {"LoadAverage15", "0.1"},
                                  {"KernelCommandLine", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro"},
                                  {"AppArmorEnabled", "true"}}));
  auto const& services = *registry_.find("root/cimv2", "Linux_Service");
  EXPECT_THAT(test::instance(services, host_, "ssh"),
              IsSupersetOf(Values{{"Name", "ssh"},
                                  {"UnitFile", "/usr/lib/systemd/system/ssh.service"},
                                  {"UnitFileState", "enabled"}}));
  host_.written["/proc/620/oom_score"] = "668\n";
  host_.written["/proc/620/attr/current"] = std::string("system_u:system_r:postgresql_t:s0\0", 34);
  auto const& processes = *registry_.find("root/cimv2", "Linux_Process");
  EXPECT_FALSE(test::instance(processes, host_, "620").contains("SELinuxLabel")) << "it is another module's";
  host_.written["/sys/fs/selinux/enforce"] = "1";
  EXPECT_THAT(test::instance(processes, host_, "620"),
              IsSupersetOf(Values{{"Name", "postgres"},
                                  {"ControlGroup", "/user.slice/user-1000.slice/session-1.scope"},
                                  {"OomScore", "668"},
                                  {"Nice", "-5"},
                                  {"SELinuxLabel", "system_u:system_r:postgresql_t:s0"}}));
  EXPECT_EQ(all_instances(processes, host_).size(),
            all_instances(*registry_.find("root/cimv2", "Win32_Process"), host_).size());
}

}  // namespace
}  // namespace winrm::providers
