#include "auth/gss.hpp"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace winrm::auth::gss {

namespace {

/// 1.3.6.1.4.1.311.2.2.10 (MS-NLMP)
std::array<char, 10> ntlm_bytes = {'\x2b', '\x06', '\x01', '\x04', '\x01',
                                   '\x82', '\x37', '\x02', '\x02', '\x0a'};
/// 1.3.6.1.5.5.2 (RFC 4178)
std::array<char, 6> spnego_bytes = {'\x2b', '\x06', '\x01', '\x05', '\x05', '\x02'};

gss_OID_desc ntlm_oid = {ntlm_bytes.size(), ntlm_bytes.data()};
gss_OID_desc spnego_oid = {spnego_bytes.size(), spnego_bytes.data()};

void append_status(std::string& text, OM_uint32 code, int type, gss_OID mechanism) {
  OM_uint32 more = 0;
  do {
    OM_uint32 minor = 0;
    Buffer message;
    if (GSS_ERROR(gss_display_status(&minor, code, type, mechanism, &more, message.address()))) return;
    if (!text.empty() && !message.view().empty()) text += ": ";
    text += message.view();
  } while (more != 0);
}

}  // namespace

gss_OID kerberos_mechanism() noexcept { return const_cast<gss_OID>(gss_mech_krb5); }
gss_OID ntlm_mechanism() noexcept { return &ntlm_oid; }
gss_OID spnego_mechanism() noexcept { return &spnego_oid; }

bool same(gss_const_OID a, gss_const_OID b) noexcept {
  return a != nullptr && b != nullptr && a->length == b->length &&
         std::memcmp(a->elements, b->elements, a->length) == 0;
}

std::string mechanism_name(gss_const_OID mechanism) {
  if (same(mechanism, &ntlm_oid)) return "NTLM";
  if (same(mechanism, gss_mech_krb5)) return "Kerberos";
  return {};
}

std::string describe(OM_uint32 major, OM_uint32 minor, gss_OID mechanism) {
  std::string text;
  append_status(text, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
  if (minor != 0) append_status(text, minor, GSS_C_MECH_CODE, mechanism);
  return text;
}

Name import_name(std::string_view text, gss_OID type) {
  OM_uint32 minor = 0;
  gss_buffer_desc buffer = borrow(text);
  Name name;
  if (GSS_ERROR(gss_import_name(&minor, &buffer, type, name.address()))) name.reset();
  return name;
}

std::string display_name(gss_name_t name) {
  OM_uint32 minor = 0;
  Buffer text;
  if (GSS_ERROR(gss_display_name(&minor, name, text.address(), nullptr))) return {};
  return text.text();
}

bool holds(gss_OID_set_desc const& set, gss_const_OID mechanism) noexcept {
  return std::any_of(set.elements, set.elements + set.count,
                     [&](gss_OID_desc const& o) { return same(&o, mechanism); });
}

bool can_seal(OM_uint32 flags, std::string_view mechanism) noexcept {
  constexpr OM_uint32 both = GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
  if ((flags & both) != both) return false;
  return mechanism == "NTLM" || (flags & (GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG)) != 0;
}

}  // namespace winrm::auth::gss
