#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "system/accounts.hpp"

namespace winrm::auth {

/// How a client proved who it is.
enum class Scheme { basic, negotiate, kerberos, certificate, cred_ssp, local };

[[nodiscard]] std::string_view scheme_name(Scheme scheme);

/// A verified identity: the name that logged on and the Unix account its operations run as. There is no
/// default, anonymous or root principal: the only way to one is PrincipalMint, used where a credential was
/// verified (service/broker) and where the broker's word is received (ipc). Copyable, immutable.
class Principal {
 public:
  /// The name as logged on: "alice", "alice@EXAMPLE.TEST".
  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  [[nodiscard]] system::Account const& account() const noexcept { return account_; }
  [[nodiscard]] Scheme scheme() const noexcept { return scheme_; }

 private:
  friend class PrincipalMint;
  Principal(std::string name, system::Account account, Scheme scheme)
      : name_(std::move(name)), account_(std::move(account)), scheme_(scheme) {}
  std::string name_;
  system::Account account_;
  Scheme scheme_;
};

/// Makes principals. scripts/lint lists the files that may name this class.
class PrincipalMint {
 public:
  [[nodiscard]] static Principal mint(std::string name, system::Account account, Scheme scheme) {
    return Principal(std::move(name), std::move(account), scheme);
  }
};

}  // namespace winrm::auth
