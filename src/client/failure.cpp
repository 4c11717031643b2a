#include "client/failure.hpp"

#include <algorithm>
#include <array>

#include "wsman/fault.hpp"

namespace winrm::client {
namespace {

constexpr std::uint32_t operation_timed_out = 0x80338029;
/// HRESULT_FROM_WIN32: severity 1, facility 7, the error in the low half.
constexpr std::uint32_t hresult_of_win32 = 0x80070000;

constexpr auto table = std::to_array<ErrorCodeRow>({
    {2, "ERROR_FILE_NOT_FOUND", "The system cannot find the file specified."},
    {code::access_denied, "ERROR_ACCESS_DENIED", "Access is denied."},
    {50, "ERROR_NOT_SUPPORTED", "The request is not supported."},
    {87, "ERROR_INVALID_PARAMETER", "The parameter is incorrect."},
    {code::operation_aborted, "ERROR_OPERATION_ABORTED",
     "The operation was ended before it was complete: the client closed it, or its shell was deleted."},
    {1326, "ERROR_LOGON_FAILURE", "The user name is unknown or the password is wrong."},
    {1396, "ERROR_WRONG_TARGET_NAME",
     "The ticket is for another service principal. Check the host's name, its SPN and its keytab."},
    {1398, "ERROR_TIME_SKEW", "The clocks of the client and the server differ too much. Set the time."},
    {code::tls_failure, "ERROR_INTERNET_SECURE_FAILURE",
     "The TLS connection could not be made or the server's certificate was refused."},
    {code::destination_unreachable, "ERROR_WSMAN_DESTINATION_UNREACHABLE",
     "The WinRM client cannot connect to the destination. Check the host name and the port, that the "
     "WS-Management service runs there, and that no firewall is in between."},
    {code::certificate_not_found, "ERROR_WSMAN_CERT_NOT_FOUND",
     "The certificate was not found. Check the thumbprint, or give the file."},
    {code::invalid_hostname_pattern, "ERROR_WSMAN_INVALID_HOSTNAME_PATTERN",
     "The TrustedHosts list has an entry that is not a host name pattern. Entries are separated by commas; "
     "'*' stands for any characters, '<local>' for names without a dot, and IPv6 addresses stand in "
     "brackets."},
    {code::machine_option_required, "ERROR_WSMAN_MACHINE_OPTION_REQUIRED",
     "This operation needs a remote host. Give one with -remote:HOST."},
    {code::spn_wrong_authentication, "ERROR_WSMAN_CLIENT_SPN_WRONG_AUTH",
     "The WinRM client cannot process the request. -SPNPort is for Negotiate and Kerberos."},
    {code::certificate_unneeded_credentials, "ERROR_WSMAN_CLIENT_CERT_UNNEEDED_CREDS",
     "The WinRM client cannot process the request. A client certificate takes no user name and password: "
     "leave them out."},
    {code::username_password_needed, "ERROR_WSMAN_CLIENT_USERNAME_PASSWORD_NEEDED",
     "The WinRM client cannot process the request. The chosen authentication scheme needs a user name and a "
     "password. Give them with -username and -password (or -passwordfile, -passwordenv, or at the prompt)."},
    {code::certificate_needed, "ERROR_WSMAN_CLIENT_CERT_NEEDED",
     "The WinRM client cannot process the request. Certificate authentication needs -certificate:FILE."},
    {code::local_invalid_credentials, "ERROR_WSMAN_CLIENT_LOCAL_INVALID_CREDS",
     "The WinRM client cannot process the request. Credentials are not accepted for the local service: it "
     "knows you by your account. Give a host with -remote, or leave out -username."},
    {code::local_invalid_connection_options, "ERROR_WSMAN_CLIENT_LOCAL_INVALID_CONNECTION_OPTIONS",
     "The WinRM client cannot process the request. Connection options make no sense for the local service. "
     "Give a host with -remote, or leave them out."},
    {code::unencrypted_http_only, "ERROR_WSMAN_CLIENT_UNENCRYPTED_HTTP_ONLY",
     "The WinRM client cannot process the request. -unencrypted is for HTTP; over HTTPS everything is "
     "encrypted. Leave it out."},
    {code::certificate_over_http, "ERROR_WSMAN_CANNOT_USE_CERTIFICATES_FOR_HTTP",
     "The WinRM client cannot process the request. Client certificates are for HTTPS: add -usessl."},
    {code::connection_string_invalid, "ERROR_WSMAN_CONNECTIONSTR_INVALID",
     "The WinRM client cannot process the request. The remote host is written as "
     "[TRANSPORT://]HOST[:PORT][/PREFIX], with IPv6 addresses in brackets."},
    {code::transport_not_supported, "ERROR_WSMAN_TRANSPORT_NOT_SUPPORTED",
     "The WinRM client cannot process the request. The transport must be http or https."},
    {code::port_invalid, "ERROR_WSMAN_PORT_INVALID",
     "The WinRM client cannot process the request. A port is a number from 1 to 65535."},
    {code::unencrypted_disabled, "ERROR_WSMAN_CLIENT_UNENCRYPTED_DISABLED",
     "The WinRM client cannot process the request. Unencrypted traffic is disabled in the client's "
     "configuration (Client.AllowUnencrypted)."},
    {code::basic_disabled, "ERROR_WSMAN_CLIENT_BASIC_AUTHENTICATION_DISABLED",
     "The WinRM client cannot process the request. Basic authentication is disabled in the client's "
     "configuration (Client.Auth.Basic)."},
    {code::negotiate_disabled, "ERROR_WSMAN_CLIENT_NEGOTIATE_AUTHENTICATION_DISABLED",
     "The WinRM client cannot process the request. Negotiate authentication is disabled in the client's "
     "configuration (Client.Auth.Negotiate)."},
    {code::kerberos_disabled, "ERROR_WSMAN_CLIENT_KERBEROS_AUTHENTICATION_DISABLED",
     "The WinRM client cannot process the request. Kerberos authentication is disabled in the client's "
     "configuration (Client.Auth.Kerberos)."},
    {code::certificates_disabled, "ERROR_WSMAN_CLIENT_CERTIFICATES_AUTHENTICATION_DISABLED",
     "The WinRM client cannot process the request. Certificate authentication is disabled in the client's "
     "configuration (Client.Auth.Certificate)."},
    {code::server_not_trusted, "ERROR_WSMAN_SERVER_NOT_TRUSTED",
     "The WinRM client cannot process the request. Over plain HTTP, a scheme other than Kerberos does not "
     "prove who the server is. Use HTTPS or Kerberos, or add the host to Client.TrustedHosts."},
    {code::explicit_credentials_required, "ERROR_WSMAN_EXPLICIT_CREDENTIALS_REQUIRED",
     "The WinRM client cannot process the request. This host needs a user name: give one with -username."},
    {code::response_invalid, "ERROR_WSMAN_RESPONSE_NO_SOAP_HEADER_BODY",
     "The WinRM client received an answer that is not a valid WS-Management message."},
    {code::cannot_decrypt, "ERROR_WSMAN_CANNOT_DECRYPT",
     "The WinRM client cannot decrypt the answer: it was altered, or it was not encrypted at all."},
    {code::no_identify_for_local_session, "ERROR_WSMAN_NO_IDENTIFY_FOR_LOCAL_SESSION",
     "The WinRM client cannot process the request. Identify asks a remote host what it is: give one with "
     "-remote:HOST."},
    {code::kerberos_ip_address, "ERROR_WSMAN_KERBEROS_IPADDRESS",
     "The WinRM client cannot process the request. Kerberos knows hosts by name: give the host's name "
     "instead "
     "of its IP address."},
    {code::unknown_http_status, "ERROR_WSMAN_UNKNOWN_HTTP_STATUS_RETURNED",
     "The server answered with an HTTP status the WinRM client does not expect."},
    {code::http_request_too_large, "ERROR_WSMAN_HTTP_REQUEST_TOO_LARGE_STATUS",
     "The server refused the request as too large (HTTP 413). Its MaxEnvelopeSizekb is the limit."},
    {code::http_service_unavailable, "ERROR_WSMAN_HTTP_SERVICE_UNAVAILABLE_STATUS",
     "The service is not available now (HTTP 503): it is stopping, or it is over its limits. Try again."},
    {code::http_not_found, "ERROR_WSMAN_HTTP_NOT_FOUND_STATUS",
     "The server has nothing at that URL (HTTP 404). Check the port and the URL prefix of its listener."},
    {code::network_timed_out, "ERROR_WSMAN_NETWORK_TIMEDOUT",
     "The WinRM client got no answer in time. Check the host name, the route and the firewall, or give more "
     "time with -timeout."},
    {code::certificate_without_scheme, "ERROR_WSMAN_CERT_MISSING_AUTH_FLAG",
     "The WinRM client cannot process the request. -certificate goes with -authentication:Certificate."},
    {code::http_server_error, "ERROR_WSMAN_HTTP_STATUS_SERVER_ERROR",
     "The server failed without saying why (HTTP 500). A Windows service that refuses unencrypted requests "
     "answers so, too."},
    {code::http_bad_request, "ERROR_WSMAN_HTTP_STATUS_BAD_REQUEST",
     "The server did not accept the HTTP request (HTTP 400). Is this the port of a WS-Management service?"},
    {code::html_error, "ERROR_WSMAN_HTML_ERROR",
     "The server answered with a web page instead of a WS-Management message. Check the port and the URL "
     "prefix."},
    {code::proxy_credentials, "ERROR_WSMAN_CLIENT_CREDENTIALS_FOR_PROXY_AUTHENTICATION",
     "The WinRM client cannot process the request. A proxy user name goes with -proxyauthentication, and "
     "that with -proxyaccess."},
    {code::proxy_access_type, "ERROR_WSMAN_PROXY_ACCESS_TYPE",
     "The WinRM client cannot process the request. -proxyaccess is ie_settings, winhttp_settings, "
     "auto_detect or no_proxy."},
    {code::no_proxy_with_credentials, "ERROR_WSMAN_INVALID_OPTION_NO_PROXY_SERVER",
     "The WinRM client cannot process the request. no_proxy takes no log-on to a proxy: leave one of them "
     "out."},
    {code::default_credentials_over_http,
     "ERROR_WSMAN_CANNOT_USE_ALLOW_NEGOTIATE_IMPLICIT_CREDENTIALS_FOR_HTTP",
     "The WinRM client cannot process the request. -defaultCreds is for HTTPS: add -usessl."},
    {code::proxy_over_http, "ERROR_WSMAN_CANNOT_USE_PROXY_SETTINGS_FOR_HTTP",
     "The WinRM client cannot process the request. Proxy settings are for HTTPS: add -usessl."},
    {code::proxy_with_kerberos, "ERROR_WSMAN_CANNOT_USE_PROXY_SETTINGS_FOR_KERBEROS",
     "The WinRM client cannot process the request. Proxy settings do not go with Kerberos authentication."},
    {code::name_not_resolved, "ERROR_WSMAN_NAME_NOT_RESOLVED",
     "The WinRM client cannot find the host: its name has no address. Check the name and the DNS servers."},
    {code::tls_connection_aborted, "ERROR_WSMAN_SSL_CONNECTION_ABORTED",
     "The server ended the TLS connection while it was being made. Is this an HTTPS port?"},
    {code::default_auth_ip_address, "ERROR_WSMAN_DEFAULTAUTH_IPADDRESS",
     "The WinRM client cannot process the request. With an IP address, give credentials, and use HTTPS or "
     "add "
     "the address to Client.TrustedHosts."},
    {code::invalid_use_ssl_parameter, "ERROR_WSMAN_INVALID_USESSL_PARAM",
     "The WinRM client cannot process the request. Give either -usessl or a transport in -remote, not both."},
    {code::mutual_auth_failed, "ERROR_WSMAN_MUTUAL_AUTH_FAILED",
     "The server accepted the credentials but did not prove that it is the host it should be. Nothing was "
     "sent to it."},
});

static_assert(std::is_sorted(table.begin(), table.end(),
                             [](auto const& a, auto const& b) { return a.code < b.code; }));

}  // namespace

std::span<ErrorCodeRow const> error_code_table() { return table; }

std::string_view describe_code(std::uint32_t code) {
  if ((code & 0xFFFF0000U) == hresult_of_win32 && code != code::tls_failure) code &= 0xFFFFU;
  auto const row = std::lower_bound(table.begin(), table.end(), code,
                                    [](ErrorCodeRow const& r, std::uint32_t c) { return r.code < c; });
  if (row != table.end() && row->code == code) return row->text;
  if (auto const* fault = wsman::find_fault(code)) return fault->text;
  return {};
}

Failure Failure::from_fault(std::uint32_t code, std::string text, std::string xml) {
  Failure failure(Kind::fault, code, std::move(text));
  failure.fault_xml_ = std::move(xml);
  return failure;
}

std::uint32_t to_hresult(std::uint32_t code) {
  return code != 0 && code <= 0xFFFFU ? hresult_of_win32 | code : code;
}

bool Failure::is_operation_timeout() const noexcept {
  return kind_ == Kind::fault && code_ == operation_timed_out;
}

}  // namespace winrm::client
