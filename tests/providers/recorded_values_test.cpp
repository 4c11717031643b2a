#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"
#include "system/service_control.hpp"

/// Values over a recorded machine, where every one is known.
namespace winrm::providers {
namespace {

using test::Values;
using testing::IsSupersetOf;
using testing::Pair;

class RecordedValues : public testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  Values only(std::string const& name) { return test::all_instances(cls(name), host_).at(0); }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedValues, D1_OperatingSystem) {
  EXPECT_THAT(only("Win32_OperatingSystem"),
              IsSupersetOf(Values{{"Caption", "Debian GNU/Linux 12 (bookworm)"},
                                  {"Version", "12"},
                                  {"BuildNumber", "6.1.0-21-amd64"},
                                  {"OSArchitecture", "x86_64"},
                                  {"CSName", "db1"},
                                  {"Description", "Accounts database"},
                                  {"SerialNumber", "0123456789abcdef0123456789abcdef"},
                                  {"CodeSet", "UTF-8"},
                                  {"SystemDevice", "/dev/sda1"},
                                  {"BootDevice", "/dev/sdc1"},
                                  {"OSType", "36"},
                                  {"NumberOfProcesses", "5"},
                                  {"MaxNumberOfProcesses", "4194304"},
                                  {"NumberOfUsers", "2"},
                                  {"TotalVisibleMemorySize", "8000000"},
                                  {"FreePhysicalMemory", "6000000"},
                                  {"TotalVirtualMemorySize", "10000000"},
                                  {"FreeVirtualMemory", "7500000"},
                                  {"SizeStoredInPagingFiles", "2000000"},
                                  {"FreeSpaceInPagingFiles", "1500000"},
                                  {"CurrentTimeZone", "60"},
                                  {"LocalDateTime", "2026-01-02T04:00:00+01:00"},
                                  {"LastBootUpTime", "2026-01-02T01:00:00+01:00"},
                                  {"InstallDate", "2023-11-14T23:13:20+01:00"},
                                  {"DataExecutionPrevention_Available", "true"}}));
}

TEST_F(RecordedValues, D1_ComputerSystem) {
  auto const values = only("Win32_ComputerSystem");
  EXPECT_THAT(values, IsSupersetOf(Values{{"Name", "db1"},
                                          {"Domain", "example.test"},
                                          {"Manufacturer", "QEMU"},
                                          {"Model", "Standard PC (Q35 + ICH9, 2009)"},
                                          {"SystemSKUNumber", "SKU-7"},
                                          {"SystemType", "x64-based PC"},
                                          {"PCSystemType", "4"},
                                          {"NumberOfProcessors", "2"},
                                          {"NumberOfLogicalProcessors", "4"},
                                          {"HypervisorPresent", "true"},
                                          {"TotalPhysicalMemory", "8192000000"},
                                          {"UserName", "alice"},
                                          {"DaylightInEffect", "false"}}));
  EXPECT_FALSE(values.contains("SystemFamily")) << "an empty DMI field is no value";
  EXPECT_FALSE(values.contains("PartOfDomain")) << "nothing was asked that could tell";
}

TEST_F(RecordedValues, D1_Process) {
  EXPECT_THAT(
      test::instance(cls("Win32_Process"), host_, "620"),
      IsSupersetOf(Values{{"Name", "postgres"},
                          {"ProcessId", "620"},
                          {"ParentProcessId", "1"},
                          {"ExecutablePath", "/usr/lib/postgresql/15/bin/postgres"},
                          {"CommandLine", "/usr/lib/postgresql/15/bin/postgres -D '/var/lib/my data'"},
                          {"CreationDate", "2026-01-02T01:02:00.5+01:00"},
                          {"UserModeTime", "25000000"},
                          {"KernelModeTime", "12500000"},
                          {"WorkingSetSize", "29360128"},
                          {"PeakWorkingSetSize", "30000"},
                          {"VirtualSize", "229376000"},
                          {"PeakVirtualSize", "235520000"},
                          {"PageFileUsage", "4100"},
                          {"PageFaults", "4"},  // the counter of 32 bits begins anew
                          {"HandleCount", "7"},
                          {"ThreadCount", "3"},
                          {"Priority", "10"},
                          {"SessionId", "3"},
                          {"ReadOperationCount", "10"},
                          {"WriteTransferCount", "2000"},
                          {"ExecutionState", "4"},
                          {"CSName", "db1"},
                          {"OSName", "Debian GNU/Linux 12 (bookworm)"},
                          {"WindowsVersion", "6.1.0-21-amd64"}}));
}

TEST_F(RecordedValues, D1_Thread) {
  auto const threads = test::all_instances(cls("Win32_Thread"), host_);
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_THAT(threads.at(1), IsSupersetOf(Values{{"Handle", "621"},
                                                 {"ProcessHandle", "620"},
                                                 {"Name", "postgres: logger"},
                                                 {"ThreadState", "2"},
                                                 {"ExecutionState", "3"},
                                                 {"Priority", "6"},
                                                 {"UserModeTime", "300"},
                                                 {"KernelModeTime", "200"},
                                                 {"ElapsedTime", "10679000"},
                                                 {"OSName", "Debian GNU/Linux 12 (bookworm)"}}));
}

TEST_F(RecordedValues, WhatAProcessDoesNotTellIsNull) {
  auto const thread = test::instance(cls("Win32_Process"), host_, "2");
  for (auto const* name : {"CommandLine", "ExecutablePath", "PeakWorkingSetSize", "ReadOperationCount",
                           "HandleCount", "SessionId"}) {
    EXPECT_FALSE(thread.contains(name)) << name;
  }
}

TEST_F(RecordedValues, M2_GetOfOneProcessOpensOneEntryOfProc) {
  ASSERT_FALSE(test::instance(cls("Win32_Process"), host_, "620").empty());
  for (auto const& path : host_.opened()) {
    if (!path.starts_with("/proc/")) continue;
    EXPECT_TRUE(path.starts_with("/proc/620/") || path == "/proc/stat") << path;
  }
}

TEST_F(RecordedValues, AProjectedGetReadsOneFile) {
  auto const& process = cls("Win32_Process");
  cim::PropertySet name;
  name.add(process.find("Name")->index);
  ASSERT_FALSE(test::instance(process, host_, "620", name).empty());
  EXPECT_THAT(host_.opened(), testing::ElementsAre("/proc/620/stat"));
}

TEST_F(RecordedValues, AQueryForOneProcessIdReadsThatProcess) {
  auto const& process = cls("Win32_Process");
  cim::Query query{cim::PropertySet()};
  query.require(process.find("ProcessId")->index, cim::Value(std::uint64_t{620}));
  EXPECT_EQ(test::all_instances(process, host_, query).size(), 1U);
  EXPECT_THAT(host_.opened(), testing::ElementsAre("/proc/620/stat"));
}

TEST_F(RecordedValues, D6_LogicalDisks) {
  auto const& disk = cls("Win32_LogicalDisk");
  EXPECT_THAT(test::instance(disk, host_, "/"), IsSupersetOf(Values{{"DriveType", "3"},
                                                                    {"Description", "Local Disk"},
                                                                    {"FileSystem", "ext4"},
                                                                    {"Size", "100000000000"},
                                                                    {"FreeSpace", "40000000000"},
                                                                    {"BlockSize", "4096"},
                                                                    {"NumberOfBlocks", "24414062"},
                                                                    {"MediaType", "12"},
                                                                    {"Access", "3"}}));
  EXPECT_THAT(test::instance(disk, host_, "/mnt/files"),
              IsSupersetOf(Values{{"DriveType", "4"}, {"ProviderName", "nas.example.test:/files"}}));
  EXPECT_THAT(test::instance(disk, host_, "/media/cdrom"),
              IsSupersetOf(Values{{"DriveType", "5"}, {"Access", "1"}, {"MediaType", "11"}}));
  EXPECT_THAT(test::instance(disk, host_, "/boot"), testing::Contains(Pair("DriveType", "2")));
  EXPECT_THAT(test::instance(disk, host_, "/run"), testing::Contains(Pair("DriveType", "6")));
  EXPECT_THAT(test::instance(disk, host_, "/srv/my data"), testing::Contains(Pair("VolumeName", "my data")));
}

TEST_F(RecordedValues, D6_ADiskThatDoesNotAnswerHasNoSize) {
  auto const remote = test::instance(cls("Win32_LogicalDisk"), host_, "/mnt/remote");
  EXPECT_FALSE(remote.contains("Size"));
  EXPECT_FALSE(remote.contains("FreeSpace"));
  EXPECT_THAT(host_.usage_asked(), testing::ElementsAre(Pair("/mnt/remote", true)))
      << "only the disk that is asked for, and with a time limit";
}

TEST_F(RecordedValues, D6_SizesAreNotAskedWhenNobodyWantsThem) {
  auto const& disk = cls("Win32_LogicalDisk");
  EXPECT_FALSE(test::all_instances(disk, host_, cim::Query(disk.key_set())).empty());
  EXPECT_TRUE(host_.usage_asked().empty());
}

TEST_F(RecordedValues, ServicesFromFilesSayWhatIsKnown) {
  auto const& service = cls("Win32_Service");
  EXPECT_THAT(test::instance(service, host_, "ssh"),
              IsSupersetOf(Values{{"State", "Running"},
                                  {"Started", "true"},
                                  {"StartMode", "Auto"},
                                  {"ProcessId", "510"},
                                  {"StartName", "LocalSystem"},
                                  {"DisplayName", "OpenBSD Secure Shell server"},
                                  {"ServiceType", "Own Process"},
                                  {"Status", "OK"},
                                  {"SystemName", "db1"}}));
  EXPECT_THAT(test::instance(service, host_, "telnet"), testing::Contains(Pair("StartMode", "Disabled")));
  auto const one_shot = test::instance(service, host_, "postgresql");
  for (auto const* name : {"State", "Started", "ProcessId", "Status", "ExitCode"}) {
    EXPECT_FALSE(one_shot.contains(name)) << name;
  }
}

/// A manager in systemd's words.
class Systemd final : public system::ServiceManager {
 public:
  explicit Systemd(std::string active_state, std::string file_state)
      : active_state_(std::move(active_state)), file_state_(std::move(file_state)) {}
  std::vector<system::Service> list() const override { return {*find("unit")}; }
  std::optional<system::Service> find(std::string const& name) const override {
    system::Service service;
    service.name = name;
    service.active_state = active_state_;
    service.unit_file_state = file_state_;
    return service;
  }
  void detail(system::Service& service) const override { service.exit_status = 3; }
  std::vector<system::UnitDependency> dependencies(system::Service const&) const override { return {}; }
  std::vector<system::Target> targets() const override { return {}; }
  std::vector<std::string> members(system::Target const&) const override { return {}; }
  system::ServiceControl const& control() const override { return *control_; }

 private:
  std::string active_state_;
  std::string file_state_;
  std::unique_ptr<system::ServiceControl> control_ = system::make_no_service_control();
};

TEST_F(RecordedValues, SystemdStatesHaveWindowsNames) {
  struct Case {
    std::string active, state, file, mode;
  };
  for (auto const& [active, state, file, mode] :
       std::vector<Case>{{"active", "Running", "enabled", "Auto"},
                         {"reloading", "Running", "enabled-runtime", "Auto"},
                         {"activating", "Start Pending", "static", "Manual"},
                         {"deactivating", "Stop Pending", "disabled", "Manual"},
                         {"inactive", "Stopped", "masked", "Disabled"},
                         {"failed", "Stopped", "indirect", "Manual"}}) {
    host_.manage_services_with(std::make_unique<Systemd>(active, file));
    auto const values = test::instance(cls("Win32_Service"), host_, "unit");
    EXPECT_THAT(values, IsSupersetOf(Values{{"State", state}, {"StartMode", mode}, {"ExitCode", "3"}}));
    EXPECT_EQ(values.at("Status"), active == "failed" ? "Error" : "OK");
  }
}

}  // namespace
}  // namespace winrm::providers
