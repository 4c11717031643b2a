#include "tools/common/connection_switches.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auth/tls_identity.hpp"
#include "base/unicode.hpp"
#include "client/failure.hpp"
#include "client/target.hpp"
#include "tools/common/password.hpp"
#include "tools/common/proxy_switches.hpp"

namespace winrm::tools {
namespace {

using client::Authentication;
using client::Failure;

constexpr auto rows = std::to_array<SwitchRow>({
    {"remote",
     {"r", "machine"},
     SwitchValue::required,
     "HOST",
     "The host, as [TRANSPORT://]HOST[:PORT][/PREFIX]; IPv6 addresses in brackets. Ports: 5985 for a bare "
     "host, "
     "5986 with -usessl; 80 or 443 when a transport is written. Without -remote: the service on this "
     "machine."},
    {"username",
     {"u", ""},
     SwitchValue::required,
     "USER",
     "alice, DOMAIN\\alice or alice@REALM. Without it: your Kerberos ticket."},
    {"password",
     {"p", ""},
     SwitchValue::required,
     "PASSWORD",
     "Other ways are safer: without it you are asked on the terminal."},
    {"passwordfile", {"", ""}, SwitchValue::required, "FILE", "The first line of FILE is the password."},
    {"passwordenv",
     {"", ""},
     SwitchValue::required,
     "NAME",
     "The environment variable NAME has the password."},
    {"authentication",
     {"a", "auth"},
     SwitchValue::required,
     "SCHEME",
     "None (identify only), Basic, Negotiate, Kerberos or Certificate. Without it: Negotiate for this "
     "machine "
     "and with a user name, else Kerberos."},
    {"unencrypted",
     {"un", ""},
     SwitchValue::none,
     "",
     "No message encryption over HTTP; the client's configuration must allow it."},
    {"usessl", {"ssl", ""}, SwitchValue::none, "", "HTTPS, port 5986."},
    {"cafile",
     {"", ""},
     SwitchValue::required,
     "FILE",
     "HTTPS: certificates in PEM to trust besides the system's."},
    {"skipCAcheck",
     {"", ""},
     SwitchValue::none,
     "",
     "HTTPS: take a certificate that no trusted authority signed."},
    {"skipCNcheck", {"", ""}, SwitchValue::none, "", "HTTPS: take a certificate for another host name."},
    {"skipRevocationcheck",
     {"", ""},
     SwitchValue::none,
     "",
     "HTTPS: accepted for command lines from Windows; revocation is not looked up."},
    {"defaultCreds", {"", ""}, SwitchValue::none, "", "HTTPS: your own ticket may be used with Negotiate."},
    {"certificate",
     {"c", ""},
     SwitchValue::required,
     "FILE",
     "With -authentication:Certificate: a PEM file with your certificate and its key, or its thumbprint when "
     "it is in ~/.config/openwinrm/certificates."},
    {"SPNPort",
     {"", ""},
     SwitchValue::none,
     "",
     "Kerberos: the port is part of the service's principal name."},
    {"proxyaccess",
     {"pac", ""},
     SwitchValue::required,
     "TYPE",
     "HTTPS through a web proxy: ie_settings, winhttp_settings and auto_detect take it from https_proxy "
     "and no_proxy of the environment; no_proxy uses none (as without the switch)."},
    {"proxyauthentication",
     {"pa", "proxyauth"},
     SwitchValue::required,
     "SCHEME",
     "How to log on to the proxy: Basic."},
    {"proxyusername", {"pu", ""}, SwitchValue::required, "USER", "User name for the proxy."},
    {"proxypassword", {"pp", ""}, SwitchValue::required, "PASSWORD", "Password for the proxy."},
});

constexpr auto scheme_rows = std::to_array<SchemeRow>({
    {"None", Authentication::none, "No log-on; for identify only."},
    {"Basic", Authentication::basic, "User name and password in every request: use it over HTTPS."},
    {"Negotiate", Authentication::negotiate, "Kerberos when there is a ticket, else NTLM with the password."},
    {"Kerberos", Authentication::kerberos,
     "Your ticket, or one that the password gets. The host by its name."},
    {"Certificate", Authentication::certificate, "A client certificate over HTTPS (-certificate)."},
});

Authentication parse_scheme(std::string const& text) {
  std::vector<std::string_view> names;
  for (auto const& row : scheme_rows) {
    if (unicode::equals_ignoring_case(text, row.name)) return row.scheme;
    names.push_back(row.name);
  }
  throw UsageError(
      fmt::format("\"{}\" is no authentication scheme: choose from {}.", text, fmt::join(names, ", ")));
}

Failure usage(std::uint32_t code, std::string const& hint = {}) {
  return Failure(Failure::Kind::usage, code,
                 fmt::format("{}{}{}", client::describe_code(code), hint.empty() ? "" : " ", hint));
}

void refuse_connection_switches(SwitchValues const& switches) {
  if (switches.has("username") || switches.has("password"))
    throw usage(client::code::local_invalid_credentials);
  for (auto const& row : rows)
    if (switches.has(row.name))
      throw usage(client::code::local_invalid_connection_options, fmt::format("Given was -{}.", row.name));
}

constexpr auto password_ways = std::to_array<std::string_view>({"password", "passwordfile", "passwordenv"});

Secret read_password(std::string_view way, std::string const& place) {
  return way == "passwordfile" ? password_from_file(place) : password_from_environment(place);
}

void refuse_lonely_password(SwitchValues const& switches) {
  for (auto const name : password_ways)
    if (switches.has(name)) throw UsageError(fmt::format("-{} needs a user: give -username:USER.", name));
}

http::TlsChecks tls_checks(SwitchValues const& switches, bool tls) {
  if (!tls)
    for (std::string_view const name : {"cafile", "skipCAcheck", "skipCNcheck", "skipRevocationcheck"})
      if (switches.has(name))
        throw UsageError(fmt::format("-{} is for HTTPS: add -usessl, or leave it out.", name));
  if (!tls && switches.has("defaultCreds")) throw usage(client::code::default_credentials_over_http);
  http::TlsChecks checks;
  checks.ca_file = switches.value("cafile");
  checks.skip_ca_check = switches.has("skipCAcheck");
  checks.skip_cn_check = switches.has("skipCNcheck");
  return checks;
}

/// -certificate names a PEM file, or by its thumbprint one of the user's own.
std::filesystem::path client_certificate(std::string const& given) {
  if (std::filesystem::exists(given)) return given;
  auto const folder = client::personal_folder() / "certificates";
  auto const found = auth::find_certificate(folder, given);
  if (!found)
    throw usage(client::code::certificate_not_found,
                fmt::format("Neither a file {} nor a certificate with that thumbprint in {} exists.", given,
                            folder.string()));
  return *found;
}

void check_certificate_switches(SwitchValues const& switches, client::SessionOptions& options) {
  bool const wanted = options.authentication == Authentication::certificate;
  if (switches.has("certificate") && !wanted) throw usage(client::code::certificate_without_scheme);
  if (!wanted) return;
  if (!options.endpoint.tls) throw usage(client::code::certificate_over_http);
  if (switches.has("username")) throw usage(client::code::certificate_unneeded_credentials);
  if (!switches.has("certificate")) throw usage(client::code::certificate_needed);
  options.tls.client_certificate = client_certificate(switches.value("certificate")).string();
}

void check_spn_port(SwitchValues const& switches, client::SessionOptions& options) {
  options.spn_port = switches.has("SPNPort");
  if (options.spn_port && options.authentication != Authentication::kerberos &&
      options.authentication != Authentication::negotiate &&
      options.authentication != Authentication::automatic)
    throw usage(client::code::spn_wrong_authentication);
}

}  // namespace

std::span<SwitchRow const> connection_switches() { return rows; }
std::span<SchemeRow const> authentication_schemes() { return scheme_rows; }

namespace {

/// The switches of the connection that -remote names, beneath those of the command line.
SwitchValues with_named_connection(SwitchValues const& given, client::ClientSettings const& settings) {
  auto const named = settings.settings.connections.find(given.value("remote"));
  if (named == settings.settings.connections.end()) return given;
  SwitchParser const parser(rows);
  SwitchValues known;
  try {
    for (auto const& [name, value] : named->second) parser.take_setting(name, value, known);
  } catch (UsageError const& error) {
    throw UsageError(fmt::format("[host.{}] of {}: {}", named->first, settings.file.string(), error.what()));
  }
  if (!known.has("remote")) known.add("remote", named->first);
  return connection_over(given.without("remote"), known);
}

}  // namespace

SwitchValues connection_over(SwitchValues given, SwitchValues const& defaults) {
  auto beneath = defaults;
  if (std::ranges::any_of(password_ways, [&](auto way) { return given.has(way); }))
    for (auto const way : password_ways) beneath = beneath.without(way);
  given.add_missing(beneath);
  return given;
}

Secret Passwords::of(SwitchValues const& switches) {
  auto const& user = switches.value("username");
  std::string_view chosen;
  for (auto const way : password_ways) {
    if (!switches.has(way)) continue;
    if (!chosen.empty())
      throw UsageError("Give the password in one way: -password, -passwordfile or -passwordenv.");
    chosen = way;
  }
  // Passwords themselves are no keys: keys are not wiped.
  if (chosen == "password") return Secret(switches.value(chosen));
  auto const key = chosen.empty() ? user : fmt::format("{}:{}", chosen, switches.value(chosen));
  auto const known = known_.find(key);
  if (known != known_.end()) return known->second.clone();
  auto password = chosen.empty() ? prompt_for_password(user) : read_password(chosen, switches.value(chosen));
  return known_.emplace(key, std::move(password)).first->second.clone();
}

client::SessionOptions session_options(SwitchValues const& given, client::ClientSettings const& settings) {
  Passwords passwords;
  return session_options(given, settings, passwords);
}

client::SessionOptions session_options(SwitchValues const& given, client::ClientSettings const& settings,
                                       Passwords& passwords) {
  auto const switches = with_named_connection(given, settings);
  client::SessionOptions options;
  options.policy = settings.settings.client;
  options.policy_source = settings.file.string();
  options.operation_timeout = Milliseconds(settings.settings.max_timeout_ms);
  options.max_envelope_size = settings.settings.max_envelope_size_kb * 1024;
  if (!switches.has("remote")) {
    refuse_connection_switches(switches);
    options.endpoint = client::local_target(settings.settings);
    return options;
  }
  options.endpoint = client::parse_target(switches.value("remote"), switches.has("usessl"), options.policy);
  options.tls = tls_checks(switches, options.endpoint.tls);
  options.unencrypted = switches.has("unencrypted");
  if (switches.has("authentication")) options.authentication = parse_scheme(switches.value("authentication"));
  check_certificate_switches(switches, options);
  check_spn_port(switches, options);
  options.endpoint.proxy = proxy_of(switches, options);
  if (switches.has("username")) {
    client::Credentials credentials;
    credentials.user = switches.value("username");
    credentials.password = passwords.of(switches);
    options.credentials = std::move(credentials);
  } else {
    refuse_lonely_password(switches);
  }
  return options;
}

}  // namespace winrm::tools
