#include <fmt/format.h>
#include <gssapi/gssapi_ext.h>

#include <openssl/rand.h>

#include <array>
#include <optional>

#include "auth/exchange.hpp"
#include "auth/exported_context.hpp"
#include "auth/gss.hpp"
#include "auth/ntlm_user_memory.hpp"
#include "auth/token_inspection.hpp"
#include "auth/users_file.hpp"
#include "base/limits.hpp"

namespace winrm::auth {

namespace {

/// gss-ntlmssp's name for a file of accounts in a credential store.
constexpr char const* ntlm_key_file = "ntlmssp_keyfile";

constexpr std::size_t longest_logged_name = 256;

/// A hash no password has, for names that are not in the users file: their exchange runs to the same end.
Secret random_nt_hash() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  std::string hex;
  for (unsigned char byte : bytes) hex += fmt::format("{:02X}", byte);
  return Secret(std::move(hex));
}

class GssAcceptor final : public Acceptor {
 public:
  explicit GssAcceptor(AcceptorOptions options) : options_(std::move(options)) {}

  AcceptorStep step(std::string_view token) override {
    if (finished_) return deny("a token after the end of the exchange");
    if (++rounds_ > limits::authentication_rounds) return deny("too many rounds");
    if (token.empty()) return deny("an empty token");
    if (token.size() > limits::authentication_token_bytes) return deny("the token is too large");
    auto facts = inspect_token(token);
    if (!facts) return deny(facts.error().message);
    if (rounds_ == 1) {
      if (auto ok = choose_credential(*facts); !ok) return deny(ok.error().message);
    }
    if (facts->ntlm) {
      if (auto ok = prepare_ntlm(*facts->ntlm); !ok) return deny(ok.error().message);
    }
    return accept(token);
  }

 private:
  AcceptorStep deny(std::string reason) {
    finished_ = true;
    ntlm_user_.reset();
    context_.reset();
    AcceptorStep result;
    result.outcome = AcceptorStep::Outcome::deny;
    result.reason = std::move(reason);
    result.claimed_name = claimed_name_;
    return result;
  }

  [[nodiscard]] bool serves_ntlm() const { return options_.allow_ntlm && options_.users != nullptr; }

  /// RFC 4178: the first mechanism of the client's list that we can serve. One credential cannot hold both,
  /// as Kerberos must have no name (any key of the keytab) and NTLM must have one to carry its account file.
  Result<void> choose_credential(TokenFacts const& facts) {
    bool const is_spnego = facts.framing == TokenFacts::Framing::spnego_init;
    if (facts.framing == TokenFacts::Framing::spnego_response) return fail("SPNEGO began with an answer");
    bool const wants_ntlm = facts.mechanism == TokenFacts::Mechanism::ntlm;
    if (wants_ntlm && serves_ntlm()) return acquire_ntlm(is_spnego);
    bool const speaks_kerberos = is_spnego ? facts.offers_kerberos : !wants_ntlm;
    Result<void> kerberos = fail("the client offers no mechanism that is served here (NTLM is off)");
    if (speaks_kerberos) kerberos = acquire_kerberos(is_spnego);
    if (kerberos) return kerberos;
    if (facts.offers_ntlm && serves_ntlm()) return acquire_ntlm(is_spnego);
    return kerberos;
  }

  Result<void> acquire_kerberos(bool is_spnego) {
    std::string const keytab = options_.keytab.string();
    gss_key_value_element_desc element{"keytab", keytab.c_str()};
    gss_key_value_set_desc const store{1, &element};
    auto const* const from = keytab.empty() ? nullptr : &store;
    // SPNEGO gives a credential even where there is no key, so Kerberos itself is asked first.
    auto acquired = acquire(GSS_C_NO_NAME, gss::kerberos_mechanism(), false, from);
    if (acquired && is_spnego) acquired = acquire(GSS_C_NO_NAME, gss::kerberos_mechanism(), true, from);
    if (acquired) return acquired;
    return fail(fmt::format("no Kerberos key can be used from {}: {}",
                            keytab.empty() ? std::string("the system's keytab") : keytab,
                            acquired.error().message));
  }

  Result<void> acquire_ntlm(bool is_spnego) {
    ntlm_user_.emplace();
    std::string const path = ntlm_user_->path();
    // SPNEGO asks Kerberos for a credential too. A keytab of no type makes it give up before it builds a
    // name, which MIT krb5 1.20 would never free.
    std::array elements{gss_key_value_element_desc{ntlm_key_file, path.c_str()},
                        gss_key_value_element_desc{"keytab", "none:"}};
    gss_key_value_set_desc const store{elements.size(), elements.data()};
    // "@" is this machine without a service class: a class would go into the challenge, and clients that
    // asked for another one would refuse it.
    gss::Name const self = gss::import_name("@", GSS_C_NT_HOSTBASED_SERVICE);
    if (path.empty() || !self) return fail("no memory for the NTLM account");
    auto acquired = acquire(self.get(), gss::ntlm_mechanism(), is_spnego, &store);
    if (acquired) return acquired;
    return fail("NTLM cannot be used (is gss-ntlmssp installed?): " + acquired.error().message);
  }

  Result<void> acquire(gss_name_t name, gss_OID mechanism, bool is_spnego,
                       gss_key_value_set_desc const* store) {
    gss_OID const outer = is_spnego ? gss::spnego_mechanism() : mechanism;
    gss_OID_set_desc mechanisms = gss::set_of(outer);
    OM_uint32 minor = 0;
    credential_.reset();
    OM_uint32 major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT, store,
                                            credential_.address(), nullptr, nullptr);
    if (!GSS_ERROR(major) && is_spnego) {
      gss_OID_set_desc inner = gss::set_of(mechanism);
      major = gss_set_neg_mechs(&minor, credential_.get(), &inner);
    }
    if (GSS_ERROR(major)) return fail(gss::describe(major, minor, outer));
    return {};
  }

  Result<void> prepare_ntlm(NtlmFacts const& ntlm) {
    if (!ntlm_user_) return fail("NTLM inside an exchange of another mechanism");
    switch (ntlm.type) {
      case NtlmFacts::Type::challenge:
        return fail("an NTLM challenge from a client");
      case NtlmFacts::Type::negotiate:
        return check_ntlm_offer(ntlm);
      case NtlmFacts::Type::authenticate:
        return look_up_ntlm_user(ntlm);
    }
    return fail("an NTLM message of an unknown type");
  }

  /// MS-NLMP 3.1.1.1: a session that seals must do it with 128-bit keys and extended session security.
  Result<void> check_ntlm_offer(NtlmFacts const& ntlm) {
    if (ntlm_flags_) return fail("a second NTLM NEGOTIATE message");
    constexpr std::uint32_t strong = ntlm_extended_session_security | ntlm_128_bit;
    if ((ntlm.flags & ntlm_unicode) == 0) return fail("the NTLM client does not speak Unicode");
    if ((ntlm.flags & ntlm_seal) != 0 && (ntlm.flags & strong) != strong) {
      return fail("the NTLM client offers weak encryption only: it must negotiate 128-bit keys");
    }
    ntlm_flags_ = ntlm.flags;
    return {};
  }

  /// The domain the client sent goes into NTLMv2's hash but selects nothing: every account is ours.
  Result<void> look_up_ntlm_user(NtlmFacts const& ntlm) {
    if (!ntlm_flags_) return fail("an NTLM AUTHENTICATE message that answers no challenge");
    // The mechanism copies 16 bytes from there when keys are exchanged.
    if ((*ntlm_flags_ & ntlm_key_exchange) != 0 && !ntlm.has_session_key)
      return fail("NTLM without its session key");
    // "alice@realm" may have been split on its way: an entry of that whole name goes first.
    auto entry = options_.users->find_exact(fmt::format("{}@{}", ntlm.user, ntlm.domain));
    if (!entry) entry = options_.users->find(ntlm.user);
    claimed_name_ = ntlm.user.substr(0, longest_logged_name);
    refusal_detail_ = entry ? "most likely a wrong password for a name of the users file"
                            : "there is no such name in the users file";
    ntlm_name_ = entry ? entry->name : std::string();
    Secret const hash = entry ? std::move(entry->nt_hash) : random_nt_hash();
    if (!ntlm_user_->set(ntlm.user, hash)) return fail("an NTLM user name that no account can have");
    return {};
  }

  AcceptorStep accept(std::string_view token) {
    gss_buffer_desc input = gss::borrow(token);
    gss::Buffer output;
    gss::Name client;
    gss_OID mechanism = GSS_C_NO_OID;
    OM_uint32 flags = 0;
    OM_uint32 minor = 0;
    bool const check_binding = options_.hardening != config::CbtHardeningLevel::none;
    gss::ChannelBindings bindings(check_binding ? std::string_view(options_.channel_binding)
                                                : std::string_view());
    OM_uint32 const major =
        gss_accept_sec_context(&minor, context_.address(), credential_.get(), &input, bindings.address(),
                               client.address(), &mechanism, output.address(), &flags, nullptr, nullptr);
    if (GSS_ERROR(major)) return deny(refusal(major, minor, mechanism));
    AcceptorStep result;
    result.token = output.text();
    if ((major & GSS_S_CONTINUE_NEEDED) != 0) {
      result.outcome = AcceptorStep::Outcome::proceed;
      return result;
    }
    return finish(std::move(result), client.get(), flags, gss::mechanism_name(inner_mechanism(mechanism)));
  }

  /// Inside SPNEGO the library may name SPNEGO itself; the established context knows better.
  gss_OID inner_mechanism(gss_OID reported) {
    OM_uint32 minor = 0;
    gss_OID mechanism = GSS_C_NO_OID;
    OM_uint32 const major = gss_inquire_context(&minor, context_.get(), nullptr, nullptr, nullptr, &mechanism,
                                                nullptr, nullptr, nullptr);
    return GSS_ERROR(major) ? reported : mechanism;
  }

  AcceptorStep finish(AcceptorStep result, gss_name_t client, OM_uint32 flags, std::string mechanism) {
    finished_ = true;
    if ((flags & GSS_C_ANON_FLAG) != 0) return deny("an anonymous client");
    bool const must_be_bound =
        options_.hardening == config::CbtHardeningLevel::strict && !options_.channel_binding.empty();
    if (must_be_bound && (flags & GSS_C_CHANNEL_BOUND_FLAG) == 0) {
      return deny("the client sent no channel binding, and CbtHardeningLevel is Strict");
    }
    AcceptedClient accepted;
    accepted.name = mechanism == "NTLM" ? ntlm_name_ : gss::display_name(client);
    accepted.mechanism = std::move(mechanism);
    if (accepted.name.empty() || accepted.mechanism.empty()) return deny("the client has no name");
    if (gss::can_seal(flags, accepted.mechanism)) {
      OM_uint32 minor = 0;
      gss::Buffer exported;
      OM_uint32 const major = gss_export_sec_context(&minor, context_.address(), exported.address());
      if (GSS_ERROR(major))
        return deny("cannot export the context: " + gss::describe(major, minor, GSS_C_NO_OID));
      accepted.exported_context = without_configuration_files(exported.take_secret());
    }
    ntlm_user_.reset();
    result.outcome = AcceptorStep::Outcome::accept;
    result.client = std::move(accepted);
    return result;
  }

  std::string refusal(OM_uint32 major, OM_uint32 minor, gss_OID mechanism) const {
    // gss-ntlmssp calls it a defective token, as it does a wrong message integrity code.
    bool const ntlm_mismatch = ntlm_user_ && ntlm_user_->is_set() && !options_.channel_binding.empty() &&
                               GSS_ROUTINE_ERROR(major) == GSS_S_DEFECTIVE_TOKEN;
    if (GSS_ROUTINE_ERROR(major) == GSS_S_BAD_BINDINGS ||
        (ntlm_mismatch && !options_.channel_binding.empty())) {
      return "channel binding mismatch: the client's TLS connection does not end here (a proxy in between?)";
    }
    std::string text = gss::describe(major, minor, mechanism);
    if (!refusal_detail_.empty()) text += " (" + refusal_detail_ + ")";
    return text;
  }

  AcceptorOptions options_;
  gss::Credential credential_;
  gss::Context context_;
  std::optional<NtlmUserMemory> ntlm_user_;
  std::optional<std::uint32_t> ntlm_flags_;  ///< of the client's NEGOTIATE message
  std::string ntlm_name_;                    ///< the users file's name; empty: not in it
  std::string claimed_name_;
  std::string refusal_detail_;
  std::size_t rounds_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Acceptor> make_gss_acceptor(AcceptorOptions options) {
  return std::make_unique<GssAcceptor>(std::move(options));
}

}  // namespace winrm::auth
