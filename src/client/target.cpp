#include "client/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/unicode.hpp"
#include "client/failure.hpp"

namespace winrm::client {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

Failure malformed(std::uint32_t code, std::string_view target, std::string_view why) {
  return Failure(
      Failure::Kind::usage, code,
      fmt::format("{} The remote host was given as \"{}\": {}.", describe_code(code), target, why));
}

/// What would end a request line or a header.
bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::string_view take_transport(std::string_view& rest) {
  auto const mark = rest.find("://");
  if (mark == std::string_view::npos) return {};
  auto const transport = rest.substr(0, mark);
  rest.remove_prefix(mark + 3);
  return transport;
}

/// Takes HOST or [V6] from the front of `rest`; what is left is "" or starts with ':' .
std::optional<std::string_view> take_host(std::string_view& rest) {
  if (rest.starts_with('[')) {
    auto const end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    auto const host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
    return host;
  }
  auto const end = std::min(rest.find(':'), rest.size());
  auto const host = rest.substr(0, end);
  rest.remove_prefix(end);
  return host;
}

}  // namespace

http::Endpoint parse_target(std::string_view text, bool use_ssl, config::Client const& defaults) {
  if (std::any_of(text.begin(), text.end(), is_blank_or_control))
    throw malformed(code::connection_string_invalid, text, "it has blanks or control characters");
  auto rest = text;
  auto const transport = take_transport(rest);
  http::Endpoint endpoint;
  if (transport.empty()) {
    endpoint.tls = use_ssl;
    endpoint.port = use_ssl ? defaults.default_port_https : defaults.default_port_http;
  } else {
    endpoint.tls = unicode::equals_ignoring_case(transport, "https");
    if (!endpoint.tls && !unicode::equals_ignoring_case(transport, "http"))
      throw malformed(code::transport_not_supported, text, fmt::format("\"{}\" is no transport", transport));
    if (use_ssl) throw malformed(code::invalid_use_ssl_parameter, text, "it names a transport");
    endpoint.port = endpoint.tls ? https_port : http_port;
  }

  auto const slash = std::min(rest.find('/'), rest.size());
  auto const path = rest.substr(slash);
  rest = rest.substr(0, slash);
  endpoint.path = path.size() > 1 ? std::string(path) : "/" + defaults.url_prefix;

  auto const host = take_host(rest);
  if (!host)
    throw malformed(code::connection_string_invalid, text, "the brackets do not hold an IPv6 address");
  if (host->empty()) throw malformed(code::connection_string_invalid, text, "there is no host name in it");
  if (host->find_first_of("?#@\"<>") != std::string_view::npos)
    throw malformed(code::connection_string_invalid, text, "a host name has no such characters");
  endpoint.host = std::string(*host);

  if (!rest.empty()) {
    if (rest.find(':', 1) != std::string_view::npos)
      throw malformed(code::connection_string_invalid, text, "an IPv6 address stands in brackets");
    auto const port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) throw malformed(code::port_invalid, text, fmt::format("\"{}\" is no port", rest));
    endpoint.port = *port;
  }
  return endpoint;
}

http::Endpoint local_target(config::Settings const& settings) {
  http::Endpoint endpoint;
  endpoint.host = "localhost";
  endpoint.path = "/" + settings.client.url_prefix;
  endpoint.unix_socket = (settings.daemon.state_dir / "winrmd.sock").string();
  return endpoint;
}

std::string url_of(http::Endpoint const& endpoint) {
  if (!endpoint.unix_socket.empty()) return "http://localhost" + endpoint.path;
  bool const v6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}{}", endpoint.tls ? "https" : "http", v6 ? "[" : "", endpoint.host,
                     v6 ? "]" : "", endpoint.port, endpoint.path);
}

}  // namespace winrm::client
