#include <algorithm>
#include <set>

#include "cim/schema.hpp"
#include "providers/account/classes.hpp"
#include "providers/account/identifiers.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"
#include "system/logon_sessions.hpp"

namespace winrm::providers {

namespace {

struct UserProfile {
  std::string sid;
  std::string path;
  bool is_special = false;
  bool is_loaded = false;
  std::uint32_t sessions = 0;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::UserProfile> = [] {
  using P = winrm::providers::UserProfile;
  using std::string, std::uint8_t, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_UserProfile", "")
          .described("The home folder of an account, where it exists."),
      key<&P::sid>("SID").described("S-1-22-1- and the user id, as Samba maps it."),
      prop<&P::is_loaded>("Loaded").described("Somebody is logged on with the account."),
      prop<&P::path>("LocalPath").case_exact(),
      prop<&P::sessions>("RefCount").described("How many sessions use it."),
      prop<&P::is_special>("Special").described("It belongs to a program or to the system."),
      unknown<uint8_t>("HealthStatus"), unknown<uint32_t>("LastAttemptedProfileDownloadStatus"),
      unknown<DateTime>("LastAttemptedProfileDownloadTime"), unknown<uint32_t>("LastAttemptedProfileUploadStatus"),
      unknown<DateTime>("LastAttemptedProfileUploadTime"), unknown<DateTime>("LastBackgroundRegistryUploadTime"),
      unknown<DateTime>("LastDownloadTime"), unknown<DateTime>("LastUploadTime"), unknown<DateTime>("LastUseTime"),
      unknown<bool>("RoamingConfigured"), unknown<string>("RoamingPath"), unknown<bool>("RoamingPreference"),
      unknown<uint32_t>("Status"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

cim::Generator<UserProfile> enumerate(Host const& host, cim::Query const&) {
  auto const policy = system::account_policy(host);
  auto const sessions = system::logon_sessions(host);
  auto const users = host.accounts().users();
  std::set<uid_t> seen;
  for (auto const& user : users) {
    // Accounts that share a user id share its profile, as they share everything.
    if (user.home.empty() || user.home == "/" || !host.exists(user.home) || !seen.insert(user.uid).second)
      continue;
    UserProfile row;
    row.sid = sid_of_user(user.uid);
    row.path = user.home;
    row.is_special = is_system_account(user, policy);
    row.sessions =
        static_cast<std::uint32_t>(std::ranges::count(sessions, user.name, &system::LogonSession::user));
    row.is_loaded = row.sessions > 0;
    co_yield row;
  }
}

}  // namespace

void add_user_profile(cim::Registry& registry) { registry.add<UserProfile>({.enumerate = enumerate}); }

}  // namespace winrm::providers
