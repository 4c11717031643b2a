#include "auth/gss_sealer.hpp"

#include <gssapi/gssapi_ext.h>

#include <array>
#include <cstdint>

namespace winrm::auth {

namespace {

/// Once a message failed, the sequence is lost (and NTLM's cipher stream with it): nothing after it can be
/// trusted, so the sealer refuses from then on.
class GssSealer : public Sealer {
 public:
  explicit GssSealer(gss::Context context) : context_(std::move(context)) {}

  Result<SealedMessage> seal(std::string_view plain) final {
    if (broken_) return fail("this connection's encryption ended with an earlier error: log on again");
    if (plain.empty()) return fail("there is nothing to encrypt: an empty message is sent without a body");
    auto sealed = wrap(plain);
    broken_ = !sealed;
    return sealed;
  }

  Result<std::string> unseal(std::string_view message, std::size_t header_bytes) final {
    if (broken_) return fail("this connection's encryption ended with an earlier error: log on again");
    auto plain = unwrap(message, header_bytes);
    broken_ = !plain;
    return plain;
  }

 protected:
  [[nodiscard]] virtual Result<SealedMessage> wrap(std::string_view plain) = 0;
  [[nodiscard]] virtual Result<std::string> unwrap(std::string_view message, std::size_t header_bytes) = 0;
  [[nodiscard]] gss_ctx_id_t context() const { return context_.get(); }

  /// Replayed, reordered and missing messages come as extra bits on success (RFC 2743 1.2.3).
  [[nodiscard]] static Result<void> check(OM_uint32 major, OM_uint32 minor, int confidential) {
    if (major != GSS_S_COMPLETE)
      return fail("the message cannot be decrypted: " + gss::describe(major, minor, GSS_C_NO_OID));
    if (confidential == 0) return fail("the message is signed but not encrypted");
    return {};
  }

 private:
  gss::Context context_;
  bool broken_ = false;
};

/// gss_wrap writes the 16-byte signature and the ciphertext, as wire reference 3.8.4 wants them.
class NtlmSealer final : public GssSealer {
 public:
  using GssSealer::GssSealer;

 private:
  static constexpr std::size_t signature_bytes = 16;

  Result<SealedMessage> wrap(std::string_view plain) override {
    gss_buffer_desc input = gss::borrow(plain);
    gss::Buffer output;
    OM_uint32 minor = 0;
    int confidential = 0;
    OM_uint32 const major =
        gss_wrap(&minor, context(), 1, GSS_C_QOP_DEFAULT, &input, &confidential, output.address());
    if (major != GSS_S_COMPLETE || confidential == 0 || output.view().size() < signature_bytes) {
      return fail("NTLM cannot encrypt: " + gss::describe(major, minor, GSS_C_NO_OID));
    }
    SealedMessage sealed;
    sealed.header = output.view().substr(0, signature_bytes);
    sealed.ciphertext = output.view().substr(signature_bytes);
    return sealed;
  }

  Result<std::string> unwrap(std::string_view message, std::size_t header_bytes) override {
    // The mechanism subtracts 16 from the length without looking.
    if (header_bytes != signature_bytes || message.size() <= signature_bytes) {
      return fail("an NTLM message must have a 16-byte signature and content");
    }
    gss_buffer_desc input = gss::borrow(message);
    gss::Buffer output;
    OM_uint32 minor = 0;
    int confidential = 0;
    OM_uint32 const major = gss_unwrap(&minor, context(), &input, output.address(), &confidential, nullptr);
    if (auto ok = check(major, minor, confidential); !ok) return tl::unexpected(ok.error());
    return output.text();
  }
};

class KerberosSealer final : public GssSealer {
 public:
  using GssSealer::GssSealer;

 private:
  /// HEADER, DATA, PADDING: without a TRAILER buffer the library rotates the checksum into the header
  /// (RFC 4121 4.2.5), the layout Windows uses.
  Result<SealedMessage> wrap(std::string_view plain) override {
    SealedMessage sealed;
    sealed.ciphertext = plain;
    std::array<gss_iov_buffer_desc, 3> parts{};
    parts[0].type = GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE;
    parts[1].type = GSS_IOV_BUFFER_TYPE_DATA;
    parts[1].buffer = {sealed.ciphertext.size(), sealed.ciphertext.data()};
    parts[2].type = GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE;
    OM_uint32 minor = 0;
    int confidential = 0;
    OM_uint32 const major =
        gss_wrap_iov(&minor, context(), 1, GSS_C_QOP_DEFAULT, &confidential, parts.data(), parts.size());
    if (major == GSS_S_COMPLETE) {
      sealed.header.assign(static_cast<char const*>(parts[0].buffer.value), parts[0].buffer.length);
      sealed.padding = parts[2].buffer.length;
      sealed.ciphertext.append(static_cast<char const*>(parts[2].buffer.value), parts[2].buffer.length);
    }
    OM_uint32 ignored = 0;
    (void)gss_release_iov_buffer(&ignored, parts.data(), parts.size());
    if (major != GSS_S_COMPLETE || confidential == 0) {
      return fail("Kerberos cannot encrypt: " + gss::describe(major, minor, gss::kerberos_mechanism()));
    }
    return sealed;
  }

  /// The lengths inside the token, before the library relies on them (CVE-2024-37370, CVE-2024-37371).
  static Result<void> check_lengths(std::string_view message, std::size_t header_bytes) {
    constexpr std::size_t cfx_header_bytes = 16;
    constexpr std::size_t smallest_legacy_token = 45;
    if (header_bytes > message.size() || header_bytes < cfx_header_bytes) {
      return fail("the Kerberos token header is longer than the message, or shorter than 16 bytes");
    }
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(message[i]); };
    bool const is_cfx = byte(0) == 0x05 && byte(1) == 0x04;
    if (!is_cfx) {
      if (byte(0) == 0x60 && message.size() >= smallest_legacy_token) return {};  // RFC 4757
      return fail("not a Kerberos wrap token");
    }
    // RFC 4121 4.2.6.2: flags, filler FF, extra count, right rotation count, sequence number. What follows
    // holds at least confounder, encrypted copy of the header and checksum.
    constexpr unsigned sealed_flag = 0x02;
    constexpr std::size_t smallest_ciphertext = 16 + 16 + 12;
    std::size_t const extra = static_cast<std::size_t>(byte(4)) << 8 | byte(5);
    std::size_t const body = message.size() - cfx_header_bytes;
    if ((byte(2) & sealed_flag) == 0) return fail("the message is signed but not encrypted");
    if (byte(3) != 0xff || body < smallest_ciphertext || extra > body - smallest_ciphertext) {
      return fail("a malformed Kerberos wrap token");
    }
    return {};
  }

  /// As one stream, so that it does not matter where the peer cut header from ciphertext: Windows and MIT
  /// rotate by 28, others not at all.
  Result<std::string> unwrap(std::string_view message, std::size_t header_bytes) override {
    if (auto ok = check_lengths(message, header_bytes); !ok) return tl::unexpected(ok.error());
    std::string bytes(message);
    std::array<gss_iov_buffer_desc, 2> parts{};
    parts[0].type = GSS_IOV_BUFFER_TYPE_STREAM;
    parts[0].buffer = {bytes.size(), bytes.data()};
    parts[1].type = GSS_IOV_BUFFER_TYPE_DATA;
    OM_uint32 minor = 0;
    int confidential = 0;
    OM_uint32 const major =
        gss_unwrap_iov(&minor, context(), &confidential, nullptr, parts.data(), parts.size());
    if (auto ok = check(major, minor, confidential); !ok) return tl::unexpected(ok.error());
    return std::string(static_cast<char const*>(parts[1].buffer.value), parts[1].buffer.length);
  }
};

}  // namespace

std::unique_ptr<Sealer> make_gss_sealer(gss::Context context, std::string_view mechanism) {
  if (mechanism == "NTLM") return std::make_unique<NtlmSealer>(std::move(context));
  return std::make_unique<KerberosSealer>(std::move(context));
}

Result<std::unique_ptr<Sealer>> import_sealer(Secret exported_context) {
  if (exported_context.empty()) return fail("this logon has no message encryption");
  gss_buffer_desc bytes = gss::borrow(exported_context.reveal());
  gss::Context context;
  OM_uint32 minor = 0;
  OM_uint32 major = gss_import_sec_context(&minor, &bytes, context.address());
  gss_OID mechanism = GSS_C_NO_OID;
  if (!GSS_ERROR(major)) {
    major = gss_inquire_context(&minor, context.get(), nullptr, nullptr, nullptr, &mechanism, nullptr,
                                nullptr, nullptr);
  }
  if (GSS_ERROR(major)) {
    return fail("the security context cannot be continued here: " + gss::describe(major, minor, mechanism));
  }
  std::string const name = gss::mechanism_name(mechanism);
  if (name.empty()) return fail("the security context is of an unknown mechanism");
  return make_gss_sealer(std::move(context), name);
}

}  // namespace winrm::auth
