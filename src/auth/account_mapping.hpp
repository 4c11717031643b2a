#pragma once

#include <string_view>

#include "auth/exchange.hpp"
#include "base/result.hpp"
#include "system/accounts.hpp"

namespace winrm::auth {

/// The Unix account that the operations of an authenticated name run as, or why there is none (for our log).
/// `name` is what an Acceptor or PasswordVerifier vouched for: "alice", "alice@EXAMPLE.TEST", "DOM\alice".
///
/// In order: the users file's entry of that name; for a Kerberos principal that this machine's rules map to a
/// local name (krb5.conf auth_to_local), the entry of that local name; as root, the system account of the
/// local name. Without root only the account this process runs as can be meant. An entry whose account does
/// not exist is a refusal, never a reason to look further. Blocking (NSS); thread-safe.
[[nodiscard]] Result<system::Account> map_account(UsersFile const& users, std::string_view name);

/// The same for an accepted client. NTLM's names are entries of the users file and never mean anything else.
[[nodiscard]] Result<system::Account> map_account(UsersFile const& users, AcceptedClient const& client);

}  // namespace winrm::auth
