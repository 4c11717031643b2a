#include "auth/account_mapping.hpp"

#include <fmt/format.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <unistd.h>

#include <optional>

#include "auth/gss.hpp"
#include "auth/users_file.hpp"

namespace winrm::auth {

namespace {

/// krb5.conf's auth_to_local decides; by default it maps the default realm's one-component principals.
std::optional<std::string> kerberos_local_name(std::string_view principal) {
  gss::Name const name = gss::import_name(principal, const_cast<gss_OID>(GSS_KRB5_NT_PRINCIPAL_NAME));
  if (!name) return std::nullopt;
  OM_uint32 minor = 0;
  gss::Buffer local;
  if (GSS_ERROR(gss_localname(&minor, name.get(), gss::kerberos_mechanism(), local.address())))
    return std::nullopt;
  return local.text();
}

Result<system::Account> existing_account(std::string_view name, std::string_view account_name) {
  auto account = system::find_account(account_name);
  if (!account)
    return fail(fmt::format("user '{}' maps to account '{}', which does not exist", name, account_name));
  uid_t const self = ::geteuid();
  if (self != 0 && account->uid != self) {
    return fail(
        fmt::format("user '{}' maps to account '{}', but the service does not run as root and can serve "
                    "only '{}'",
                    name, account_name, system::current_account().name));
  }
  return *account;
}

}  // namespace

Result<system::Account> map_account(UsersFile const& users, std::string_view name) {
  if (auto entry = users.find_exact(name)) return existing_account(name, entry->account);
  // A realm's names are this machine's only by its own rules: alice@ELSEWHERE is not our alice.
  bool const names_realm = name.find('@') != std::string_view::npos;
  auto const local = names_realm ? kerberos_local_name(name) : local_user_name(name);
  if (!local || local->empty()) {
    return fail(
        fmt::format("no account belongs to '{}': add it with 'winrmd user add', or map its realm with "
                    "auth_to_local in krb5.conf",
                    name));
  }
  if (auto entry = users.find_exact(*local)) return existing_account(name, entry->account);
  if (::geteuid() != 0) {
    return fail(
        fmt::format("'{}' is not in the users file, and without root no other account can log on", name));
  }
  return existing_account(name, *local);
}

Result<system::Account> map_account(UsersFile const& users, AcceptedClient const& client) {
  if (client.mechanism != "NTLM") return map_account(users, client.name);
  auto entry = users.find_exact(client.name);
  if (!entry) return fail(fmt::format("'{}' is no longer in the users file", client.name));
  return existing_account(client.name, entry->account);
}

}  // namespace winrm::auth
