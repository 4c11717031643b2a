#include "tools/common/connection_switches.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>

#include "base/unicode.hpp"
#include "client/failure.hpp"
#include "client/target.hpp"
#include "tools/common/password.hpp"

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
     "None (identify only), Basic, Negotiate or Kerberos. Without it: Negotiate for this machine and with a "
     "user "
     "name, else Kerberos."},
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
});

struct SchemeName {
  std::string_view name;
  Authentication scheme;
};
constexpr auto scheme_names = std::to_array<SchemeName>({{"none", Authentication::none},
                                                         {"basic", Authentication::basic},
                                                         {"negotiate", Authentication::negotiate},
                                                         {"kerberos", Authentication::kerberos}});

Authentication parse_scheme(std::string const& text) {
  for (auto const& [name, scheme] : scheme_names)
    if (unicode::equals_ignoring_case(text, name)) return scheme;
  throw UsageError(
      fmt::format("\"{}\" is no authentication scheme: None, Basic, Negotiate and Kerberos are.", text));
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

Secret password_of(SwitchValues const& switches) {
  std::optional<Secret> password;
  auto const take = [&](std::string_view name, auto const& source) {
    if (!switches.has(name)) return;
    if (password) throw UsageError("Give the password in one way: -password, -passwordfile or -passwordenv.");
    password = source(switches.value(name));
  };
  take("password", [](std::string const& text) { return Secret(text); });
  take("passwordfile", password_from_file);
  take("passwordenv", password_from_environment);
  return password ? std::move(*password) : prompt_for_password(switches.value("username"));
}

void refuse_lonely_password(SwitchValues const& switches) {
  for (std::string_view const name : {"password", "passwordfile", "passwordenv"})
    if (switches.has(name)) throw UsageError(fmt::format("-{} needs a user: give -username:USER.", name));
}

http::TlsChecks tls_checks(SwitchValues const& switches, bool tls) {
  if (!tls)
    for (std::string_view const name : {"cafile", "skipCAcheck", "skipCNcheck", "skipRevocationcheck"})
      if (switches.has(name))
        throw UsageError(fmt::format("-{} is for HTTPS: add -usessl, or leave it out.", name));
  http::TlsChecks checks;
  checks.ca_file = switches.value("cafile");
  checks.skip_ca_check = switches.has("skipCAcheck");
  checks.skip_cn_check = switches.has("skipCNcheck");
  return checks;
}

}  // namespace

std::span<SwitchRow const> connection_switches() { return rows; }

client::SessionOptions session_options(SwitchValues const& switches, client::ClientSettings const& settings) {
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
  if (switches.has("username")) {
    client::Credentials credentials;
    credentials.user = switches.value("username");
    credentials.password = password_of(switches);
    options.credentials = std::move(credentials);
  } else {
    refuse_lonely_password(switches);
  }
  return options;
}

}  // namespace winrm::tools
