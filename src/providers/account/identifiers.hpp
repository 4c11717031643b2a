#pragma once

#include <sys/types.h>

#include <string>

#include "cim/value.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"

/// How Unix accounts are named to Windows clients.
namespace winrm::providers {

/// Unix ids in the authority that Samba made for them: S-1-22-1-uid and S-1-22-2-gid.
[[nodiscard]] std::string sid_of_user(uid_t uid);
[[nodiscard]] std::string sid_of_group(gid_t gid);

/// Whether an account belongs to a program or to the system, not to a person: those below UID_MIN but root,
/// those systemd makes for a service's run time, and nobody.
[[nodiscard]] bool is_system_account(system::User const& user, system::AccountPolicy const& policy);

/// References to Win32_UserAccount or Win32_SystemAccount, and Win32_Group, of this machine.
[[nodiscard]] cim::Reference reference_to_user(system::User const& user, system::AccountPolicy const& policy,
                                               std::string const& domain);
[[nodiscard]] cim::Reference reference_to_group(std::string const& name, std::string const& domain);

}  // namespace winrm::providers
