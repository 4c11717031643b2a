#include "system/logon_sessions.hpp"

#include <gtest/gtest.h>

#include "support/recorded_host.hpp"

namespace winrm::system {
namespace {

std::optional<std::string> session_of(std::string const& cgroup) {
  test::RecordedHost host("debian12-server");
  host.written["/proc/900/cgroup"] = cgroup;
  return logind_session_of(host, 900);
}

TEST(LogonSessions, AScopeInSlicesIsASession) {
  EXPECT_EQ(session_of("0::/user.slice/user-1000.slice/session-3.scope\n"), "3");
  EXPECT_EQ(session_of("0::/user.slice/user-1000.slice/session-c7.scope/inner\n"), "c7");
  EXPECT_EQ(session_of("2:cpu:/\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n0::/\n"), "1");
}

TEST(LogonSessions, AGroupThatAUserOrAContainerMadeIsNone) {
  EXPECT_EQ(session_of("0::/user.slice/user-1000.slice/user@1000.service/session-1.scope\n"), std::nullopt);
  EXPECT_EQ(session_of("0::/user.slice/user-1000.slice/user@1000.service/user-0.slice/session-1.scope\n"),
            std::nullopt);
  EXPECT_EQ(session_of("0::/lxc.payload.web/user.slice/user-0.slice/session-1.scope\n"), std::nullopt);
  EXPECT_EQ(session_of("0::/system.slice/cron.service\n"), std::nullopt);
  EXPECT_EQ(session_of("0::/\n"), std::nullopt);
}

}  // namespace
}  // namespace winrm::system
