#include "tools/common/proxy_switches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/unicode.hpp"
#include "client/failure.hpp"
#include "tools/common/password.hpp"

namespace winrm::tools {
namespace {

using client::Failure;

constexpr std::array proxy_switches{"proxyaccess", "proxyauthentication", "proxyusername", "proxypassword"};

Failure proxy_usage(std::uint32_t code) {
  return Failure(Failure::Kind::usage, code, std::string(client::describe_code(code)));
}

std::string environment(std::initializer_list<char const*> names) {
  for (auto const* name : names)
    if (auto const* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

void check_combination(SwitchValues const& switches, client::SessionOptions const& options) {
  if (!options.endpoint.tls) throw proxy_usage(client::code::proxy_over_http);
  if (options.authentication == client::Authentication::kerberos)
    throw proxy_usage(client::code::proxy_with_kerberos);
  bool const logs_on = switches.has("proxyauthentication");
  if (switches.has("proxyusername") != logs_on || (switches.has("proxypassword") && !logs_on))
    throw proxy_usage(client::code::proxy_credentials);
  if (!switches.has("proxyaccess")) throw proxy_usage(client::code::proxy_credentials);
  if (logs_on && !unicode::equals_ignoring_case(switches.value("proxyauthentication"), "Basic"))
    throw UsageError(fmt::format("This client logs on to proxies with Basic, not with {}.",
                                 switches.value("proxyauthentication")));
}

/// False for no_proxy.
bool wants_proxy(SwitchValues const& switches) {
  auto const& type = switches.value("proxyaccess");
  if (unicode::equals_ignoring_case(type, "no_proxy")) {
    if (switches.has("proxyauthentication")) throw proxy_usage(client::code::no_proxy_with_credentials);
    return false;
  }
  for (std::string_view const known : {"ie_settings", "winhttp_settings", "auto_detect"})
    if (unicode::equals_ignoring_case(type, known)) return true;
  throw proxy_usage(client::code::proxy_access_type);
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool is_below(std::string_view domain, std::string_view host) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.size() > host.size()) return false;
  auto const tail = host.substr(host.size() - domain.size());
  return unicode::equals_ignoring_case(tail, domain) &&
         (tail.size() == host.size() || host[host.size() - tail.size() - 1] == '.');
}

}  // namespace

bool bypasses_proxy(std::string_view list, std::string_view host) {
  while (!list.empty()) {
    auto const comma = std::min(list.find(','), list.size());
    auto const entry = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (entry == "*" || (!entry.empty() && is_below(entry, host))) return true;
  }
  return false;
}

http::Proxy parse_proxy(std::string_view url) {
  auto const bad = [&](std::string_view why) {
    return UsageError(fmt::format("The proxy of https_proxy is written http://HOST:PORT: {}.", why));
  };
  auto rest = url;
  if (auto const mark = rest.find("://"); mark != std::string_view::npos) {
    if (!unicode::equals_ignoring_case(rest.substr(0, mark), "http"))
      throw bad("other transports than http are not supported");
    rest.remove_prefix(mark + 3);
  }
  rest = rest.substr(0, rest.find('/'));
  http::Proxy proxy;
  if (auto const at = rest.rfind('@'); at != std::string_view::npos) {
    auto const who = rest.substr(0, at);
    auto const colon = std::min(who.find(':'), who.size());
    proxy.user = std::string(who.substr(0, colon));
    if (colon < who.size()) proxy.password = Secret(std::string(who.substr(colon + 1)));
    rest.remove_prefix(at + 1);
  }
  auto const colon = rest.rfind(':');
  bool const has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  auto host = has_port ? rest.substr(0, colon) : rest;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) throw bad("there is no host in it");
  proxy.host = std::string(host);
  if (has_port) {
    auto const digits = rest.substr(colon + 1);
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), proxy.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || proxy.port == 0)
      throw bad("a port is a number from 1 to 65535");
  }
  return proxy;
}

std::shared_ptr<http::Proxy const> proxy_of(SwitchValues const& switches,
                                            client::SessionOptions const& options) {
  bool const given = std::any_of(proxy_switches.begin(), proxy_switches.end(),
                                 [&](char const* name) { return switches.has(name); });
  if (!given) return nullptr;
  check_combination(switches, options);
  if (!wants_proxy(switches)) return nullptr;
  auto const url = environment({"https_proxy", "HTTPS_PROXY"});
  if (url.empty() || bypasses_proxy(environment({"no_proxy", "NO_PROXY"}), options.endpoint.host))
    return nullptr;
  auto proxy = std::make_shared<http::Proxy>(parse_proxy(url));
  if (switches.has("proxyauthentication")) {
    proxy->user = switches.value("proxyusername");
    proxy->password = switches.has("proxypassword") ? Secret(switches.value("proxypassword"))
                                                    : prompt_for_password(proxy->user);
  }
  return proxy;
}

}  // namespace winrm::tools
