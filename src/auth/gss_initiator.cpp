#include <arpa/inet.h>
#include <fmt/format.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "auth/exchange.hpp"
#include "auth/gss.hpp"
#include "auth/gss_sealer.hpp"
#include "auth/nt_hash.hpp"
#include "auth/ticket_cache.hpp"
#include "auth/token_inspection.hpp"
#include "base/limits.hpp"

namespace winrm::auth {

namespace {

/// gss-ntlmssp's name for a password's hash in a credential store; Kerberos does not know it. (Given the
/// password, the mechanism hashes it in an OpenSSL context that it never frees.)
constexpr char const* ntlm_hash = "ntlmssp_nthash";

bool is_address(std::string const& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
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
    // A hostile service is as possible as a hostile client: lengths are checked before the library sees them.
    if (token.size() > limits::authentication_token_bytes) return failed("the service's token is too large");
    if (auto facts = inspect_token(token); !facts)
      return failed("the service's token: " + facts.error().message);
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
        return begin_kerberos();
      case Mechanism::negotiate:
        return begin_negotiate();
    }
    return failed("unknown mechanism");
  }

  /// Kerberos when it can be had, found out without SPNEGO, which keeps the reasons to itself. With a
  /// password NTLM is offered behind it, for services without a keytab.
  InitiatorStep begin_negotiate() {
    auto kerberos = begin_kerberos();
    if (kerberos.outcome != InitiatorStep::Outcome::failed) return offer_by_spnego();
    // A password that the KDC refused would count twice against the account, on its way to a lockout.
    if (options_.password.empty() || kdc_refused_password_) return kerberos;
    auto ntlm = begin_ntlm(gss::spnego_mechanism());
    if (ntlm.outcome == InitiatorStep::Outcome::failed) ntlm.reason += "; before that, " + kerberos.reason;
    return ntlm;
  }

  InitiatorStep offer_by_spnego() {
    std::array<gss_OID_desc, 2> both = {*gss::kerberos_mechanism(), *gss::ntlm_mechanism()};
    gss_OID_set_desc const offers{options_.password.empty() ? 1U : 2U, both.data()};
    if (auto ok = acquire(gss::spnego_mechanism(), &offers); !ok)
      return failed("Negotiate: " + ok.error().message);
    return start(gss::spnego_mechanism());
  }

  InitiatorStep begin_ntlm(gss_OID outer) {
    if (options_.user.empty() || options_.password.empty())
      return failed("NTLM needs a user name and a password");
    gss_OID_set_desc const ntlm = gss::set_of(gss::ntlm_mechanism());
    if (auto ok = acquire(outer, &ntlm); !ok) {
      return failed("NTLM cannot be used (is gss-ntlmssp installed?): " + ok.error().message);
    }
    service_class_ = classes().front();
    mechanism_ = "NTLM";
    return start(outer);
  }

  InitiatorStep begin_kerberos() {
    if (is_address(options_.host)) {
      return failed(fmt::format("Kerberos needs the host's name, not its address {}", options_.host));
    }
    bool const has_realm = options_.user.find('@') != std::string::npos;
    if (!options_.password.empty() && !has_realm && options_.mechanism == Mechanism::negotiate) {
      return failed("Kerberos was not tried, as the user name is not user@REALM");
    }
    if (!options_.password.empty()) {
      auto tickets = TicketCache::from_password(options_.user, options_.password, options_.delegate);
      if (!tickets) {
        kdc_refused_password_ = tickets.error().account_found;
        return failed("Kerberos: " + tickets.error().message);
      }
      tickets_ = std::move(*tickets);
    }
    gss_OID_set_desc const kerberos = gss::set_of(gss::kerberos_mechanism());
    if (auto ok = acquire(gss::kerberos_mechanism(), &kerberos); !ok)
      return failed("Kerberos: " + ok.error().message);
    mechanism_ = "Kerberos";
    InitiatorStep result;
    for (auto const& service_class : classes()) {
      service_class_ = service_class;
      result = start(gss::kerberos_mechanism());
      if (!result.unknown_service) break;
    }
    return result;
  }

  /// krb5_sname_to_principal() keeps a trailing ":PORT".
  [[nodiscard]] std::string port_part() const {
    return options_.spn_port == 0 ? std::string{} : fmt::format(":{}", options_.spn_port);
  }

  [[nodiscard]] std::vector<std::string> classes() const {
    if (!options_.service_class.empty()) return {options_.service_class};
    return {service_classes_to_try.begin(), service_classes_to_try.end()};
  }

  /// A credential for `outer`, of the ticket cache (ours or the user's) and the password. SPNEGO is told to
  /// offer `inner` only.
  Result<void> acquire(gss_OID outer, gss_OID_set_desc const* inner) {
    gss::Name user;
    if (!options_.user.empty()) {
      user = gss::import_name(options_.user, GSS_C_NT_USER_NAME);
      if (!user) return fail(fmt::format("'{}' is not a user name", options_.user));
    }
    std::vector<gss_key_value_element_desc> elements;
    if (tickets_) elements.push_back({"ccache", tickets_->name().c_str()});
    Secret hash;
    if (gss::holds(*inner, gss::ntlm_mechanism())) {
      auto computed = nt_hash(options_.password);
      if (!computed) return tl::unexpected(computed.error());
      hash = std::move(*computed);
      elements.push_back({ntlm_hash, hash.reveal().c_str()});
    }
    gss_key_value_set_desc const store{static_cast<OM_uint32>(elements.size()), elements.data()};
    gss_OID_set_desc mechanisms = gss::set_of(outer);
    OM_uint32 minor = 0;
    credential_.reset();
    OM_uint32 major =
        gss_acquire_cred_from(&minor, user.get(), GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                              elements.empty() ? nullptr : &store, credential_.address(), nullptr, nullptr);
    if (!GSS_ERROR(major) && gss::same(outer, gss::spnego_mechanism())) {
      major = gss_set_neg_mechs(&minor, credential_.get(), const_cast<gss_OID_set>(inner));
    }
    if (GSS_ERROR(major)) return fail(explain(major, minor, inner->elements));
    return {};
  }

  InitiatorStep start(gss_OID outer) {
    outer_ = outer;
    failed_ = false;
    context_.reset();
    target_ = gss::import_name(fmt::format("{}@{}{}", service_class_, options_.host, port_part()),
                               GSS_C_NT_HOSTBASED_SERVICE);
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
    bool const kerberos = mechanism_ == "Kerberos";
    auto* const mechanism = kerberos ? gss::kerberos_mechanism() : gss::ntlm_mechanism();
    auto result = failed(fmt::format("{} to {}/{}: {}", mechanism_, service_class_, options_.host,
                                     explain(major, minor, mechanism)));
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
    if (auto name = gss::mechanism_name(mechanism); !name.empty()) mechanism_ = std::move(name);
  }

  static std::string explain(OM_uint32 major, OM_uint32 minor, gss_OID mechanism) {
    std::string text = gss::describe(major, minor, mechanism);
    // An empty ticket cache has a minor code of the mechanism's own, which no public header names.
    bool const no_ticket = GSS_ROUTINE_ERROR(major) == GSS_S_NO_CRED;
    long const code = no_ticket ? KRB5_CC_NOTFOUND : static_cast<std::int32_t>(minor);
    if (auto const what_to_do = kerberos_advice(code); !what_to_do.empty())
      text += fmt::format(" ({})", what_to_do);
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
  std::optional<TicketCache> tickets_;  ///< got with the password
  bool kdc_refused_password_ = false;
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
