#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "auth/exchange.hpp"
#include "auth/principal.hpp"
#include "auth/users_file.hpp"
#include "base/result.hpp"

namespace winrm::service::broker {

/// Which Unix account a verified client's operations run as. Thread-safe; blocks in name services.
class AccountPolicy {
 public:
  /// `privileged`: started as root, so that any account can be served; otherwise only our own. Then
  /// `pam_service`, where there is such a stack, says at each log-on whether the account may log on.
  AccountPolicy(auth::UsersFile const& users, bool privileged, std::string pam_service)
      : users_(users), privileged_(privileged), pam_service_(std::move(pam_service)) {}

  /// After a password was verified for `account`. Of each client `peer_address` is where it is.
  [[nodiscard]] Result<auth::Principal> for_account(std::string_view name, std::string_view account,
                                                    auth::Scheme scheme,
                                                    std::string const& peer_address) const;
  /// After an NTLM or Kerberos exchange.
  [[nodiscard]] Result<auth::Principal> for_client(auth::AcceptedClient const& client, auth::Scheme scheme,
                                                   std::string const& peer_address) const;
  /// A local client, by its credentials on the Unix socket.
  [[nodiscard]] Result<auth::Principal> for_uid(uid_t uid) const;

 private:
  [[nodiscard]] bool is_listed(std::string_view name, system::Account const& account) const;
  [[nodiscard]] Result<auth::Principal> admit(std::string_view name, system::Account account,
                                              auth::Scheme scheme, std::string const& peer_address) const;

  auth::UsersFile const& users_;
  bool privileged_;
  std::string pam_service_;
};

}  // namespace winrm::service::broker
