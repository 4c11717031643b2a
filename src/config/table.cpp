#include "config/table.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <type_traits>

#include "base/limits.hpp"
#include "base/security_descriptor.hpp"
#include "config/addresses.hpp"

namespace winrm::config {
namespace {

constexpr std::uint64_t any_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t any_i32 = std::numeric_limits<std::int32_t>::max();
/// An envelope travels to the account's host in one frame, with a little room for what describes it.
constexpr std::uint64_t largest_envelope_kb = limits::ipc_frame_bytes / limits::kilobyte - 1024;

constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only_of(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || more.find(c) != more.npos; });
}

bool is_url_prefix(std::string_view text) {
  return !text.empty() && text.front() != '/' && text.back() != '/' && only_of(text, "_/");
}

bool is_host_name(std::string_view text) { return text.size() <= 255 && only_of(text, ".-_:*[]"); }

/// A host name or address with "*" for any text; brackets stand around the whole of an address.
bool is_host_pattern(std::string_view text) {
  bool const bracketed = text.starts_with('[') && text.ends_with(']');
  auto const inner = bracketed ? text.substr(1, text.size() - 2) : text;
  return is_host_name(text) && inner.find_first_of("[]") == inner.npos;
}

bool is_pam_service(std::string_view text) {
  return text.size() <= 64 && only_of(text, "._-") && text != "." && text != "..";
}

bool is_log_level(std::string_view text) {
  return text == "debug" || text == "info" || text == "warning" || text == "error";
}

bool is_mac_address(std::string_view text) {
  constexpr std::size_t length = 17;
  if (text.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i)
    if (i % 3 == 2 ? text[i] != '-' && text[i] != ':'
                   : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  return true;
}

bool is_thumbprint(std::string_view text) {
  constexpr std::size_t digits = 40;
  return text.empty() || (text.size() == digits &&
                          std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; }));
}

bool is_resource_uri(std::string_view text) {
  constexpr std::string_view space_and_query = " \t\r\n?";
  return !text.empty() && text.size() <= limits::resource_uri_bytes &&
         text.find_first_of(space_and_query) == text.npos;
}

/// windows-surface 4.3: at most 1023 characters each.
bool is_mapped_name(std::string_view text) { return !text.empty() && text.size() <= 1023; }
bool is_mapped_uri(std::string_view text) { return text.size() <= 1023 && is_resource_uri(text); }
bool is_set_thumbprint(std::string_view text) { return !text.empty() && is_thumbprint(text); }
bool is_filled(std::string_view text) { return !text.empty() && text.size() <= 255; }
bool is_rendering_type(std::string_view text) { return text == "text" || text == "XmlReader"; }
bool is_buffering_mode(std::string_view text) { return text == "Block" || text == "Drop"; }

bool is_ipv4_filter(std::string_view text) { return parse_address_filter(AF_INET, text).has_value(); }
bool is_ipv6_filter(std::string_view text) { return parse_address_filter(AF_INET6, text).has_value(); }

bool is_listener_address(std::string_view text) {
  if (text == "*") return true;
  if (text.starts_with("MAC:")) return is_mac_address(text.substr(4));
  if (!text.starts_with("IP:")) return false;
  std::string const literal(text.substr(3));
  std::array<std::byte, sizeof(in6_addr)> address;
  return inet_pton(AF_INET, literal.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, literal.c_str(), address.data()) == 1;
}

/// A comma list of host patterns: "srv1, *.example.test, [2001:db8::1], <local>".
bool is_trusted_hosts(std::string_view text) {
  while (!text.empty()) {
    auto const comma = text.find(',');
    auto pattern = text.substr(0, comma);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
    auto const first = pattern.find_first_not_of(' ');
    if (first == pattern.npos) return false;
    pattern = pattern.substr(first, pattern.find_last_not_of(' ') - first + 1);
    if (pattern != "<local>" && !is_host_pattern(pattern)) return false;
  }
  return true;
}

template <class Owner, auto... Path>
constexpr auto field = +[](Owner& owner) -> auto& {
  return (owner.*....*Path);
};
template <auto Member>
constexpr auto root = field<Settings, Member>;
template <auto Member>
constexpr auto service = field<Settings, &Settings::service, Member>;
template <auto Member>
constexpr auto service_auth = field<Settings, &Settings::service, &Service::auth, Member>;
template <auto Member>
constexpr auto winrs = field<Settings, &Settings::winrs, Member>;
template <auto Member>
constexpr auto client = field<Settings, &Settings::client, Member>;
template <auto Member>
constexpr auto client_auth = field<Settings, &Settings::client, &Client::auth, Member>;
template <auto Member>
constexpr auto daemon = field<Settings, &Settings::daemon, Member>;
template <auto Member>
constexpr auto listener = field<Listener, Member>;
template <auto Member>
constexpr auto security_field = field<ResourceSecurity, Member>;
template <auto Member>
constexpr auto plugin = field<Plugin, Member>;
template <auto Member>
constexpr auto mapping = field<CertMapping, Member>;

constexpr std::monostate none{};
constexpr Anything anything{};
constexpr Form url_prefix{is_url_prefix, "letters, digits, '_' and '/', not at either end"};
constexpr Form descriptor{security::is_usable_descriptor,
                          "a security descriptor with a list, as in O:NSG:BAD:P(A;;GA;;;BA)"};
constexpr Form host_name{is_host_name, "a host name, an address or empty"};

// Ranges: MS-WSMV 2.2.4.9 and the published installation notes of WinRM.
// clang-format off
constexpr auto settings_table = std::to_array<Row<Settings>>({
  {"", "MaxEnvelopeSizekb", root<&Settings::max_envelope_size_kb>, Range{32, largest_envelope_kb},
   "Largest SOAP message in either direction, in KiB."},
  {"", "MaxTimeoutms", root<&Settings::max_timeout_ms>, Range{500, any_u32},
   "Longest time an operation may take, whatever its OperationTimeout header says, in milliseconds. Does not limit Pull."},
  {"", "MaxBatchItems", root<&Settings::max_batch_items>, Range{1, any_u32},
   "Most items in one Pull answer, whatever the client asks for."},
  {"", "MaxProviderRequests", none, Ignored{"deprecated, on Windows too", "4294967295"},
   "Concurrent requests of one provider."},

  {"Client", "NetworkDelayms", client<&Client::network_delay_ms>, Range{500, any_u32},
   "How long the client waits for the answer beyond the operation's timeout, in milliseconds."},
  {"Client", "URLPrefix", client<&Client::url_prefix>, url_prefix,
   "Path of the service when the address names none."},
  {"Client", "AllowUnencrypted", client<&Client::allow_unencrypted>, anything,
   "Allow clear messages over HTTP when -unencrypted asks for them."},

  {"Client.Auth", "Basic", client_auth<&ClientAuth::basic>, anything,
   "Allow Basic."},
  {"Client.Auth", "Digest", none, Ignored{"the client does not know Digest yet", "false"},
   "Allow Digest."},
  {"Client.Auth", "Kerberos", client_auth<&ClientAuth::kerberos>, anything,
   "Allow Kerberos."},
  {"Client.Auth", "Negotiate", client_auth<&ClientAuth::negotiate>, anything,
   "Allow Negotiate."},
  {"Client.Auth", "Certificate", client_auth<&ClientAuth::certificate>, anything,
   "Allow client certificates."},
  {"Client.Auth", "CredSSP", none, Only{"false", "the client does not know CredSSP yet"},
   "Allow CredSSP."},

  {"Client.DefaultPorts", "HTTP", client<&Client::default_port_http>, Range{1, 65535},
   "Port for http when the address names none."},
  {"Client.DefaultPorts", "HTTPS", client<&Client::default_port_https>, Range{1, 65535},
   "Port for https when the address names none."},

  {"Client", "TrustedHosts", client<&Client::trusted_hosts>,
   Form{is_trusted_hosts, "a comma list of host names and addresses with '*' for any text, [v6 address] or <local>"},
   "Machines towards which NTLM over HTTP is used, although it does not prove who they are. <local>: names without a dot."},

  {"Service", "RootSDDL", service<&Service::root_sddl>, descriptor,
   "Who may use resources that have no security descriptor of their own, as SDDL."},
  {"Service", "MaxConcurrentOperations", none, Ignored{"deprecated, on Windows too; use MaxConcurrentOperationsPerUser", "4294967295"},
   "Concurrent operations of all accounts together."},
  {"Service", "MaxConcurrentOperationsPerUser", service<&Service::max_concurrent_operations_per_user>, Range{1, any_u32},
   "Concurrent operations of one account."},
  {"Service", "EnumerationTimeoutms", service<&Service::enumeration_timeout_ms>, Range{500, any_u32},
   "How long an enumeration is kept between two Pulls, in milliseconds."},
  {"Service", "MaxConnections", service<&Service::max_connections>, Range{1, 1'000'000},
   "Requests being answered at once, over all listeners. A connection that waits for its next request does not count."},
  {"Service", "MaxPacketRetrievalTimeSeconds", service<&Service::max_packet_retrieval_time_seconds>, Range{1, any_u32},
   "How long a client may take to send one message, in seconds."},
  {"Service", "AllowUnencrypted", service<&Service::allow_unencrypted>, anything,
   "Accept clear messages over HTTP. Passwords and data can then be read on the network."},

  {"Service.Auth", "Basic", service_auth<&ServiceAuth::basic>, anything,
   "Offer Basic: name and password in every request, over HTTPS (or HTTP with AllowUnencrypted)."},
  {"Service.Auth", "Kerberos", service_auth<&ServiceAuth::kerberos>, anything,
   "Offer Kerberos."},
  {"Service.Auth", "Negotiate", service_auth<&ServiceAuth::negotiate>, anything,
   "Offer Negotiate: Kerberos, or NTLM where there is no ticket."},
  {"Service.Auth", "Certificate", service_auth<&ServiceAuth::certificate>,
   Only{"false", "client certificates are not available yet"},
   "Accept client certificates over HTTPS."},
  {"Service.Auth", "CredSSP", service_auth<&ServiceAuth::cred_ssp>, Only{"false", "CredSSP is not available yet"},
   "Offer CredSSP: the client hands its password over for use on further machines."},
  {"Service.Auth", "CbtHardeningLevel", service_auth<&ServiceAuth::cbt_hardening_level>, anything,
   "Channel binding over HTTPS: None does not look at it, Relaxed checks it when the client sends it, Strict requires it."},

  {"Service.DefaultPorts", "HTTP", service<&Service::default_port_http>, Range{1, 65535},
   "Port of HTTP listeners that name none."},
  {"Service.DefaultPorts", "HTTPS", service<&Service::default_port_https>, Range{1, 65535},
   "Port of HTTPS listeners that name none."},

  {"Service", "IPv4Filter", service<&Service::ipv4_filter>, Form{is_ipv4_filter, "*, nothing, or ranges such as 192.0.2.1-192.0.2.9, 198.51.100.7"},
   "IPv4 addresses that listeners of every address use."},
  {"Service", "IPv6Filter", service<&Service::ipv6_filter>, Form{is_ipv6_filter, "*, nothing, or ranges such as 2001:db8::1-2001:db8::9"},
   "IPv6 addresses that listeners of every address use."},
  {"Service", "EnableCompatibilityHttpListener", service<&Service::enable_compatibility_http_listener>, anything,
   "Listen on port 80 as well, when there is an HTTP listener."},
  {"Service", "EnableCompatibilityHttpsListener", service<&Service::enable_compatibility_https_listener>, anything,
   "Listen on port 443 as well, when there is an HTTPS listener."},
  {"Service", "CertificateThumbprint", none, Only{"", "name the certificate in [[Listener]] CertificateFile"},
   "Certificate used for CredSSP."},
  {"Service", "AllowRemoteAccess", service<&Service::allow_remote_access>, anything,
   "Accept requests of other machines. Set in the file only."},

  {"Winrs", "AllowRemoteShellAccess", winrs<&Winrs::allow_remote_shell_access>, anything,
   "Allow remote shells."},
  {"Winrs", "IdleTimeout", winrs<&Winrs::idle_timeout_ms>, Range{1000, any_i32},
   "How long a shell that nobody uses is kept, in milliseconds."},
  {"Winrs", "MaxConcurrentUsers", winrs<&Winrs::max_concurrent_users>, Range{1, any_i32},
   "Accounts that may have shells at the same time."},
  {"Winrs", "MaxShellRunTime", none, ReadOnly{"read-only since WinRM 2.0", "2147483647"},
   "Longest life of a shell."},
  {"Winrs", "MaxProcessesPerShell", winrs<&Winrs::max_processes_per_shell>, Range{0, any_i32},
   "Processes in one shell; 0: no limit."},
  {"Winrs", "MaxMemoryPerShellMB", winrs<&Winrs::max_memory_per_shell_mb>, Range{0, any_i32},
   "Memory of one shell with all its processes, in MiB; 0: no limit."},
  {"Winrs", "MaxShellsPerUser", winrs<&Winrs::max_shells_per_user>, Range{0, any_i32},
   "Shells of one account; 0: no limit."},

  {"Daemon", "StateDir", daemon<&Daemon::state_dir>, anything,
   "Folder of everything the service keeps: users file, certificate, sockets, logs."},
  {"Daemon", "KeytabFile", daemon<&Daemon::keytab_file>, anything,
   "Keys of the service's Kerberos principals; empty: the system's keytab."},
  {"Daemon", "UsersFile", daemon<&Daemon::users_file>, anything,
   "Accounts of `winrmd user add`; empty: `users` in StateDir."},
  {"Daemon", "PamService", daemon<&Daemon::pam_service>,
   Form{is_pam_service, "the name of a file in /etc/pam.d, or empty"},
   "PAM service that checks passwords of system accounts and whether an account may log on (only when started as root); empty: PAM is not asked."},
  {"Daemon", "LogLevel", daemon<&Daemon::log_level>, Form{is_log_level, "\"debug\", \"info\", \"warning\" or \"error\""},
   "Lowest level written to the log."},
  {"Daemon", "HostIdleSeconds", daemon<&Daemon::host_idle_seconds>, Range{1, 86'400},
   "How long an account's host process stays when it has nothing to do, in seconds."},
  {"Daemon", "LocalPort", daemon<&Daemon::local_port>, Range{0, 65535},
   "Port on the loopback addresses for clients of this machine; 0: none."},
  {"Daemon", "FrontThreads", daemon<&Daemon::front_threads>, Range{0, 256},
   "Threads that serve connections; 0: one per core."},
});

constexpr auto policy_table = std::to_array<Row<Settings>>({
  {"Service", "AllowAutoConfig", service<&Service::allow_auto_config>, anything,
   "Listen for HTTP on every address that the filters leave."},
});

constexpr auto listener_settings_table = std::to_array<Row<Listener>>({
  {listener_table, "Address", listener<&Listener::address>, Form{is_listener_address, "\"*\", \"IP:192.0.2.1\", \"IP:2001:db8::1\" or \"MAC:00-11-22-33-44-55\""},
   "Where to listen: every address, or one of this machine."},
  {listener_table, "Transport", listener<&Listener::transport>, anything,
   "Protocol of the listener."},
  {listener_table, "Port", listener<&Listener::port>, Range{0, 65535},
   "TCP port; 0: any free one. Without it the port of Service.DefaultPorts."},
  {listener_table, "Hostname", listener<&Listener::hostname>, host_name,
   "Name clients use, put into a certificate that is made on first start."},
  {listener_table, "Enabled", listener<&Listener::enabled>, anything,
   "false: keep the listener in the file but do not listen."},
  {listener_table, "URLPrefix", listener<&Listener::url_prefix>, url_prefix,
   "Path of the service on this listener."},
  {listener_table, "CertificateFile", listener<&Listener::certificate_file>, anything,
   "PEM file with the certificate chain, for HTTPS; empty: a self-signed one, made on first start and kept in StateDir."},
  {listener_table, "KeyFile", listener<&Listener::key_file>, anything,
   "PEM file with the private key; empty: it is in CertificateFile."},
  {listener_table, "CertificateThumbprint", listener<&Listener::certificate_thumbprint>, Form{is_thumbprint, "40 hexadecimal digits, or empty"},
   "SHA-1 of the certificate, for HTTPS: a .pem or .crt file in the folder certificates of StateDir, with its key."},
});

constexpr auto security_settings_table = std::to_array<Row<ResourceSecurity>>({
  {security_table, "Uri", security_field<&ResourceSecurity::uri>, Form{is_resource_uri, "a resource URI"},
   "The resource; the longest that fits decides."},
  {security_table, "Sddl", security_field<&ResourceSecurity::sddl>, descriptor,
   "Who may do what with it, as SDDL: GR reads, GW changes, GX runs, GA all."},
  {security_table, "ExactMatch", security_field<&ResourceSecurity::exact_match>, anything,
   "true: not for what lies below it."},
});

constexpr auto plugin_settings_table = std::to_array<Row<Plugin>>({
  {plugin_table, "Name", plugin<&Plugin::name>, Form{is_filled, "1 to 255 characters"},
   "Its name in winrm/config/plugin."},
  {plugin_table, "Enabled", plugin<&Plugin::enabled>, anything,
   "false: its resources are not found."},
  {plugin_table, "Filename", plugin<&Plugin::filename>, anything,
   "Library of a plug-in of others. It is kept and listed; this service does not load it."},
  {plugin_table, "SDKVersion", plugin<&Plugin::sdk_version>, Range{1, 2},
   "Interface of that library."},
  {plugin_table, "XmlRenderingType", plugin<&Plugin::xml_rendering_type>, Form{is_rendering_type, "\"text\" or \"XmlReader\""},
   "How that library gets XML."},
  {plugin_table, "UseSharedProcess", plugin<&Plugin::use_shared_process>, anything,
   "Of a plug-in of others."},
  {plugin_table, "ProcessIdleTimeoutSec", plugin<&Plugin::process_idle_timeout_sec>, Range{0, any_u32},
   "Of a plug-in of others, in seconds; 0: never."},
  {plugin_table, "AutoRestart", plugin<&Plugin::auto_restart>, anything,
   "Of a plug-in of others."},
  {plugin_table, "OutputBufferingMode", plugin<&Plugin::output_buffering_mode>, Form{is_buffering_mode, "\"Block\" or \"Drop\""},
   "Of a plug-in of others."},
  {plugin_table, "InitializationParameters", plugin<&Plugin::initialization_parameters>, anything,
   "Of a plug-in of others: the XML element."},
  {plugin_table, "Resources", plugin<&Plugin::resources>, anything,
   "Of a plug-in of others: the XML element."},
});

constexpr auto cert_mapping_settings_table = std::to_array<Row<CertMapping>>({
  {cert_mapping_table, "Issuer", mapping<&CertMapping::issuer>, Form{is_set_thumbprint, "40 hexadecimal digits"},
   "SHA-1 of the certificate of the authority that made the client's."},
  {cert_mapping_table, "Subject", mapping<&CertMapping::subject>, Form{is_mapped_name, "1 to 1023 characters"},
   "User or DNS name in the client's certificate; * at its start stands for any beginning."},
  {cert_mapping_table, "URI", mapping<&CertMapping::uri>, Form{is_mapped_uri, "a resource URI of at most 1023 characters, or its beginning and *"},
   "Resources that may be used so."},
  {cert_mapping_table, "UserName", mapping<&CertMapping::user_name>, Form{is_filled, "1 to 255 characters"},
   "Account of this machine that the client's operations run as."},
  {cert_mapping_table, "Enabled", mapping<&CertMapping::enabled>, anything,
   "false: keep the mapping but do not use it."},
});
// clang-format on

constexpr auto lists = std::to_array<EntryList>({
    {listener_table, "One for each address to listen on."},
    {security_table, "Who may use a resource, where it is not Service.RootSDDL that says so."},
    {plugin_table, "What is different about a plug-in of the service, or a plug-in of others."},
    {cert_mapping_table, "The account of a client certificate."},
});

constexpr std::array<std::string_view, 2> transports{"HTTP", "HTTPS"};
constexpr std::array<std::string_view, 3> cbt_levels{"None", "Relaxed", "Strict"};

template <class Owner, class Value>
std::string allowed_by_type(Value& (*)(Owner&)) {
  if constexpr (std::is_same_v<Value, bool>) return "true or false";
  if constexpr (std::is_enum_v<Value>) return fmt::format("\"{}\"", fmt::join(names_of(Value{}), "\", \""));
  return {};
}
template <class Owner>
std::string allowed_by_type(std::monostate) {
  return {};
}

}  // namespace

std::span<Row<Settings> const> setting_rows() { return settings_table; }
std::span<Row<Settings> const> policy_rows() { return policy_table; }
std::span<Row<Listener> const> listener_rows() { return listener_settings_table; }
std::span<Row<ResourceSecurity> const> security_rows() { return security_settings_table; }
std::span<Row<Plugin> const> plugin_rows() { return plugin_settings_table; }
std::span<Row<CertMapping> const> cert_mapping_rows() { return cert_mapping_settings_table; }
std::span<EntryList const> entry_lists() { return lists; }
std::span<std::string_view const> names_of(Transport) { return transports; }
std::span<std::string_view const> names_of(CbtHardeningLevel) { return cbt_levels; }

template <class Owner>
std::string allowed_values(Row<Owner> const& row) {
  if (auto const* range = std::get_if<Range>(&row.rule))
    return fmt::format("{} to {}", range->low, range->high);
  if (auto const* form = std::get_if<Form>(&row.rule)) return std::string(form->words);
  if (auto const* only = std::get_if<Only>(&row.rule)) {
    return only->value.empty() ? "only empty" : fmt::format("only {}", only->value);
  }
  return std::visit([](auto const& target) { return allowed_by_type<Owner>(target); }, row.field);
}

template std::string allowed_values(Row<Settings> const&);
template std::string allowed_values(Row<Listener> const&);
template std::string allowed_values(Row<ResourceSecurity> const&);
template std::string allowed_values(Row<Plugin> const&);
template std::string allowed_values(Row<CertMapping> const&);

}  // namespace winrm::config
