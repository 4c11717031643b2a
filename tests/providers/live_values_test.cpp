#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "providers/providers.hpp"
#include "providers/support.hpp"

/// Values of this machine, compared with the tools that administrators trust.
namespace winrm::providers {
namespace {

using test::all_instances;
using test::output_of;
using test::Values;

class LiveValues : public testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  Values only(std::string const& name) { return all_instances(cls(name), *host_).at(0); }

  cim::Registry registry_ = make_registry();
  std::unique_ptr<system::Host> host_ = system::make_host();
};

std::vector<std::vector<std::string>> table(std::string const& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return rows;
}

TEST_F(LiveValues, D1_OperatingSystemAgreesWithOsReleaseAndUname) {
  auto const os = only("Win32_OperatingSystem");
  EXPECT_EQ(os.at("Caption"), output_of(". /etc/os-release; echo \"$PRETTY_NAME\""));
  EXPECT_EQ(os.at("Version"), output_of(". /etc/os-release; echo \"$VERSION_ID\""));
  EXPECT_EQ(os.at("BuildNumber"), output_of("uname -r"));
  EXPECT_EQ(os.at("BuildType"), output_of("uname -v"));
  EXPECT_EQ(os.at("OSArchitecture"), output_of("uname -m"));
  EXPECT_EQ(os.at("CSName"), output_of("uname -n | cut -d. -f1"));
  EXPECT_EQ(os.at("TotalVisibleMemorySize"), output_of("free -k | awk '/^Mem/ {print $2}'"));
  EXPECT_EQ(os.at("SizeStoredInPagingFiles"), output_of("free -k | awk '/^Swap/ {print $2}'"));
}

TEST_F(LiveValues, D1_FreeMemoryIsWhatFreeCallsAvailable) {
  auto const ours = std::stoll(only("Win32_OperatingSystem").at("FreePhysicalMemory"));
  auto const theirs = std::stoll(output_of("free -k | awk '/^Mem/ {print $7}'"));
  EXPECT_NEAR(static_cast<double>(ours), static_cast<double>(theirs),
              0.1 * static_cast<double>(theirs) + 65536);
}

TEST_F(LiveValues, D1_ComputerSystemAgreesWithNproc) {
  auto const computer = only("Win32_ComputerSystem");
  EXPECT_EQ(computer.at("NumberOfLogicalProcessors"), output_of("getconf _NPROCESSORS_ONLN"));
  EXPECT_EQ(std::stoull(computer.at("TotalPhysicalMemory")) / 1024,
            std::stoull(output_of("free -k | awk '/^Mem/ {print $2}'")));
}

TEST_F(LiveValues, D1_ProcessesAgreeWithPs) {
  std::map<std::string, Values> ours;
  for (auto& process : all_instances(cls("Win32_Process"), *host_))
    ours[process.at("Handle")] = std::move(process);
  std::size_t compared = 0;
  std::size_t missing = 0;
  for (auto const& words : table(output_of("ps -eo pid=,ppid=,nlwp=,vsz=,comm="))) {
    auto const found = ours.find(words.at(0));
    if (found == ours.end()) {
      ++missing;  // started since, ps itself among them
      continue;
    }
    auto const& process = found->second;
    if (process.at("ParentProcessId") != words.at(1) || words.size() > 5) continue;
    if (process.at("Name").starts_with("kworker/")) continue;  // named after what it works on at the moment
    ++compared;
    EXPECT_EQ(process.at("Name"), words.at(4).substr(0, words.at(4).find(" <defunct>")));
  }
  // A container has few.
  EXPECT_GE(compared, 2U) << "this process and its parent";
  EXPECT_LT(missing, 20U);
}

TEST_F(LiveValues, D1_ThisProcessAgreesWithPsInEveryField) {
  auto const pid = std::to_string(::getpid());
  auto const ours = test::instance(cls("Win32_Process"), *host_, pid);
  auto const ps = [&](std::string const& field) {
    return output_of("ps -o " + field + "= -p " + pid + " | xargs");
  };
  EXPECT_EQ(ours.at("ParentProcessId"), ps("ppid"));
  EXPECT_EQ(ours.at("Name"), ps("comm"));
  EXPECT_EQ(ours.at("ThreadCount"), ps("nlwp"));
  EXPECT_NEAR(std::stod(ours.at("VirtualSize")) / 1024, std::stod(ps("vsz")), 4096);
  EXPECT_NEAR(std::stod(ours.at("WorkingSetSize")) / 1024, std::stod(ps("rss")), 4096);
  EXPECT_EQ(ours.at("ExecutablePath"), output_of("readlink /proc/" + pid + "/exe"));
  // ps counts the start from its own reading of the clock and may be off by one second.
  auto const started = output_of("date -u -d \"$(ps -o lstart= -p " + pid + ")\" +%s");
  auto const created = output_of("date -u -d '" + ours.at("CreationDate") + "' +%s");
  EXPECT_NEAR(std::stod(created), std::stod(started), 2);
}

TEST_F(LiveValues, D1_ThreadsAgreeWithPs) {
  std::set<std::pair<std::string, std::string>> ours;
  for (auto const& thread : all_instances(cls("Win32_Thread"), *host_)) {
    ours.emplace(thread.at("ProcessHandle"), thread.at("Handle"));
  }
  std::size_t missing = 0;
  auto const theirs = table(output_of("ps -eLo pid=,lwp="));
  for (auto const& words : theirs) missing += ours.contains({words.at(0), words.at(1)}) ? 0U : 1U;
  EXPECT_GE(theirs.size() - missing, 2U) << "this process and its parent";
  EXPECT_LT(missing, 20U) << "threads that started since are missing, and no others";
}

TEST_F(LiveValues, SystemProcessesLinkEveryProcessToThisComputer) {
  auto const own = "Win32_Process.Handle=\"" + std::to_string(::getpid()) + "\"";
  std::set<std::string> processes;
  for (auto const& link : all_instances(cls("Win32_SystemProcesses"), *host_)) {
    processes.insert(link.at("PartComponent"));
    EXPECT_EQ(link.at("GroupComponent"),
              "Win32_ComputerSystem.Name=\"" + output_of("uname -n | cut -d. -f1") + "\"");
  }
  EXPECT_TRUE(processes.contains(own));
}

TEST_F(LiveValues, D6_DisksAgreeWithDf) {
  std::map<std::string, Values> ours;
  for (auto& disk : all_instances(cls("Win32_LogicalDisk"), *host_))
    ours[disk.at("DeviceID")] = std::move(disk);
  std::set<std::string> theirs;
  for (auto const& words : table(output_of("df -B1 --output=size,avail,fstype,target | tail -n +2"))) {
    if (words.size() != 4) continue;  // a mount point with a blank: the recorded machine has one
    theirs.insert(words[3]);
    auto const found = ours.find(words[3]);
    ASSERT_NE(found, ours.end()) << "df shows " << words[3];
    EXPECT_EQ(found->second.at("Size"), words[0]) << words[3];
    EXPECT_EQ(found->second.at("FileSystem"), words[2]) << words[3];
    EXPECT_NEAR(std::stod(found->second.at("FreeSpace")), std::stod(words[1]), 5e9) << words[3];
  }
  EXPECT_FALSE(theirs.empty());
  for (auto const& [point, disk] : ours) {
    if (disk.contains("Size") && disk.at("Size") != "0") {
      EXPECT_TRUE(theirs.contains(point)) << "df hides " << point;
    }
  }
}

TEST_F(LiveValues, ServicesAgreeWithSystemctl) {
  if (::access("/run/systemd/system", F_OK) != 0) {
    GTEST_SKIP() << "systemd does not run this machine: tests/live/test_systemd.py boots one";
  }
  std::map<std::string, Values> ours;
  for (auto& service : all_instances(cls("Win32_Service"), *host_))
    ours[service.at("Name")] = std::move(service);
  for (auto const& words :
       table(output_of("systemctl list-units --type=service --all --plain --no-legend --no-pager"))) {
    if (words.size() < 4 || words[1] == "not-found") continue;
    auto const name = words[0].substr(0, words[0].rfind(".service"));
    ASSERT_TRUE(ours.contains(name)) << name;
    if (words[2] == "active") {
      EXPECT_EQ(ours[name].at("State"), "Running") << name;
    }
    auto const pid = output_of("systemctl show -P MainPID " + words[0]);
    EXPECT_EQ(ours[name].at("ProcessId"), pid) << name;
  }
}

TEST_F(LiveValues, EveryInstalledServiceIsListed) {
  std::set<std::string> ours;
  for (auto const& service : all_instances(cls("Win32_Service"), *host_)) ours.insert(service.at("Name"));
  for (auto const& words :
       table(output_of("ls /etc/init.d /lib/systemd/system 2>/dev/null | grep '\\.service$' | "
                       "grep -v '@' | while read u; do test -L /lib/systemd/system/$u || echo "
                       "${u%.service}; done"))) {
    EXPECT_TRUE(ours.contains(words.at(0))) << words.at(0);
  }
}

}  // namespace
}  // namespace winrm::providers
