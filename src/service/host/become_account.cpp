#include "service/host/become_account.hpp"

#include <grp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace winrm::service::host {

namespace {

constexpr char const* root_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr char const* user_path = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
constexpr rlim_t host_descriptors = 8192;

Result<void> failed(char const* what) { return fail(std::string(what) + ": " + std::strerror(errno)); }

void set_limits() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = std::min(limit.rlim_max, host_descriptors);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = 0;
    ::setrlimit(RLIMIT_CORE, &limit);
  }
}

}  // namespace

void clean_environment(system::Account const& account) {
  std::string const language = ::getenv("LANG") ? ::getenv("LANG") : "C.UTF-8";
  ::clearenv();
  ::setenv("HOME", account.home.c_str(), 1);
  ::setenv("USER", account.name.c_str(), 1);
  ::setenv("LOGNAME", account.name.c_str(), 1);
  ::setenv("SHELL", account.shell.empty() ? "/bin/sh" : account.shell.c_str(), 1);
  ::setenv("PATH", account.uid == 0 ? root_path : user_path, 1);
  ::setenv("LANG", language.c_str(), 1);
}

Result<void> become_account(system::Account const& account, std::vector<gid_t> const& groups) {
  set_limits();
  if (::setgroups(groups.size(), groups.data()) != 0) return failed("setgroups");
  if (::setresgid(account.gid, account.gid, account.gid) != 0) return failed("setresgid");
  if (::setresuid(account.uid, account.uid, account.uid) != 0) return failed("setresuid");
  if (account.uid != 0 && ::setuid(0) == 0) return fail("the account's rights could not be given up");
  return {};
}

}  // namespace winrm::service::host
