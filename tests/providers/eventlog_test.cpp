#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cim/failure.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

namespace winrm::providers {
namespace {

using test::all_instances;
using test::output_of;
using test::Values;
using testing::IsSupersetOf;

class RecordedLog : public testing::Test {
 protected:
  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_NTLogEvent");
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedLog, D8_EntriesComeNewestFirstInTheirLogs) {
  std::vector<std::pair<std::string, std::string>> found;
  for (auto const& event : all_instances(cls_, host_)) {
    found.emplace_back(event.at("RecordNumber"), event.at("Logfile"));
  }
  EXPECT_THAT(found, testing::ElementsAre(testing::Pair("5", "Security"), testing::Pair("4", "Application"),
                                          testing::Pair("3", "Security"), testing::Pair("2", "System"),
                                          testing::Pair("1", "System")));
}

TEST_F(RecordedLog, D8_AnEntryTellsWhatTheJournalKnows) {
  auto const events = all_instances(cls_, host_);
  EXPECT_THAT(events.at(1), IsSupersetOf(Values{{"Message", "disk full"},
                                                {"SourceName", "backup"},
                                                {"Type", "Error"},
                                                {"EventType", "1"},
                                                {"Category", "1"},
                                                {"CategoryString", "user"},
                                                {"ComputerName", "db1"},
                                                {"TimeGenerated", "2026-01-02T01:01:00+01:00"},
                                                {"TimeWritten", "2026-01-02T01:01:00+01:00"}}));
  EXPECT_THAT(events.at(0), IsSupersetOf(Values{{"Type", "Warning"}}));
  EXPECT_FALSE(events.at(0).contains("Category")) << "the audit system has no facility";
  EXPECT_FALSE(events.at(1).contains("EventCode")) << "the journal has no such numbers";
}

TEST_F(RecordedLog, M2_TwoKeysFindOneEntry) {
  auto const find = [&](std::string const& log, std::uint64_t number) {
    cim::Query query;
    query.require(cls_.find("Logfile")->index, cim::Value(log));
    query.require(cls_.find("RecordNumber")->index, cim::Value(number));
    return cls_.get(host_, query, [](void const*) {});
  };
  EXPECT_TRUE(find("System", 2));
  EXPECT_FALSE(find("Security", 2)) << "the record is of another log";
  EXPECT_FALSE(find("System", 99));
}

TEST_F(RecordedLog, D8_LogFilesCountTheirRecords) {
  std::map<std::string, std::string> records;
  for (auto const& file : all_instances(*registry_.find("root/cimv2", "Win32_NTEventlogFile"), host_)) {
    records[file.at("LogfileName")] = file.at("NumberOfRecords");
  }
  EXPECT_THAT(records,
              testing::UnorderedElementsAre(testing::Pair("Application", "1"), testing::Pair("Security", "2"),
                                            testing::Pair("System", "2")));
}

TEST_F(RecordedLog, D8_OneLogOfTheJournalCannotBeClearedOrSaved) {
  auto const& files = *registry_.find("root/cimv2", "Win32_NTEventlogFile");
  for (auto const* method : {"ClearEventlog", "BackupEventlog"}) {
    try {
      static_cast<void>(test::invoke(files, host_, "journal:System", method));
      FAIL() << method;
    } catch (cim::Failure const& failure) {
      EXPECT_EQ(failure.status(), cim::Status::not_supported);
      EXPECT_THAT(failure.what(), testing::HasSubstr("journalctl(1)"));
    }
  }
}

/// Against the journal of this machine: tests/live/test_eventlog_classes.py boots one that has entries.
class LiveLog : public testing::Test {
 protected:
  void SetUp() override {
    if (!system::make_host()->exists("/run/systemd/journal/socket")) {
      GTEST_SKIP() << "no journal here: tests/live/test_eventlog_classes.py boots a systemd that has one";
    }
  }
  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_NTLogEvent");
  std::unique_ptr<system::Host> host_ = system::make_host();
};

TEST_F(LiveLog, D8_AgreesWithJournalctl) {
  output_of(
      "logger -t winrm-test -p auth.warning 'one of ours' && logger -t winrm-test -p user.err 'another' && "
      "sync "
      "&& journalctl --sync");
  std::map<std::string, Values> ours;  // by message and source
  std::size_t count = 0;
  for (auto& event : all_instances(cls_, *host_)) {
    ++count;
    ours[event.at("Message")] = std::move(event);
  }
  EXPECT_NEAR(static_cast<double>(count),
              std::stod(output_of("journalctl -o cat --output-fields=_PID -q | wc -l")), 50);
  EXPECT_THAT(ours.at("one of ours"), IsSupersetOf(Values{{"Logfile", "Security"},
                                                          {"SourceName", "winrm-test"},
                                                          {"Type", "Warning"},
                                                          {"CategoryString", "auth"},
                                                          {"User", "root"}}));
  EXPECT_THAT(ours.at("another"), IsSupersetOf(Values{{"Logfile", "Application"}, {"EventType", "1"}}));
  auto const theirs = output_of("journalctl -t winrm-test -o json -n 1 -q");
  auto const field = [&](std::string const& name) {
    auto const begin = theirs.find('"' + name + "\":\"") + name.size() + 4;
    return theirs.substr(begin, theirs.find('"', begin) - begin);
  };
  EXPECT_EQ(field("MESSAGE"), "another");
  auto const cursor = field("__CURSOR");
  auto const sequence = cursor.substr(cursor.find(";i=") + 3);
  EXPECT_EQ(ours.at("another").at("RecordNumber"),
            std::to_string(std::stoull(sequence.substr(0, sequence.find(';')), nullptr, 16)));
  auto const written = output_of("date -u -d '" + ours.at("another").at("TimeWritten") + "' +%s%6N");
  EXPECT_EQ(written, field("__REALTIME_TIMESTAMP"));
  EXPECT_EQ(ours.at("another").at("ComputerName"), field("_HOSTNAME"));
}

TEST_F(LiveLog, M2_ARecordIsFoundByItsNumber) {
  auto const events = all_instances(cls_, *host_);
  ASSERT_GT(events.size(), 10U);
  for (auto const& event : {events.front(), events.at(events.size() / 2), events.back()}) {
    cim::Query query;
    query.require(cls_.find("Logfile")->index, cim::Value(event.at("Logfile")));
    query.require(cls_.find("RecordNumber")->index,
                  cim::Value(std::uint64_t{std::stoull(event.at("RecordNumber"))}));
    Values found;
    cls_.get(*host_, query, [&](void const* row) { found = test::values_of(cls_, row); });
    EXPECT_EQ(found, event);
  }
}

}  // namespace
}  // namespace winrm::providers
