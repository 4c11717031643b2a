#include <gssapi/gssapi_ext.h>

#include <cstdlib>

#include "auth/gss.hpp"
#include "auth/nt_hash.hpp"
#include "auth/ntlm_user_memory.hpp"
#include "auth/sealer.hpp"
#include "base/log.hpp"

namespace winrm::auth {

namespace {

/// Both sides of an NTLM logon, made up in this process.
class NtlmRehearsal {
 public:
  /// An established acceptor context, or nothing when the mechanism is not installed.
  [[nodiscard]] gss::Context run() {
    Secret const password(std::string("not a password of anyone"));
    auto const hash = nt_hash(password);
    if (!hash || !account_.set("rehearsal", *hash) || !acquire(*hash)) return {};
    gss::Name const target = gss::import_name("HTTP@localhost", GSS_C_NT_HOSTBASED_SERVICE);
    gss::Context client;
    gss::Context service;
    std::string token;
    OM_uint32 major = GSS_S_CONTINUE_NEEDED;
    while (major == GSS_S_CONTINUE_NEEDED) {
      if (!initiate(client, target.get(), token)) return {};
      major = accept(service, token);
    }
    return major == GSS_S_COMPLETE ? std::move(service) : gss::Context();
  }

 private:
  bool acquire(Secret const& hash) {
    std::string const file = account_.path();
    gss_key_value_element_desc key{"ntlmssp_keyfile", file.c_str()};
    gss_key_value_element_desc secret{"ntlmssp_nthash", hash.reveal().c_str()};
    return acquire_one("@", GSS_C_NT_HOSTBASED_SERVICE, GSS_C_ACCEPT, key, acceptor_) &&
           acquire_one("rehearsal", GSS_C_NT_USER_NAME, GSS_C_INITIATE, secret, initiator_);
  }

  static bool acquire_one(std::string_view who, gss_OID type, gss_cred_usage_t usage,
                          gss_key_value_element_desc key, gss::Credential& credential) {
    gss_key_value_set_desc const store{1, &key};
    gss::Name const name = gss::import_name(who, type);
    gss_OID_set_desc mechanisms = gss::set_of(gss::ntlm_mechanism());
    OM_uint32 minor = 0;
    return !GSS_ERROR(gss_acquire_cred_from(&minor, name.get(), GSS_C_INDEFINITE, &mechanisms, usage, &store,
                                            credential.address(), nullptr, nullptr));
  }

  bool initiate(gss::Context& context, gss_name_t target, std::string& token) {
    gss_buffer_desc input = gss::borrow(token);
    gss::Buffer output;
    OM_uint32 minor = 0;
    OM_uint32 const major = gss_init_sec_context(
        &minor, initiator_.get(), context.address(), target, gss::ntlm_mechanism(),
        GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG, GSS_C_INDEFINITE, GSS_C_NO_CHANNEL_BINDINGS,
        token.empty() ? GSS_C_NO_BUFFER : &input, nullptr, output.address(), nullptr, nullptr);
    token = output.text();
    return !GSS_ERROR(major);
  }

  OM_uint32 accept(gss::Context& context, std::string& token) {
    gss_buffer_desc input = gss::borrow(token);
    gss::Buffer output;
    OM_uint32 minor = 0;
    OM_uint32 const major =
        gss_accept_sec_context(&minor, context.address(), acceptor_.get(), &input, GSS_C_NO_CHANNEL_BINDINGS,
                               nullptr, nullptr, output.address(), nullptr, nullptr, nullptr);
    token = output.text();
    return major;
  }

  NtlmUserMemory account_;
  gss::Credential acceptor_;
  gss::Credential initiator_;
};

/// A sealer that has sealed, so that import and cipher have been gone through once.
std::unique_ptr<Sealer> rehearse_ntlm() {
  gss::Context context = NtlmRehearsal().run();
  if (!context) return nullptr;
  OM_uint32 minor = 0;
  gss::Buffer exported;
  if (GSS_ERROR(gss_export_sec_context(&minor, context.address(), exported.address()))) return nullptr;
  auto sealer = import_sealer(exported.take_secret());
  if (!sealer || !(*sealer)->seal("rehearsal")) return nullptr;
  return std::move(*sealer);
}

}  // namespace

void preload_mechanisms() {
  // MIT Kerberos fails for good when a krb5.conf that it has read goes away. Sealing needs nothing from it.
  ::setenv("KRB5_CONFIG", "/nonexistent", 1);
  OM_uint32 minor = 0;
  gss::OidSet mechanisms;
  (void)gss_indicate_mechs(&minor, mechanisms.address());
  // Kept for the life of the process: it holds the character set converters that every NTLM context opens.
  static std::unique_ptr<Sealer> const kept = rehearse_ntlm();
  if (!kept)
    log::warning("NTLM is not available: install gss-ntlmssp to let clients without Kerberos log on");
}

}  // namespace winrm::auth
