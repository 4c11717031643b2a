#include "service/host/vouched_principal.hpp"

#include <utility>

#include "ipc/control.hpp"

namespace winrm::service::host {

namespace {

/// All of them or none: one that was left out might be the one that is denied.
SidSet read_sids(ipc::message::Principal const& message) {
  SidSet sids;
  for (auto const& text : message.sids()) {
    auto sid = Sid::parse(text);
    if (!sid) return {};
    sids.push_back(std::move(*sid));
  }
  return sids;
}

}  // namespace

auth::Principal vouched_principal(ipc::message::Principal const& message) {
  system::Account account;
  account.name = message.account();
  account.uid = message.uid();
  account.gid = message.gid();
  account.home = message.home();
  account.shell = message.shell();
  return auth::PrincipalMint::mint(message.name(), std::move(account),
                                   static_cast<auth::Scheme>(message.scheme()), read_sids(message));
}

}  // namespace winrm::service::host
