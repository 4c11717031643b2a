#pragma once

#include <optional>
#include <string>

#include "auth/principal.hpp"
#include "base/result.hpp"

namespace winrm::service::host {

/// How a start went on.
struct Launched {
  /// Set in the launcher, which has waited for the account's process: end with it. Unset in the account's
  /// process: go on.
  std::optional<int> exit_status;
};

/// Turns the process the broker started into one of the principal's account, in the groups that the account
/// had at its log-on and still has. With `change_account` (started as root) it opens a session of
/// `pam_service`, where that is configured, and stays behind as root in a launcher that closes the session at
/// the end; the account's process is its child. Without, the process is the account's already. Call before
/// any thread is started; `control` is closed in the launcher.
[[nodiscard]] Result<Launched> launch(auth::Principal const& principal, bool change_account,
                                      std::string const& pam_service, int control);

}  // namespace winrm::service::host
