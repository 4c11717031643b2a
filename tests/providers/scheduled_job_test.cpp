#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/return_codes.hpp"
#include "support/recorded_host.hpp"

namespace winrm::providers {
namespace {

using test::Values;
using test::with;
using testing::IsSupersetOf;

using enum test::Code;

class ScheduledJobs : public testing::Test {
 protected:
  std::map<std::string, Values> by_command() {
    std::map<std::string, Values> found;
    for (auto& job : test::all_instances(cls_, host_)) found[job.at("Command")] = std::move(job);
    return found;
  }
  /// At 14:30 of this machine's time, which is one hour ahead of UTC.
  static cim::NamedValues at_half_past_two(std::string const& command, bool repeated = true) {
    DateTime const when{system::SystemTime(std::chrono::seconds(1767360600)), 0};
    return with("Command", command, with("StartTime", when, with("RunRepeatedly", repeated)));
  }
  cim::MethodResult create(cim::NamedValues const& in) {
    return test::invoke_static(cls_, host_, "Create", in);
  }

  cim::Registry registry_ = make_registry();
  cim::Class const& cls_ = *registry_.find("root/cimv2", "Win32_ScheduledJob");
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(ScheduledJobs, D1_CrontabsAndTimersAreJobs) {
  auto const jobs = by_command();
  EXPECT_FALSE(jobs.contains("boot.service")) << "a timer after boot follows no clock";
  EXPECT_THAT(jobs.at("/usr/local/bin/backup --all"),
              IsSupersetOf(Values{{"Owner", "backup"},
                                  {"Name", "/etc/cron.d/backup"},
                                  {"DaysOfMonth", "16385"},
                                  {"DaysOfWeek", "31"},
                                  {"StartTime", "********023000.000000+060"},
                                  {"RunRepeatedly", "true"}}));
  EXPECT_EQ(jobs.at("/home/alice/poll").at("Owner"), "alice");
  EXPECT_FALSE(jobs.at("/home/alice/poll").contains("StartTime"));
  EXPECT_TRUE(jobs.contains("logrotate.service"));
}

TEST_F(ScheduledJobs, CreateWritesALineAndDeleteTakesItOut) {
  auto in = at_half_past_two("date +%s");
  in.put("DaysOfWeek", std::uint32_t{65});
  auto const made = create(in);
  ASSERT_EQ(made.return_value, success);
  EXPECT_THAT(host_.written.at("/etc/cron.d/openwinrm"),
              testing::MatchesRegex("30 14 \\* \\* 1,7 [^ ]+ date \\+\\\\%s\n"));
  auto const id = std::to_string(made.out.get<std::uint32_t>("JobId").value());
  EXPECT_EQ(test::instance(cls_, host_, id).at("DaysOfWeek"), "65");
  EXPECT_EQ(test::instance(cls_, host_, id).at("Command"), "date +%s");
  EXPECT_EQ(test::invoke(cls_, host_, id, "Delete").return_value, success);
  EXPECT_EQ(host_.written.at("/etc/cron.d/openwinrm"), "");
  EXPECT_TRUE(test::instance(cls_, host_, id).empty());
}

TEST_F(ScheduledJobs, WrongArgumentsAndRights) {
  EXPECT_EQ(create(at_half_past_two("a\nb")).return_value, invalid);
  EXPECT_EQ(create(with("Command", std::string("date"))).return_value, invalid);
  auto no_day = at_half_past_two("date");
  no_day.put("DaysOfMonth", std::uint32_t{0x80000000});
  EXPECT_EQ(create(no_day).return_value, invalid) << "no month has 32 days";
  EXPECT_EQ(create(at_half_past_two("date", false)).return_value, not_supported)
      << "cron runs nothing only once";
  EXPECT_EQ(
      test::invoke(cls_, host_, by_command().at("logrotate.service").at("JobId"), "Delete").return_value,
      not_supported);
  host_.write_error = EACCES;
  EXPECT_EQ(create(at_half_past_two("date")).return_value, access_denied);
  EXPECT_EQ(test::invoke(cls_, host_, by_command().at("/usr/local/bin/backup --all").at("JobId"), "Delete")
                .return_value,
            access_denied);
}

TEST_F(ScheduledJobs, DeleteTakesOutTheLineItselfAndNotTheEndOfAnother) {
  host_.written["/etc/cron.d/poll"] = "30 5 * * * root poll\n# 0 5 * * * root poll\n0 5 * * * root poll\n";
  for (auto const& job : test::all_instances(cls_, host_)) {
    if (job.at("Command") != "poll" || !job.at("StartTime").starts_with("********0500")) continue;
    EXPECT_EQ(test::invoke(cls_, host_, job.at("JobId"), "Delete").return_value, success);
  }
  EXPECT_EQ(host_.written.at("/etc/cron.d/poll"), "30 5 * * * root poll\n# 0 5 * * * root poll\n");
}

TEST_F(ScheduledJobs, DeleteTakesOutALastLineThatDoesNotEnd) {
  host_.written["/etc/cron.d/poll"] = "30 5 * * * root other\n0 5 * * * root poll";
  EXPECT_EQ(test::invoke(cls_, host_, by_command().at("poll").at("JobId"), "Delete").return_value, success);
  EXPECT_EQ(host_.written.at("/etc/cron.d/poll"), "30 5 * * * root other\n");
}

TEST_F(ScheduledJobs, ACommandOfBlanksIsNone) {
  EXPECT_EQ(create(at_half_past_two(" \t")).return_value, invalid);
  EXPECT_FALSE(host_.written.contains("/etc/cron.d/openwinrm"));
}

TEST_F(ScheduledJobs, CrontabsOfAccountsAreFoundWhereEachDistributionHasThem) {
  host_.written["/var/spool/cron/dave"] = "5 4 * * * of-red-hat\n";
  host_.written["/var/spool/cron/tabs/erin"] = "5 4 * * * of-suse\n";
  auto const jobs = by_command();
  EXPECT_EQ(jobs.at("of-red-hat").at("Owner"), "dave");
  EXPECT_EQ(jobs.at("of-suse").at("Owner"), "erin");
}

}  // namespace
}  // namespace winrm::providers
