#pragma once

#include <gssapi/gssapi.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.hpp"

/// Owners and helpers around the C interface of GSSAPI (RFC 2744), for this room only.
namespace winrm::auth::gss {

/// Mechanism object identifiers.
[[nodiscard]] gss_OID kerberos_mechanism() noexcept;
[[nodiscard]] gss_OID ntlm_mechanism() noexcept;
[[nodiscard]] gss_OID spnego_mechanism() noexcept;
[[nodiscard]] bool same(gss_const_OID a, gss_const_OID b) noexcept;
/// "NTLM", "Kerberos", or "" for anything else.
[[nodiscard]] std::string mechanism_name(gss_const_OID mechanism);

/// What the library says of a status, major and minor part in one sentence.
[[nodiscard]] std::string describe(OM_uint32 major, OM_uint32 minor, gss_OID mechanism);

/// Owns a handle of GSSAPI; `release` is the library's function for it.
template <class Handle, OM_uint32 (*release)(OM_uint32*, Handle*)>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) noexcept : handle_(handle) {}
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, Handle{});
    }
    return *this;
  }
  Owned(Owned const&) = delete;
  Owned& operator=(Owned const&) = delete;
  ~Owned() { reset(); }

  [[nodiscard]] Handle get() const noexcept { return handle_; }
  /// For the library's out and in-out parameters.
  [[nodiscard]] Handle* address() noexcept { return &handle_; }
  [[nodiscard]] explicit operator bool() const noexcept { return handle_ != Handle{}; }
  void reset() noexcept {
    OM_uint32 minor = 0;
    if (handle_ != Handle{}) (void)release(&minor, &handle_);
    handle_ = Handle{};
  }

 private:
  Handle handle_{};
};

inline OM_uint32 delete_context(OM_uint32* minor, gss_ctx_id_t* context) {
  return gss_delete_sec_context(minor, context, GSS_C_NO_BUFFER);
}

using Name = Owned<gss_name_t, gss_release_name>;
using Credential = Owned<gss_cred_id_t, gss_release_cred>;
using Context = Owned<gss_ctx_id_t, delete_context>;
using OidSet = Owned<gss_OID_set, gss_release_oid_set>;

/// A buffer the library allocated.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer const&) = delete;
  Buffer& operator=(Buffer const&) = delete;
  ~Buffer() {
    OM_uint32 minor = 0;
    (void)gss_release_buffer(&minor, &buffer_);
  }
  [[nodiscard]] gss_buffer_t address() noexcept { return &buffer_; }
  [[nodiscard]] std::string_view view() const noexcept {
    return {static_cast<char const*>(buffer_.value), buffer_.length};
  }
  [[nodiscard]] std::string text() const { return std::string(view()); }
  /// Copies into a Secret and wipes the library's copy.
  [[nodiscard]] Secret take_secret() {
    Secret result(text());
    wipe(buffer_.value, buffer_.length);
    return result;
  }

 private:
  gss_buffer_desc buffer_{0, nullptr};
};

/// A view of our bytes as the library wants it; it promises not to write.
[[nodiscard]] inline gss_buffer_desc borrow(std::string_view bytes) noexcept {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

/// A channel-bindings structure with application data only (RFC 5929 names no addresses).
class ChannelBindings {
 public:
  explicit ChannelBindings(std::string_view application_data) noexcept {
    bindings_.application_data = borrow(application_data);
  }
  /// Null when there is nothing to bind to.
  [[nodiscard]] gss_channel_bindings_t address() noexcept {
    return bindings_.application_data.length == 0 ? GSS_C_NO_CHANNEL_BINDINGS : &bindings_;
  }

 private:
  gss_channel_bindings_struct bindings_{};
};

/// Empty name on failure. `type` is one of the library's name types.
[[nodiscard]] Name import_name(std::string_view text, gss_OID type);
[[nodiscard]] std::string display_name(gss_name_t name);
/// A set of one mechanism that borrows it.
[[nodiscard]] inline gss_OID_set_desc set_of(gss_OID mechanism) noexcept { return {1, mechanism}; }

[[nodiscard]] bool holds(gss_OID_set_desc const& set, gss_const_OID mechanism) noexcept;

/// Message encryption needs confidentiality, integrity, and, for Kerberos, detection of replayed messages
/// (NTLM always numbers them).
[[nodiscard]] bool can_seal(OM_uint32 flags, std::string_view mechanism) noexcept;

}  // namespace winrm::auth::gss
