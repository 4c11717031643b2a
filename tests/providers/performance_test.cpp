#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/performance/counters.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

/// Performance classes over a recorded machine whose counters move while a formatted class waits, and over
/// this one against what the kernel says.
namespace winrm::providers {
namespace {

using test::all_instances;
using test::output_of;
using test::Values;
using testing::IsSupersetOf;
using testing::Pair;

class Performance : public testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  std::map<std::string, Values> by_name(std::string const& name, system::Host const& host) {
    std::map<std::string, Values> found;
    for (auto& values : all_instances(cls(name), host)) found[values.at("Name")] = std::move(values);
    return found;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
  std::unique_ptr<system::Host> live_ = system::make_host();
};

TEST_F(Performance, D1_RawProcessorCountsHundredsOfNanoseconds) {
  auto const processors = by_name("Win32_PerfRawData_PerfOS_Processor", host_);
  ASSERT_EQ(processors.size(), 3U);
  EXPECT_THAT(processors.at("0"), IsSupersetOf(Values{{"PercentUserTime", "6000000"},
                                                      {"PercentPrivilegedTime", "6000000"},
                                                      {"PercentProcessorTime", "48000000"},
                                                      {"InterruptsPersec", "600"},
                                                      {"DPCsQueuedPersec", "100"},
                                                      {"Frequency_Sys100NS", "10000000"},
                                                      {"Timestamp_Sys100NS", "134117964000000000"}}));
  EXPECT_THAT(processors.at("_Total"),
              IsSupersetOf(Values{{"PercentUserTime", "5000000"}, {"InterruptsPersec", "900"}}));
}

TEST_F(Performance, D1_FormattedProcessorIsTheChangeBetweenTwoSamples) {
  // In 200 ms processor 0 worked 5 + 3 of 20 ticks, and waited for a disk for 2.
  host_.after_pause("/proc/stat",
                    "cpu  105 0 103 1030 2 0 0 0 0 0\ncpu0 65 0 63 490 2 0 0 0 0 0\n"
                    "cpu1 40 0 40 540 0 0 0 0 0 0\nintr 940\nctxt 7100\nbtime 1767312000\n");
  auto const processors = by_name("Win32_PerfFormattedData_PerfOS_Processor", host_);
  EXPECT_THAT(processors.at("0"), IsSupersetOf(Values{{"PercentProcessorTime", "40"},
                                                      {"PercentUserTime", "25"},
                                                      {"PercentPrivilegedTime", "15"},
                                                      {"PercentIdleTime", "60"}}));
  EXPECT_THAT(processors.at("1"), testing::Contains(Pair("PercentProcessorTime", "0")));
  EXPECT_THAT(processors.at("_Total"), IsSupersetOf(Values{{"InterruptsPersec", "200"}}));
  EXPECT_FALSE(processors.at("0").contains("Timestamp_Sys100NS"));
  EXPECT_FALSE(processors.at("0").contains("DPCRate"));
}

TEST_F(Performance, NoSecondSampleIsTakenForWhatNeedsNone) {
  auto const& memory = cls("Win32_PerfFormattedData_PerfOS_Memory");
  cim::PropertySet available;
  available.add(memory.find("AvailableBytes")->index);
  auto const before = host_.now();
  EXPECT_EQ(all_instances(memory, host_, cim::Query(available)).at(0).at("AvailableBytes"), "6144000000");
  EXPECT_EQ(host_.now(), before);
  EXPECT_FALSE(all_instances(memory, host_).empty());
  EXPECT_EQ(host_.now() - before, sample_gap);
}

TEST_F(Performance, D1_ASecondQuestionIsAboutTheTimeSinceTheFirst) {
  auto const load = [&] {
    return by_name("Win32_PerfFormattedData_PerfOS_Processor", host_).at("0").at("PercentUserTime");
  };
  EXPECT_EQ(load(), "0") << "nothing moved in the first 200 ms";
  host_.pause(std::chrono::milliseconds(1800));
  host_.written["/proc/stat"] =
      "cpu  120 0 100 1180\ncpu0 80 0 60 640\ncpu1 40 0 40 540\nctxt 7000\nbtime 1767312000\n";
  auto const before = host_.now();
  EXPECT_EQ(load(), "11") << "20 of 180 ticks";
  EXPECT_EQ(host_.now(), before) << "the sample of the first question is enough";
  EXPECT_EQ(load(), "0");
  EXPECT_EQ(host_.now() - before, shortest_sample_gap) << "no time had passed";
  host_.pause(SampleMemory::longest + std::chrono::seconds(1));
  auto const later = host_.now();
  EXPECT_EQ(load(), "0");
  EXPECT_EQ(host_.now() - later, sample_gap) << "what is too old is the basis of nothing";
}

TEST(SampleMemory, ForgetsWhatIsTooOld) {
  SampleMemory const memory{};
  system::SystemTime const noon{std::chrono::seconds(43200)};
  auto sample = std::make_shared<int const>(1);
  std::weak_ptr<int const> const watched = sample;
  memory.keep("a", {noon, std::move(sample)});
  EXPECT_TRUE(memory.recall("a", noon + SampleMemory::longest));
  EXPECT_FALSE(memory.recall("a", noon - std::chrono::seconds(1))) << "the clock was set back";
  EXPECT_FALSE(memory.recall(std::nullopt, noon));
  memory.keep(std::nullopt, {noon + SampleMemory::longest + std::chrono::seconds(1), nullptr});
  EXPECT_TRUE(watched.expired());
}

TEST_F(Performance, D1_TheSampleOfOneRowIsNotThatOfAnother) {
  auto const& processors = cls("Win32_PerfFormattedData_PerfOS_Processor");
  auto const ask = [&](std::string const& name) {
    auto const before = host_.now();
    EXPECT_FALSE(test::instance(processors, host_, name).empty()) << name;
    return host_.now() - before;
  };
  EXPECT_EQ(ask("0"), sample_gap);
  EXPECT_EQ(ask("1"), sample_gap);
  host_.pause(std::chrono::seconds(1));
  EXPECT_EQ(ask("0"), std::chrono::seconds(0));
}

TEST_F(Performance, D1_Memory) {
  host_.after_pause("/proc/vmstat", "pgfault 5100\npgmajfault 101\npswpin 12\npswpout 30\n");
  EXPECT_THAT(all_instances(cls("Win32_PerfFormattedData_PerfOS_Memory"), host_).at(0),
              IsSupersetOf(Values{{"AvailableMBytes", "5859"},
                                  {"CommittedBytes", "1536000000"},
                                  {"PercentCommittedBytesInUse", "25"},
                                  {"CacheBytes", "3174400000"},
                                  {"PoolNonpagedBytes", "409600000"},
                                  {"PageFaultsPersec", "500"},
                                  {"PageReadsPersec", "5"},
                                  {"PagesInputPersec", "10"},
                                  {"PagesPersec", "10"}}));
  EXPECT_THAT(all_instances(cls("Win32_PerfRawData_PerfOS_Memory"), host_).at(0),
              IsSupersetOf(Values{{"PercentCommittedBytesInUse", "375000"},
                                  {"PercentCommittedBytesInUse_Base", "1500000"}}));
}

TEST_F(Performance, D1_System) {
  host_.after_pause("/proc/stat",
                    "cpu 0 0 0 0\ncpu0 0 0 0 0\nctxt 7100\nprocs_running 3\nbtime 1767312000\n");
  EXPECT_THAT(all_instances(cls("Win32_PerfFormattedData_PerfOS_System"), host_).at(0),
              IsSupersetOf(Values{{"ContextSwitchesPersec", "500"},
                                  {"Processes", "5"},
                                  {"Threads", "345"},
                                  {"ProcessorQueueLength", "2"},
                                  {"SystemUpTime", "10800"}}));
}

TEST_F(Performance, D6_Disks) {
  host_.after_pause("/proc/diskstats",
                    "   8       0 sda 1010 5 80160 4040 500 7 40000 2000 1 5050 6080\n"
                    "   8       1 sda1 910 5 79160 3940 500 7 40000 2000 1 4950 5980\n");
  auto const physical = by_name("Win32_PerfFormattedData_PerfDisk_PhysicalDisk", host_);
  ASSERT_EQ(physical.size(), 2U) << "partitions and loop devices are no hardware";
  EXPECT_THAT(physical.at("sda"), IsSupersetOf(Values{{"DiskReadsPersec", "50"},
                                                      {"DiskReadBytesPersec", "409600"},
                                                      {"DiskWritesPersec", "0"},
                                                      {"AvgDiskBytesPerRead", "8192"},
                                                      {"AvgDiskBytesPerWrite", "0"},
                                                      {"CurrentDiskQueueLength", "1"},
                                                      {"PercentDiskTime", "25"},
                                                      {"PercentIdleTime", "75"}}));
  EXPECT_TRUE(physical.contains("_Total"));
  auto const logical = by_name("Win32_PerfRawData_PerfDisk_LogicalDisk", host_);
  EXPECT_THAT(logical.at("/"), IsSupersetOf(Values{{"DiskReadsPersec", "910"},
                                                   {"AvgDiskBytesPerRead_Base", "910"},
                                                   {"FreeMegabytes", "38146"},
                                                   {"PercentFreeSpace_Base", "95367"}}));
  EXPECT_FALSE(logical.contains("/mnt/files")) << "a disk of another machine is not counted here";
}

TEST_F(Performance, D1_NetworkInterfaces) {
  host_.after_pause("/proc/net/dev", "h\nh\n  eth0: 1020000 2010 1 2 0 0 0 9 400000 1500 3 4 0 0 0 0\n");
  auto const interfaces = by_name("Win32_PerfFormattedData_Tcpip_NetworkInterface", host_);
  EXPECT_THAT(interfaces.at("eth0"), IsSupersetOf(Values{{"BytesReceivedPersec", "100000"},
                                                         {"BytesTotalPersec", "100000"},
                                                         {"PacketsReceivedPersec", "50"},
                                                         {"PacketsReceivedErrors", "1"},
                                                         {"PacketsOutboundDiscarded", "4"},
                                                         {"CurrentBandwidth", "1000000000"}}));
}

TEST_F(Performance, D1_Processes) {
  auto stat = output_of("cat " WINRM_SOURCE_DIR "/tests/fixtures/host/debian12-server/files/proc/620/stat");
  stat.replace(stat.find(" 250 125 "), 9, " 260 125 ");
  host_.after_pause("/proc/620/stat", stat);
  auto const processes = by_name("Win32_PerfFormattedData_PerfProc_Process", host_);
  EXPECT_THAT(processes.at("postgres"), IsSupersetOf(Values{{"IDProcess", "620"},
                                                            {"CreatingProcessID", "1"},
                                                            {"PercentProcessorTime", "50"},
                                                            {"PercentUserTime", "50"},
                                                            {"PercentPrivilegedTime", "0"},
                                                            {"ElapsedTime", "10680"},
                                                            {"WorkingSet", "29360128"},
                                                            {"ThreadCount", "3"}}));
  EXPECT_THAT(processes.at("_Total"), testing::Contains(Pair("PercentProcessorTime", "50")));
}

TEST_F(Performance, CountersOf32BitsBeginAnew) {
  struct Row {
    Stamp stamp = 0;
    std::optional<std::uint32_t> narrow;
    std::optional<std::uint64_t> wide;
  };
  Row const first{.stamp = 0, .narrow = 0xFFFFFFFF, .wide = 10};
  Row const second{.stamp = ticks_per_second, .narrow = 4, .wide = 9};
  EXPECT_EQ(format_counter(counter<&Row::narrow>("Narrow", Rule::per_second), first, second), 5);
  EXPECT_EQ(format_counter(counter<&Row::wide>("Wide", Rule::per_second), first, second), std::nullopt)
      << "what counts in 64 bits and became smaller has been replaced";
  EXPECT_EQ(format_counter(counter<&Row::narrow>("Narrow", Rule::per_second), second, second), std::nullopt)
      << "no time has passed";
}

/// Reads a number with the shell, the class and the number again: the class's lies between.
TEST_F(Performance, D1_LiveCountersLieBetweenTwoReadingsOfTheKernelsFiles) {
  struct Case {
    std::string cls, instance, property, command;
    std::uint64_t factor;
  };
  for (auto const& [cls_name, instance, property, command, factor] :
       std::vector<Case>{{"Win32_PerfRawData_PerfOS_Processor", "0", "PercentUserTime",
                          "awk '/^cpu0 / {print $2 + $3}' /proc/stat", 100'000},
                         {"Win32_PerfRawData_PerfOS_Memory", "", "PageReadsPersec",
                          "awk '/^pgmajfault / {print $2}' /proc/vmstat", 1},
                         {"Win32_PerfRawData_Tcpip_NetworkInterface", "lo", "PacketsReceivedPersec",
                          "awk '$1 == \"lo:\" {print $3}' /proc/net/dev", 1}}) {
    auto const before = std::stoull(output_of(command)) * factor;
    Values values;
    for (auto& row : all_instances(cls(cls_name), *live_)) {
      if (instance.empty() || row.at("Name") == instance) values = std::move(row);
    }
    ASSERT_TRUE(values.contains(property)) << cls_name;
    auto const after = std::stoull(output_of(command)) * factor;
    auto const ours = std::stoull(values.at(property));
    EXPECT_GE(ours, before) << cls_name;
    EXPECT_LE(ours, after) << cls_name;
  }
}

TEST_F(Performance, D1_LiveSystemAgreesWithUptimeAndPs) {
  auto const system = all_instances(cls("Win32_PerfFormattedData_PerfOS_System"), *live_).at(0);
  EXPECT_NEAR(std::stod(system.at("SystemUpTime")), std::stod(output_of("cut -d' ' -f1 /proc/uptime")), 3);
  EXPECT_NEAR(std::stod(system.at("Processes")), std::stod(output_of("ps -e --no-headers | wc -l")), 20);
  auto const threads = std::stod(system.at("Threads"));
  auto const shown = std::stod(output_of("ps -eL --no-headers | wc -l"));
  // proc_pid_init_ino of the kernel: in any other namespace ps shows only a part of the system's.
  bool const sees_all = output_of("readlink /proc/self/ns/pid") == "pid:[4026531836]";
  EXPECT_GT(threads, shown - 60);
  if (sees_all) {
    EXPECT_LT(threads, shown + 60);
  }
}

TEST_F(Performance, D1_ABusyProcessIsSeenToBeBusy) {
  std::unique_ptr<FILE, int (*)(FILE*)> const busy(
      ::popen("echo $$; exec timeout 20 sh -c 'while :; do :; done'", "r"), ::pclose);
  std::array<char, 32> line{};
  ASSERT_NE(std::fgets(line.data(), line.size(), busy.get()), nullptr);
  auto const parent = std::to_string(std::stoul(line.data()));
  Values values;
  for (int attempt = 0; attempt < 20 && !values.contains("PercentProcessorTime"); ++attempt) {
    for (auto& row : all_instances(cls("Win32_PerfFormattedData_PerfProc_Process"), *live_)) {
      if (row.contains("CreatingProcessID") && row.at("CreatingProcessID") == parent) values = std::move(row);
    }
  }
  output_of("kill " + parent);
  ASSERT_TRUE(values.contains("PercentProcessorTime"));
  EXPECT_GT(std::stod(values.at("PercentProcessorTime")), 10);
}

TEST_F(Performance, D1_NamesThatProcessesGiveThemselvesStandOnce) {
  auto const call = [&](int pid, std::string const& name) {
    auto const text = std::to_string(pid);
    host_.written["/proc/" + text] = "";
    host_.written["/proc/" + text + "/stat"] =
        text + " (" + name + ") S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 4096 1";
  };
  call(9001, "same");
  call(9002, "same#1");
  call(9003, "same");
  call(9004, "_Total");
  std::map<std::string, std::string> numbers;
  for (auto const& row : all_instances(cls("Win32_PerfRawData_PerfProc_Process"), host_)) {
    EXPECT_TRUE(numbers.emplace(row.at("Name"), row.contains("IDProcess") ? row.at("IDProcess") : "").second)
        << row.at("Name");
  }
  EXPECT_EQ(numbers.at("same"), "9001");
  EXPECT_EQ(numbers.at("same#1"), "9002");
  EXPECT_EQ(numbers.at("same#2"), "9003");
  EXPECT_EQ(numbers.at("_Total#1"), "9004");
  EXPECT_EQ(numbers.at("_Total"), "") << "no process is all of them";
}

TEST_F(Performance, D1_AProcessorThatIsOfflineMovesNoCountOfTheOthers) {
  host_.written["/proc/stat"] =
      "cpu  20 0 20 200 0 0 0 0 0 0\ncpu0 10 0 10 100 0 0 0 0 0 0\ncpu2 10 0 10 100 0 0 0 0 0 0\nintr 9\n";
  host_.written["/proc/interrupts"] =
      "           CPU0       CPU2       \n  1:        200         50  IO-APIC  i8042\n";
  host_.written["/proc/softirqs"] =
      "                    CPU0       CPU1       CPU2       \n       TIMER:        100        7        300\n";
  auto const processors = by_name("Win32_PerfRawData_PerfOS_Processor", host_);
  EXPECT_THAT(processors.at("0"),
              IsSupersetOf(Values{{"InterruptsPersec", "200"}, {"DPCsQueuedPersec", "100"}}));
  EXPECT_THAT(processors.at("2"),
              IsSupersetOf(Values{{"InterruptsPersec", "50"}, {"DPCsQueuedPersec", "300"}}));
}

}  // namespace
}  // namespace winrm::providers
