#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace winrm::client {

/// What the client itself refuses or meets: codes a service never sends (windows-surface 10.2). Texts of the
/// faults a service sends are in wsman/fault.hpp.
namespace code {
inline constexpr std::uint32_t destination_unreachable = 0x80338012;
inline constexpr std::uint32_t invalid_hostname_pattern = 0x8033809F;
inline constexpr std::uint32_t machine_option_required = 0x803380A5;
inline constexpr std::uint32_t certificate_not_found = 0x80338082;
inline constexpr std::uint32_t spn_wrong_authentication = 0x803380AE;
inline constexpr std::uint32_t certificate_unneeded_credentials = 0x803380AF;
inline constexpr std::uint32_t username_password_needed = 0x803380B0;
inline constexpr std::uint32_t certificate_needed = 0x803380B4;
inline constexpr std::uint32_t local_invalid_credentials = 0x803380B8;
inline constexpr std::uint32_t local_invalid_connection_options = 0x803380B9;
inline constexpr std::uint32_t unencrypted_http_only = 0x803380D7;
inline constexpr std::uint32_t certificate_over_http = 0x803380D8;
inline constexpr std::uint32_t connection_string_invalid = 0x803380D9;
inline constexpr std::uint32_t transport_not_supported = 0x803380DA;
inline constexpr std::uint32_t port_invalid = 0x803380DB;
inline constexpr std::uint32_t unencrypted_disabled = 0x803380DE;
inline constexpr std::uint32_t basic_disabled = 0x803380DF;
inline constexpr std::uint32_t negotiate_disabled = 0x803380E1;
inline constexpr std::uint32_t kerberos_disabled = 0x803380E2;
inline constexpr std::uint32_t certificates_disabled = 0x803380E3;
inline constexpr std::uint32_t server_not_trusted = 0x803380E4;
inline constexpr std::uint32_t explicit_credentials_required = 0x803380E5;
inline constexpr std::uint32_t response_invalid = 0x803380F4;
inline constexpr std::uint32_t cannot_decrypt = 0x803380F9;
inline constexpr std::uint32_t no_identify_for_local_session = 0x803380FC;
inline constexpr std::uint32_t kerberos_ip_address = 0x8033810B;
inline constexpr std::uint32_t unknown_http_status = 0x8033810F;
inline constexpr std::uint32_t http_request_too_large = 0x80338111;
inline constexpr std::uint32_t http_service_unavailable = 0x80338112;
inline constexpr std::uint32_t http_not_found = 0x80338113;
inline constexpr std::uint32_t network_timed_out = 0x80338126;
inline constexpr std::uint32_t certificate_without_scheme = 0x80338156;
inline constexpr std::uint32_t http_server_error = 0x80338170;
inline constexpr std::uint32_t http_bad_request = 0x80338171;
inline constexpr std::uint32_t html_error = 0x80338173;
inline constexpr std::uint32_t proxy_credentials = 0x8033819B;
inline constexpr std::uint32_t proxy_access_type = 0x8033819C;
inline constexpr std::uint32_t no_proxy_with_credentials = 0x8033819D;
inline constexpr std::uint32_t default_credentials_over_http = 0x803381B0;
inline constexpr std::uint32_t proxy_over_http = 0x803381B1;
inline constexpr std::uint32_t proxy_with_kerberos = 0x803381B2;
inline constexpr std::uint32_t name_not_resolved = 0x803381B9;
inline constexpr std::uint32_t tls_connection_aborted = 0x803381BA;
inline constexpr std::uint32_t default_auth_ip_address = 0x803381BB;
inline constexpr std::uint32_t invalid_use_ssl_parameter = 0x803381BE;
inline constexpr std::uint32_t mutual_auth_failed = 0x803381F0;
inline constexpr std::uint32_t access_denied = 5;         ///< Win32
inline constexpr std::uint32_t operation_aborted = 995;   ///< Win32
inline constexpr std::uint32_t tls_failure = 0x80072F8F;  ///< HRESULT of WinHTTP's 12175
}  // namespace code

struct ErrorCodeRow {
  std::uint32_t code;
  std::string_view name;  ///< as the Windows headers spell it
  std::string_view text;  ///< what it means and what to do
};

/// Every code above, in order of code.
[[nodiscard]] std::span<ErrorCodeRow const> error_code_table();

/// The text for a code of ours, of the fault table, or of the Win32 errors we print (also as HRESULTs); ""
/// for an unknown one.
[[nodiscard]] std::string_view describe_code(std::uint32_t code);

/// A code as tools print it: Win32 errors as HRESULTs (5 is 0x80070005).
[[nodiscard]] std::uint32_t to_hresult(std::uint32_t code);

/// Why an operation of the client library did not succeed. The one exception the library throws.
class Failure : public std::exception {
 public:
  enum class Kind {
    usage,           ///< the options contradict each other; nothing was sent
    policy,          ///< the client's configuration forbids it; nothing was sent
    transport,       ///< no connection, no answer, or TLS failed
    authentication,  ///< the service refused the credentials, or did not prove itself
    protocol,        ///< the answer was not what the protocol says
    fault,           ///< the service answered with a WS-Management fault
    interrupted,     ///< Session::interrupt()
  };

  Failure(Kind kind, std::uint32_t code, std::string text)
      : kind_(kind), code_(code), text_(std::move(text)) {}
  /// A fault of the service; `xml` is its f:WSManFault element (or s:Detail when there is none), "" when the
  /// fault had no detail.
  [[nodiscard]] static Failure from_fault(std::uint32_t code, std::string text, std::string xml);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// WSManFault Code: an HRESULT or a Win32 error number; 0 when the service gave none.
  [[nodiscard]] std::uint32_t code() const noexcept { return code_; }
  /// For people: what was wrong, where, and what to do next.
  [[nodiscard]] std::string const& text() const noexcept { return text_; }
  [[nodiscard]] std::string const& fault_xml() const noexcept { return fault_xml_; }
  [[nodiscard]] char const* what() const noexcept override { return text_.c_str(); }

  /// "No output yet, ask again": the fault that ends a long poll (wire reference 8.3).
  [[nodiscard]] bool is_operation_timeout() const noexcept;

 private:
  Kind kind_;
  std::uint32_t code_;
  std::string text_;
  std::string fault_xml_;
};

}  // namespace winrm::client
