#include "client/authentication.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "client/failure.hpp"
#include "client/target.hpp"
#include "client/trusted_hosts.hpp"

namespace winrm::client {
namespace {

using Mechanism = auth::InitiatorOptions::Mechanism;
using Method = AuthenticationPlan::Method;

Failure usage(std::uint32_t code, std::string_view hint = {}) {
  std::string text(describe_code(code));
  if (!hint.empty()) text.append(" ").append(hint);
  return Failure(Failure::Kind::usage, code, std::move(text));
}

Failure forbidden(SessionOptions const& options, std::uint32_t code, std::string_view hint = {}) {
  std::string text(describe_code(code));
  if (!hint.empty()) text.append(" ").append(hint);
  if (!options.policy_source.empty())
    text.append(fmt::format(" The configuration is {}.", options.policy_source));
  return Failure(Failure::Kind::policy, code, std::move(text));
}

bool is_trusted(SessionOptions const& options) {
  auto const hosts = TrustedHosts::parse(options.policy.trusted_hosts);
  if (!hosts) throw forbidden(options, code::invalid_hostname_pattern, hosts.error().message + ".");
  return hosts->trusts(options.endpoint.host);
}

/// Windows-surface 2.6, where "in a domain" is "has a Kerberos ticket".
Authentication default_scheme(SessionOptions const& options) {
  if (is_loopback(options.endpoint.host) || options.credentials) return Authentication::negotiate;
  if (is_ip_address(options.endpoint.host)) throw forbidden(options, code::default_auth_ip_address);
  return Authentication::kerberos;
}

/// Row A5: a scheme that is off in the client's configuration is refused before anything is sent.
void require_enabled(SessionOptions const& options, bool enabled, std::uint32_t code) {
  if (!enabled) throw forbidden(options, code);
}

void check_encryption(SessionOptions const& options) {
  if (!options.unencrypted) return;
  if (options.endpoint.tls) throw usage(code::unencrypted_http_only);
  if (!options.policy.allow_unencrypted)
    throw forbidden(options, code::unencrypted_disabled,
                    "Set AllowUnencrypted = true in its [Client] table, or leave out -unencrypted.");
}

AuthenticationPlan plan_basic(SessionOptions const& options) {
  require_enabled(options, options.policy.auth.basic, code::basic_disabled);
  if (!options.credentials || options.credentials->user.empty()) throw usage(code::username_password_needed);
  if (!options.endpoint.tls) {
    if (!options.unencrypted)
      throw forbidden(
          options, code::unencrypted_disabled,
          "Basic sends the password as it is: use it with HTTPS (-usessl). Over plain HTTP it needs "
          "-unencrypted, and AllowUnencrypted = true in the [Client] table of the configuration.");
    if (!is_loopback(options.endpoint.host) && !is_trusted(options))
      throw forbidden(options, code::server_not_trusted, fmt::format("Host: {}.", options.endpoint.host));
  }
  AuthenticationPlan plan;
  plan.method = Method::basic;
  plan.scheme = "Basic";
  return plan;
}

AuthenticationPlan plan_negotiate(SessionOptions const& options) {
  require_enabled(options, options.policy.auth.negotiate, code::negotiate_disabled);
  AuthenticationPlan plan;
  plan.method = Method::gss;
  plan.scheme = "Negotiate";
  // NTLM proves the server only by a key derived from the password, so a stranger could relay it: over plain
  // HTTP it is for hosts the user named (row A8). Without a password there is nothing to use it with (A10).
  bool const server_proven =
      options.endpoint.tls || is_loopback(options.endpoint.host) || is_trusted(options);
  plan.ntlm_refused = !server_proven;
  if (plan.ntlm_refused && is_ip_address(options.endpoint.host))  // Kerberos cannot step in
    throw forbidden(options, code::server_not_trusted, fmt::format("Host: {}.", options.endpoint.host));
  plan.mechanism = server_proven && options.credentials ? Mechanism::negotiate : Mechanism::kerberos;
  plan.seal = !options.endpoint.tls && !options.unencrypted;
  return plan;
}

AuthenticationPlan plan_kerberos(SessionOptions const& options) {
  require_enabled(options, options.policy.auth.kerberos, code::kerberos_disabled);
  if (is_ip_address(options.endpoint.host)) throw forbidden(options, code::kerberos_ip_address);
  AuthenticationPlan plan;
  plan.method = Method::gss;
  plan.scheme = "Kerberos";
  plan.mechanism = Mechanism::kerberos;
  plan.seal = !options.endpoint.tls && !options.unencrypted;
  return plan;
}

bool offers(std::vector<std::string> const& offered, std::string_view scheme) {
  return std::any_of(offered.begin(), offered.end(),
                     [&](std::string const& o) { return unicode::equals_ignoring_case(o, scheme); });
}

std::string advice(SessionOptions const& options, AuthenticationPlan const& plan, std::string_view mechanism,
                   std::vector<std::string> const& offered) {
  if (!offered.empty() && !offers(offered, plan.scheme))
    return fmt::format("{} is off there (Service.Auth.{}{}): choose another scheme with -authentication.",
                       plan.scheme, plan.scheme,
                       plan.scheme == "Basic" && !options.endpoint.tls
                           ? "; over plain HTTP also Service.AllowUnencrypted"
                           : "");
  if (plan.method == Method::basic)
    return "Check the user name and the password. The account must be in the service's users file (winrmd "
           "user "
           "add) or known to its PAM service.";
  if (mechanism == "NTLM")
    return "Check the user name and the password. A Linux service knows NTLM accounts only from its users "
           "file: add the account there with `winrmd user add`.";
  return fmt::format(
      "Check that the clocks of both machines agree, that the service's keytab has a key for HTTP/{}, and "
      "that its host may map the principal to an account.",
      options.endpoint.host);
}

/// The profile of DSP0226 C.6: the certificate of the TLS connection is the credential.
AuthenticationPlan plan_certificate(SessionOptions const& options) {
  require_enabled(options, options.policy.auth.certificate, code::certificates_disabled);
  if (!options.endpoint.tls) throw usage(code::certificate_over_http);
  AuthenticationPlan plan;
  plan.method = Method::certificate;
  plan.scheme = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
  return plan;
}

}  // namespace

AuthenticationPlan plan_authentication(SessionOptions const& options) {
  if (!options.endpoint.unix_socket.empty()) {
    if (options.credentials) throw usage(code::local_invalid_credentials);
    AuthenticationPlan plan;
    plan.method = Method::local;
    return plan;
  }
  check_encryption(options);
  auto const scheme =
      options.authentication == Authentication::automatic ? default_scheme(options) : options.authentication;
  switch (scheme) {
    case Authentication::basic:
      return plan_basic(options);
    case Authentication::negotiate:
      return plan_negotiate(options);
    case Authentication::kerberos:
      return plan_kerberos(options);
    case Authentication::certificate:
      return plan_certificate(options);
    case Authentication::none:
    case Authentication::automatic:
      break;
  }
  return AuthenticationPlan{};
}

std::vector<std::string> offered_schemes(std::vector<std::string_view> const& challenges) {
  std::vector<std::string> schemes;
  for (auto rest : challenges) {
    // A list of challenges may stand in one header; parameters ("realm=…") and tokens are not schemes.
    while (!rest.empty()) {
      auto const start = rest.find_first_not_of(" \t,");
      if (start == std::string_view::npos) break;
      rest.remove_prefix(start);
      auto const end = std::min(rest.find_first_of(" \t,"), rest.size());
      auto const word = rest.substr(0, end);
      auto const challenge_end = std::min(rest.find(','), rest.size());
      if (word.find('=') == std::string_view::npos && !offers(schemes, word)) schemes.emplace_back(word);
      rest.remove_prefix(challenge_end);
    }
  }
  return schemes;
}

std::string_view challenge_token(std::vector<std::string_view> const& challenges, std::string_view scheme) {
  for (auto challenge : challenges) {
    if (challenge.size() <= scheme.size() + 1 || challenge[scheme.size()] != ' ') continue;
    if (!unicode::starts_with_ignoring_case(challenge, scheme)) continue;
    auto token = challenge.substr(scheme.size() + 1);
    token = token.substr(0, token.find(','));
    auto const first = token.find_first_not_of(' ');
    if (first == std::string_view::npos) continue;
    return token.substr(first, token.find_last_not_of(' ') - first + 1);
  }
  return {};
}

std::string identity_of(SessionOptions const& options) {
  if (options.authentication == Authentication::certificate)
    return fmt::format("the certificate {}", options.tls.client_certificate);
  return options.credentials ? options.credentials->user : "the ticket in the credential cache";
}

std::string describe_refusal(SessionOptions const& options, AuthenticationPlan const& plan,
                             std::string_view mechanism, std::vector<std::string_view> const& challenges) {
  auto const where = url_of(options.endpoint);
  auto const offered = offered_schemes(challenges);
  auto const offer = offered.empty() ? std::string("no scheme") : fmt::format("{}", fmt::join(offered, ", "));
  if (plan.method == Method::local)
    return fmt::format("The local service refused this account ({}). It must be allowed to use the service.",
                       options.endpoint.unix_socket);
  if (plan.method == Method::none)
    return fmt::format(
        "{} does not answer without authentication. It offers: {}. Leave out "
        "-authentication:none and give credentials.",
        where, offer);
  bool const named = !mechanism.empty() && mechanism != plan.scheme;
  return fmt::format("Access is denied: {} refused the logon. Tried: {}{} as {}. The server offers: {}. {}",
                     where, plan.scheme, named ? fmt::format(" ({})", mechanism) : "", identity_of(options),
                     offer, advice(options, plan, mechanism, offered));
}

}  // namespace winrm::client
