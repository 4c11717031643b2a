#include "service/broker/account_policy.hpp"

#include <unistd.h>

#include <string>

#include "auth/account_mapping.hpp"
#include "auth/identity_sids.hpp"
#include "system/pam.hpp"

namespace winrm::service::broker {

/// The users file is this service's own: who is in it is there to manage this machine from others.
bool AccountPolicy::is_listed(std::string_view name, system::Account const& account) const {
  auto entry = users_.find(name);
  // A Kerberos principal may be mapped to an entry of its local name (auth/account_mapping.hpp).
  if (!entry) entry = users_.find_exact(name.substr(0, name.find('@')));
  return entry && entry->account == account.name;
}

Result<auth::Principal> AccountPolicy::admit(std::string_view name, system::Account account,
                                             auth::Scheme scheme, std::string const& peer_address) const {
  if (!privileged_ && account.uid != ::geteuid())
    return fail("account " + account.name +
                " cannot be served: the service was not started as root and serves " +
                system::current_account().name + " only");
  // Whoever verified the credential need not know that the account was disabled since, and a host that runs
  // already asks no more.
  if (privileged_ && system::pam_service_exists(pam_service_)) {
    system::PamRequest request;
    request.service = pam_service_;
    request.user = account.name;
    request.remote_host = peer_address;
    if (auto allowed = system::pam_check_account(request); !allowed) return tl::unexpected(allowed.error());
  }
  auth::LogonFacts facts;
  facts.local = scheme == auth::Scheme::local;
  facts.owns_service = account.uid == ::geteuid();
  facts.listed_user = !facts.local && is_listed(name, account);
  auto sids = auth::sids_of(account, facts);
  return auth::PrincipalMint::mint(std::string(name), std::move(account), scheme, std::move(sids));
}

Result<auth::Principal> AccountPolicy::for_account(std::string_view name, std::string_view account,
                                                   auth::Scheme scheme,
                                                   std::string const& peer_address) const {
  auto found = system::find_account(account);
  if (!found)
    return fail(std::string(name) + " is mapped to account " + std::string(account) +
                ", which does not exist");
  return admit(name, std::move(*found), scheme, peer_address);
}

Result<auth::Principal> AccountPolicy::for_client(auth::AcceptedClient const& client, auth::Scheme scheme,
                                                  std::string const& peer_address) const {
  auto account = auth::map_account(users_, client);
  if (!account) return tl::unexpected(account.error());
  return admit(client.name, std::move(*account), scheme, peer_address);
}

Result<auth::Principal> AccountPolicy::for_uid(uid_t uid) const {
  auto found = system::find_account(uid);
  if (!found) return fail("local uid " + std::to_string(uid) + " has no account");
  std::string const name = found->name;
  return admit(name, std::move(*found), auth::Scheme::local, {});
}

}  // namespace winrm::service::broker
