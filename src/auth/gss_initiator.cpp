#include <arpa/inet.h>
#include <fmt/format.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

#include <array>
#include <vector>

#include "auth/exchange.hpp"
#include "auth/gss.hpp"
#include "auth/gss_sealer.hpp"

namespace winrm::auth {

namespace {

bool is_address(std::string const& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// What to do about a Kerberos error; empty when the library's own words say it.
std::string_view advice(OM_uint32 minor) {
  struct Row {
    krb5_error_code code;
    std::string_view advice;
  };
  static constexpr std::array<Row, 15> rows = {{
      {KRB5KRB_AP_ERR_SKEW, "set this machine's clock by the KDC's (at most five minutes apart)"},
      {KRB5KDC_ERR_PREAUTH_FAILED, "check the password"},
      {KRB5KRB_AP_ERR_BAD_INTEGRITY, "check the password"},
      {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, "check the user name and the realm (the realm is in capitals)"},
      {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN,
       "the KDC has no such service: use the host name it is registered under, or register it (setspn -S, "
       "kadmin addprinc)"},
      {KRB5KDC_ERR_KEY_EXP, "the password has expired: change it"},
      {KRB5KDC_ERR_CLIENT_REVOKED, "the account is locked or disabled"},
      {KRB5_KDC_UNREACH,
       "no KDC answers: check [realms] and dns_lookup_kdc in krb5.conf, DNS and the network"},
      {KRB5_REALM_UNKNOWN, "the realm is not in krb5.conf and DNS does not know it either"},
      {KRB5_REALM_CANT_RESOLVE, "the KDC's name does not resolve"},
      {KRB5KRB_AP_ERR_TKT_EXPIRED, "the ticket has expired: kinit again"},
      {KRB5_FCC_NOFILE, "there is no ticket: run kinit, or give user@REALM and a password"},
      {KRB5_CC_NOTFOUND, "there is no ticket: run kinit, or give user@REALM and a password"},
      {KRB5_CONFIG_NODEFREALM, "krb5.conf names no default realm: write the user as user@REALM"},
      {KRB5_CONFIG_CANTOPEN, "krb5.conf cannot be read"},
  }};
  for (auto const& row : rows) {
    if (static_cast<OM_uint32>(row.code) == minor) return row.advice;
  }
  return {};
}

class GssInitiator final : public Initiator {
 public:
  explicit GssInitiator(InitiatorOptions options) : options_(std::move(options)) {}

  InitiatorStep step(std::string_view token) override {
    if (failed_) return failed("the exchange has failed before");
    if (complete_) return failed("a token after the end of the exchange");
    if (!begun_) {
      begun_ = true;
      return token.empty() ? begin() : failed("the service spoke first");
    }
    if (token.empty()) return failed(without_proof());
    return advance(token);
  }

  bool complete() const override { return complete_; }
  std::string mechanism() const override { return mechanism_; }

  std::unique_ptr<Sealer> take_sealer() override {
    if (!complete_ || !context_ || !gss::can_seal(flags_, mechanism_)) return nullptr;
    return make_gss_sealer(std::move(context_), mechanism_);
  }

 private:
  using Mechanism = InitiatorOptions::Mechanism;

  InitiatorStep failed(std::string reason) {
    failed_ = true;
    InitiatorStep result;
    result.outcome = InitiatorStep::Outcome::failed;
    result.reason = std::move(reason);
    return result;
  }

  InitiatorStep begin() {
    switch (options_.mechanism) {
      case Mechanism::ntlm:
        return begin_ntlm(gss::ntlm_mechanism());
      case Mechanism::kerberos:
        return begin_kerberos(gss::kerberos_mechanism());
      case Mechanism::negotiate:
        return begin_negotiate();
    }
    return failed("unknown mechanism");
  }

  /// Kerberos when it can be had. With a password NTLM is offered behind it, for services without a keytab.
  InitiatorStep begin_negotiate() {
    auto kerberos = begin_kerberos(gss::spnego_mechanism());
    if (options_.password.empty()) return kerberos;
    if (kerberos.outcome != InitiatorStep::Outcome::failed) return offer_ntlm_too(std::move(kerberos));
    failed_ = false;
    auto ntlm = begin_ntlm(gss::spnego_mechanism());
    if (ntlm.outcome == InitiatorStep::Outcome::failed) ntlm.reason += "; before that, " + kerberos.reason;
    return ntlm;
  }

  InitiatorStep offer_ntlm_too(InitiatorStep kerberos_only) {
    std::array<gss_OID_desc, 2> both = {*gss::kerberos_mechanism(), *gss::ntlm_mechanism()};
    gss_OID_set_desc offers{both.size(), both.data()};
    OM_uint32 minor = 0;
    if (GSS_ERROR(gss_set_neg_mechs(&minor, credential_.get(), &offers))) return kerberos_only;
    context_.reset();
    return advance({});
  }

  InitiatorStep begin_ntlm(gss_OID outer) {
    if (options_.user.empty() || options_.password.empty())
      return failed("NTLM needs a user name and a password");
    if (auto ok = acquire(outer, gss::ntlm_mechanism()); !ok) {
      return failed("NTLM cannot be used (is gss-ntlmssp installed?): " + ok.error().message);
    }
    service_class_ = options_.service_class.empty() ? service_classes_to_try.front() : options_.service_class;
    return start(outer);
  }

  InitiatorStep begin_kerberos(gss_OID outer) {
    if (is_address(options_.host)) {
      return failed(fmt::format("Kerberos needs the host's name, not its address {}", options_.host));
    }
    bool const has_realm = options_.user.find('@') != std::string::npos;
    bool const may_fall_back = options_.mechanism == Mechanism::negotiate;
    if (!options_.password.empty() && !has_realm && may_fall_back) {
      return failed("Kerberos was not tried, as the user name is not user@REALM");
    }
    if (auto ok = acquire(outer, gss::kerberos_mechanism()); !ok)
      return failed("Kerberos: " + ok.error().message);
    InitiatorStep result;
    for (auto const& service_class : classes()) {
      service_class_ = service_class;
      result = start(outer);
      if (!result.unknown_service) break;
    }
    return result;
  }

  [[nodiscard]] std::vector<std::string> classes() const {
    if (!options_.service_class.empty()) return {options_.service_class};
    return {service_classes_to_try.begin(), service_classes_to_try.end()};
  }

  Result<void> acquire(gss_OID outer, gss_OID inner) {
    gss::Name user;
    if (!options_.user.empty()) {
      user = gss::import_name(options_.user, GSS_C_NT_USER_NAME);
      if (!user) return fail(fmt::format("'{}' is not a user name", options_.user));
    }
    gss_OID_set_desc mechanisms = gss::set_of(outer);
    OM_uint32 minor = 0;
    OM_uint32 major = 0;
    credential_.reset();
    if (options_.password.empty()) {
      major = gss_acquire_cred(&minor, user.get(), GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                               credential_.address(), nullptr, nullptr);
    } else {
      // The library reads the password as a C string.
      gss_buffer_desc password = gss::borrow(options_.password.reveal());
      major = gss_acquire_cred_with_password(&minor, user.get(), &password, GSS_C_INDEFINITE, &mechanisms,
                                             GSS_C_INITIATE, credential_.address(), nullptr, nullptr);
    }
    if (!GSS_ERROR(major) && !gss::same(outer, inner)) {
      gss_OID_set_desc only = gss::set_of(inner);
      major = gss_set_neg_mechs(&minor, credential_.get(), &only);
    }
    if (GSS_ERROR(major)) return fail(explain(major, minor, inner));
    return {};
  }

  InitiatorStep start(gss_OID outer) {
    outer_ = outer;
    failed_ = false;
    context_.reset();
    target_ =
        gss::import_name(fmt::format("{}@{}", service_class_, options_.host), GSS_C_NT_HOSTBASED_SERVICE);
    if (!target_) return failed(fmt::format("'{}' is not a host name", options_.host));
    return advance({});
  }

  InitiatorStep advance(std::string_view token) {
    constexpr OM_uint32 wanted =
        GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    OM_uint32 const delegation = options_.delegate ? GSS_C_DELEG_FLAG : 0;
    gss_buffer_desc input = gss::borrow(token);
    gss::Buffer output;
    gss::ChannelBindings bindings(options_.channel_binding);
    OM_uint32 minor = 0;
    OM_uint32 const major = gss_init_sec_context(&minor, credential_.get(), context_.address(), target_.get(),
                                                 outer_, wanted | delegation, GSS_C_INDEFINITE,
                                                 bindings.address(), token.empty() ? GSS_C_NO_BUFFER : &input,
                                                 nullptr, output.address(), &flags_, nullptr);
    if (GSS_ERROR(major)) return refused(major, minor);
    InitiatorStep result;
    result.token = output.text();
    note_mechanism();
    if ((major & GSS_S_CONTINUE_NEEDED) != 0) {
      result.outcome = InitiatorStep::Outcome::send;
      return result;
    }
    if (mechanism_ == "Kerberos" && (flags_ & GSS_C_MUTUAL_FLAG) == 0) return failed(without_proof());
    complete_ = true;
    result.outcome = InitiatorStep::Outcome::done;
    return result;
  }

  InitiatorStep refused(OM_uint32 major, OM_uint32 minor) {
    bool const kerberos = !gss::same(outer_, gss::ntlm_mechanism());
    auto result =
        failed(fmt::format("{} to {}/{}: {}", kerberos ? "Kerberos" : "NTLM", service_class_, options_.host,
                           explain(major, minor, kerberos ? gss::kerberos_mechanism() : outer_)));
    result.unknown_service = minor == static_cast<OM_uint32>(KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN);
    return result;
  }

  void note_mechanism() {
    OM_uint32 minor = 0;
    gss_OID mechanism = GSS_C_NO_OID;
    if (GSS_ERROR(gss_inquire_context(&minor, context_.get(), nullptr, nullptr, nullptr, &mechanism, nullptr,
                                      nullptr, nullptr))) {
      mechanism = outer_;
    }
    mechanism_ = gss::mechanism_name(mechanism);
  }

  static std::string explain(OM_uint32 major, OM_uint32 minor, gss_OID mechanism) {
    std::string text = gss::describe(major, minor, mechanism);
    if (auto const what_to_do = advice(minor); !what_to_do.empty()) text += fmt::format(" ({})", what_to_do);
    return text;
  }

  [[nodiscard]] std::string without_proof() const {
    return fmt::format(
        "the service {}/{} ended the logon without proving who it is (mutual authentication); do not "
        "trust it",
        service_class_, options_.host);
  }

  InitiatorOptions options_;
  std::string service_class_;
  gss_OID outer_ = GSS_C_NO_OID;
  gss::Credential credential_;
  gss::Name target_;
  gss::Context context_;
  OM_uint32 flags_ = 0;
  std::string mechanism_;
  bool begun_ = false;
  bool complete_ = false;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Initiator> make_gss_initiator(InitiatorOptions options) {
  return std::make_unique<GssInitiator>(std::move(options));
}

}  // namespace winrm::auth
