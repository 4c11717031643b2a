#pragma once

#include "base/sid.hpp"
#include "system/accounts.hpp"

namespace winrm::auth {

/// What counts besides the account, of one log-on.
struct LogonFacts {
  bool local = false;         ///< over the socket of this machine
  bool owns_service = false;  ///< the service runs as this account: root, or whoever started it
  bool listed_user = false;   ///< its name is in the service's users file
};

/// Who an account is to security descriptors (docs/security/authorization.md): its own SID and those of its
/// groups; WD and AU; IU at this machine, NU from others; BA for root, the service's own account and members
/// of the groups wheel and sudo; RM for members of the group winrm and names of the users file. Blocking
/// (NSS); thread-safe.
[[nodiscard]] SidSet sids_of(system::Account const& account, LogonFacts const& facts);

}  // namespace winrm::auth
