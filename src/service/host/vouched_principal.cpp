#include "service/host/vouched_principal.hpp"

#include <utility>

#include "ipc/control.hpp"

namespace winrm::service::host {

auth::Principal vouched_principal(ipc::message::Principal const& message) {
  system::Account account;
  account.name = message.account();
  account.uid = message.uid();
  account.gid = message.gid();
  account.home = message.home();
  account.shell = message.shell();
  return auth::PrincipalMint::mint(message.name(), std::move(account),
                                   static_cast<auth::Scheme>(message.scheme()));
}

}  // namespace winrm::service::host
