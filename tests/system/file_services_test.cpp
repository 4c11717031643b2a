#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_host.hpp"

namespace winrm::system {
namespace {

class FileServices : public testing::Test {
 protected:
  Service service(std::string const& name) {
    auto const found = host_.services().find(name);
    EXPECT_TRUE(found) << name;
    return found.value_or(Service());
  }
  test::RecordedHost host_{"debian12-server"};
};

TEST_F(FileServices, ListsUnitsAndScriptsWithoutTemplatesAndAliases) {
  std::vector<std::string> names;
  for (auto const& service : host_.services().list()) names.push_back(service.name);
  EXPECT_THAT(names,
              testing::ElementsAre("cron", "legacy", "oldone", "postgresql", "rsync", "ssh", "telnet"));
}

TEST_F(FileServices, AUnitFileSaysWhatAndHow) {
  auto const ssh = service("ssh");
  EXPECT_EQ(ssh.description, "OpenBSD Secure Shell server");
  EXPECT_EQ(ssh.command, "/usr/sbin/sshd -D $SSHD_OPTS");
  EXPECT_EQ(ssh.type, "notify");
  EXPECT_EQ(ssh.user, "root");
  EXPECT_EQ(service("cron").user, "daemon");
  EXPECT_EQ(service("cron").command, "/usr/sbin/cron -f -P $EXTRA_OPTS");
}

TEST_F(FileServices, StartsAtBootWhenATargetWantsIt) {
  EXPECT_EQ(service("ssh").unit_file_state, "enabled");
  EXPECT_EQ(service("rsync").unit_file_state, "disabled");
  EXPECT_EQ(service("cron").unit_file_state, "static");
  EXPECT_EQ(service("telnet").unit_file_state, "masked");
  EXPECT_EQ(service("legacy").unit_file_state, "enabled");
  EXPECT_EQ(service("oldone").unit_file_state, "disabled");
}

TEST_F(FileServices, TheFirstFolderOfTheLoadPathWins) {
  EXPECT_EQ(service("rsync").description, "local copy");
}

TEST_F(FileServices, RunningByProgramOrPidFile) {
  EXPECT_EQ(service("ssh").active_state, "active");
  EXPECT_EQ(service("ssh").main_pid, 510U);
  EXPECT_EQ(service("legacy").active_state, "active");
  EXPECT_EQ(service("legacy").main_pid, 620U);
}

TEST_F(FileServices, StoppedWhenNoProcessHasTheProgram) {
  EXPECT_EQ(service("cron").active_state, "inactive");
  EXPECT_EQ(service("oldone").active_state, "inactive") << "the process its pid file names is gone";
}

TEST_F(FileServices, StateOfAOneShotCannotBeSeen) {
  EXPECT_EQ(service("postgresql").active_state, std::nullopt);
  EXPECT_EQ(service("postgresql").main_pid, std::nullopt);
}

TEST_F(FileServices, FindTakesTheUnitNameToo) {
  EXPECT_EQ(service("ssh.service").name, "ssh");
  EXPECT_FALSE(host_.services().find("SSH"));
  EXPECT_FALSE(host_.services().find("none"));
}

TEST_F(FileServices, FindReadsOneFile) {
  auto const before = host_.opened().size();
  EXPECT_EQ(service("ssh").name, "ssh");
  std::vector<std::string> const opened(host_.opened().begin() + static_cast<std::ptrdiff_t>(before),
                                        host_.opened().end());
  EXPECT_THAT(opened, testing::Contains("/usr/lib/systemd/system/ssh.service"));
  EXPECT_THAT(opened, testing::Not(testing::Contains("/usr/lib/systemd/system/cron.service")));
  EXPECT_THAT(opened, testing::Not(testing::Contains("/etc/init.d/legacy")));
}

}  // namespace
}  // namespace winrm::system
