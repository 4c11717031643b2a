#include "auth/ticket_cache.hpp"

#include <fmt/format.h>
#include <krb5/krb5.h>

#include <array>
#include <cstring>

namespace winrm::auth {

struct TicketCache::Tickets {
  krb5_context context = nullptr;
  krb5_principal user = nullptr;
  krb5_ccache cache = nullptr;
  krb5_get_init_creds_opt* options = nullptr;
  krb5_creds credentials{};
  std::string name;

  Tickets() = default;
  Tickets(Tickets const&) = delete;
  Tickets& operator=(Tickets const&) = delete;
  ~Tickets() {
    if (context == nullptr) return;
    krb5_free_cred_contents(context, &credentials);
    if (options != nullptr) krb5_get_init_creds_opt_free(context, options);
    if (cache != nullptr) krb5_cc_destroy(context, cache);
    krb5_free_principal(context, user);
    krb5_free_context(context);
  }

  [[nodiscard]] krb5_error_code fetch(std::string const& user_name, Secret const& password, bool forwardable);
  [[nodiscard]] std::string describe(krb5_error_code code) const;
};

namespace {

/// Refuses to ask a person: everything needed was given.
krb5_error_code no_prompts(krb5_context, void*, char const*, char const*, int, krb5_prompt*) {
  return KRB5_LIBOS_CANTREADPWD;
}

bool means_account_found(krb5_error_code code) {
  switch (code) {
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5KDC_ERR_KEY_EXP:
    case KRB5KDC_ERR_NAME_EXP:
    case KRB5KDC_ERR_CLIENT_REVOKED:
    case KRB5_LIBOS_CANTREADPWD:
      return true;
    default:
      return false;
  }
}

}  // namespace

krb5_error_code TicketCache::Tickets::fetch(std::string const& user_name, Secret const& password,
                                            bool forwardable) {
  if (auto code = krb5_init_context(&context)) return code;
  if (auto code = krb5_parse_name(context, user_name.c_str(), &user)) return code;
  if (auto code = krb5_cc_new_unique(context, "MEMORY", nullptr, &cache)) return code;
  if (auto code = krb5_get_init_creds_opt_alloc(context, &options)) return code;
  if (forwardable) krb5_get_init_creds_opt_set_forwardable(options, 1);
  if (auto code = krb5_get_init_creds_opt_set_out_ccache(context, options, cache)) return code;
  if (auto code = krb5_get_init_creds_password(context, &credentials, user, password.reveal().c_str(),
                                               no_prompts, nullptr, 0, nullptr, options)) {
    return code;
  }
  char* full_name = nullptr;
  if (auto code = krb5_cc_get_full_name(context, cache, &full_name)) return code;
  name = full_name;
  krb5_free_string(context, full_name);
  return 0;
}

std::string TicketCache::Tickets::describe(krb5_error_code code) const {
  // Freeing the text must not depend on the context being there.
  char const* const text = krb5_get_error_message(context, code);
  std::string result = text;
  krb5_free_error_message(context, text);
  if (auto const what_to_do = kerberos_advice(code); !what_to_do.empty())
    result += fmt::format(" ({})", what_to_do);
  return result;
}

TicketCache::TicketCache(std::unique_ptr<Tickets> tickets) : tickets_(std::move(tickets)) {}
TicketCache::TicketCache(TicketCache&&) noexcept = default;
TicketCache& TicketCache::operator=(TicketCache&&) noexcept = default;
TicketCache::~TicketCache() = default;

std::string const& TicketCache::name() const noexcept { return tickets_->name; }

Result<TicketCache, TicketRefusal> TicketCache::from_password(std::string const& user, Secret const& password,
                                                              bool forwardable) {
  auto tickets = std::make_unique<Tickets>();
  krb5_error_code const code = tickets->fetch(user, password, forwardable);
  if (code == 0) return TicketCache(std::move(tickets));
  TicketRefusal refusal;
  refusal.message = fmt::format("no ticket for {}: {}", user, tickets->describe(code));
  refusal.account_found = means_account_found(code);
  return tl::unexpected<TicketRefusal>(std::move(refusal));
}

std::string_view kerberos_advice(long code) {
  struct Row {
    krb5_error_code code;
    std::string_view advice;
  };
  static constexpr std::array<Row, 17> rows = {{
      {KRB5KRB_AP_ERR_SKEW, "set this machine's clock by the KDC's: five minutes apart is too much"},
      {KRB5_KDCREP_SKEW, "set this machine's clock by the KDC's: five minutes apart is too much"},
      {KRB5KDC_ERR_PREAUTH_FAILED, "check the password"},
      {KRB5KRB_AP_ERR_BAD_INTEGRITY, "check the password"},
      {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, "check the user name and the realm, which is in capitals"},
      {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN,
       "use the name the host is registered under, or register it: 'setspn -S' on Windows, 'kadmin addprinc' "
       "on MIT"},
      {KRB5KDC_ERR_KEY_EXP, "the password has expired: change it"},
      {KRB5KDC_ERR_NAME_EXP, "the account has expired"},
      {KRB5KDC_ERR_CLIENT_REVOKED, "the account is locked or disabled"},
      {KRB5_KDC_UNREACH,
       "no KDC answers: check [realms] and dns_lookup_kdc in krb5.conf, DNS and the network"},
      {KRB5_REALM_UNKNOWN, "neither krb5.conf nor DNS knows the realm"},
      {KRB5_REALM_CANT_RESOLVE, "the KDC's name does not resolve"},
      {KRB5KRB_AP_ERR_TKT_EXPIRED, "the ticket has expired: run kinit again"},
      {KRB5_FCC_NOFILE, "there is no ticket: run kinit, or give user@REALM and a password"},
      {KRB5_CC_NOTFOUND, "there is no ticket: run kinit, or give user@REALM and a password"},
      {KRB5_CONFIG_NODEFREALM, "krb5.conf names no default realm: write the user as user@REALM"},
      {KRB5_CONFIG_CANTOPEN, "krb5.conf cannot be read"},
  }};
  for (auto const& row : rows) {
    if (row.code == code) return row.advice;
  }
  return {};
}

}  // namespace winrm::auth
