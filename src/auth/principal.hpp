#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/sid.hpp"
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
  /// Who it is to security descriptors, as of its log-on.
  [[nodiscard]] SidSet const& sids() const noexcept { return *sids_; }

 private:
  friend class PrincipalMint;
  Principal(std::string name, system::Account account, Scheme scheme, SidSet sids)
      : name_(std::move(name)),
        account_(std::move(account)),
        scheme_(scheme),
        sids_(std::make_shared<SidSet const>(std::move(sids))) {}
  std::string name_;
  system::Account account_;
  Scheme scheme_;
  std::shared_ptr<SidSet const> sids_;  ///< shared: every call copies its principal
};

/// Makes principals. scripts/lint lists the files that may name this class.
class PrincipalMint {
 public:
  [[nodiscard]] static Principal mint(std::string name, system::Account account, Scheme scheme, SidSet sids) {
    return Principal(std::move(name), std::move(account), scheme, std::move(sids));
  }
};

}  // namespace winrm::auth
