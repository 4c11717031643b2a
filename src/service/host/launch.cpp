#include "service/host/launch.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "service/host/become_account.hpp"
#include "system/pam.hpp"

namespace winrm::service::host {

namespace {

/// Waits for the account's process, as the root process that holds its PAM session.
Result<int> wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail(std::string("waitpid: ") + std::strerror(errno));
  constexpr int shell_signal_offset = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : shell_signal_offset + WTERMSIG(status);
}

/// The broker gives this process to log-ons with the principal's groups: one that the account came into since
/// could be taken away without another process being started.
std::vector<gid_t> groups_for(auth::Principal const& principal) {
  auto groups = system::groups_of(principal.account());
  std::erase_if(groups, [&sids = principal.sids()](gid_t group) {
    return std::ranges::find(sids, Sid::of_group(group)) == sids.end();
  });
  return groups;
}

/// The broker ends a host by its launcher, the process that it knows. To be called after the last change of
/// ids, which undoes it (prctl(2), PR_SET_PDEATHSIG).
bool die_with(pid_t launcher) {
  // Not heard of a launcher that has ended before: then it is our parent no more.
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == launcher;
}

void settle(system::Account const& account, std::vector<std::string> const& session_environment) {
  clean_environment(account);
  for (std::string const& entry : session_environment)
    if (std::size_t const equals = entry.find('='); equals != std::string::npos)
      ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  if (::chdir(account.home.c_str()) != 0 && ::chdir("/") != 0) return;
  ::prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

Result<Launched> launch(auth::Principal const& principal, bool change_account, std::string const& pam_service,
                        int control) {
  system::Account const& account = principal.account();
  if (!change_account) {
    settle(account, {});
    return Launched{};
  }
  std::vector<std::string> environment;
  std::optional<pid_t> launcher;
  if (system::pam_service_exists(pam_service)) {
    system::PamRequest request;
    request.service = pam_service;
    request.user = account.name;
    auto session = system::PamSession::open(request);
    if (!session)
      return fail("PAM service " + pam_service + " opened no session: " + session.error().message);
    environment = session->environment();
    launcher = ::getpid();
    pid_t const child = ::fork();
    if (child < 0) return fail(std::string("fork: ") + std::strerror(errno));
    if (child > 0) {
      ::close(control);
      return wait_for(child).map([](int status) { return Launched{status}; });
    }
    session->abandon();
  }
  if (auto became = become_account(account, groups_for(principal)); !became)
    return tl::unexpected(became.error());
  if (launcher && !die_with(*launcher)) return fail("the process that holds the PAM session is gone");
  settle(account, environment);
  return Launched{};
}

}  // namespace winrm::service::host
