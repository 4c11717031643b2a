#include "tools/winrm/doctor.hpp"

#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/unicode.hpp"
#include "client/enumerator.hpp"
#include "client/failure.hpp"
#include "client/session.hpp"
#include "client/target.hpp"
#include "client/trusted_hosts.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "tools/winrm/session_copy.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Authentication;
using client::Failure;

constexpr Milliseconds step_patience{5000};
/// Kerberos' usual tolerance (RFC 4120 1.6).
constexpr std::int64_t most_clock_skew_seconds = 300;
constexpr unsigned http_unauthorized = 401;
constexpr unsigned http_not_found = 404;

/// What the steps found out for those behind them.
class Examination {
 public:
  Examination(client::SessionOptions const& options, client::Transport const& transport,
              std::function<void(std::string_view)> const& say)
      : options_(options), transport_(transport), say_(say) {}

  bool run() {
    bool const reachable = name() && port() && tls() && schemes();
    if (!reachable) return false;
    clock();
    ticket();
    binding();
    encryption();
    if (log_on()) {
      rights();
      quota();
    }
    return good_;
  }

 private:
  void ok(std::string_view step, std::string const& text) {
    say_(fmt::format("ok       {:<16} {}\n", step, text));
  }
  void note(std::string_view step, std::string const& text) {
    say_(fmt::format("-        {:<16} {}\n", step, text));
  }
  bool problem(std::string_view step, std::string const& text) {
    good_ = false;
    say_(fmt::format("PROBLEM  {:<16} {}\n", step, text));
    return false;
  }

  [[nodiscard]] Deadline soon() const { return SteadyClock::now() + step_patience; }
  [[nodiscard]] bool uses_password() const {
    return options_.credentials && options_.authentication != Authentication::kerberos;
  }

  bool name();
  bool port();
  bool tls();
  bool schemes();
  void clock();
  void ticket();
  void binding();
  void encryption();
  bool log_on();
  void rights();
  void quota();

  client::SessionOptions const& options_;
  client::Transport const& transport_;
  std::function<void(std::string_view)> const& say_;
  bool good_ = true;
  std::string certificate_;
  std::string server_date_;
  std::vector<std::string> offered_;
};

bool Examination::name() {
  auto const& host = options_.endpoint.host;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int const status = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, ::freeaddrinfo);
  if (status != 0)
    return problem("name",
                   fmt::format("{} has no address ({}). Check the spelling and the DNS servers, or give "
                               "the address itself.",
                               host, ::gai_strerror(status)));
  std::vector<std::string> addresses;
  for (auto const* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  ok("name", fmt::format("{} is {}", host, fmt::join(addresses, ", ")));
  return true;
}

bool Examination::port() {
  auto plain = options_.endpoint;
  plain.tls = false;
  auto const connection = transport_.connect(plain, {}, soon());
  if (connection) {
    ok("port", fmt::format("{} is open", plain.port));
    return true;
  }
  std::vector<std::uint16_t> others;
  for (std::uint16_t const other : {options_.policy.default_port_http, options_.policy.default_port_https,
                                    std::uint16_t{80}, std::uint16_t{443}}) {
    plain.port = other;
    if (other != options_.endpoint.port && transport_.connect(plain, {}, soon())) others.push_back(other);
  }
  return problem(
      "port", fmt::format("{} {} Run `winrm quickconfig` on the host, open the port in its firewall, or give "
                          "another port.",
                          connection.error().message,
                          others.empty() ? std::string("No other usual port is open either.")
                                         : fmt::format("Open there: {}.", fmt::join(others, ", "))));
}

bool Examination::tls() {
  if (!options_.endpoint.tls) {
    note("tls", "not used (HTTP)");
    return true;
  }
  auto const connection = transport_.connect(options_.endpoint, options_.tls, soon());
  if (!connection) return problem("tls", connection.error().message + ".");
  certificate_ = (*connection)->server_certificate();
  ok("tls", options_.tls.skip_ca_check || options_.tls.skip_cn_check
                ? "made, but the certificate was not checked entirely (-skipCAcheck, -skipCNcheck)"
                : "made, and the certificate is trusted and for this name");
  return true;
}

bool Examination::schemes() {
  auto connection = transport_.connect(options_.endpoint, options_.tls, soon());
  if (!connection) return problem("schemes", connection.error().message + ".");
  http::ClientRequest request;
  request.headers = {{"Content-Type", "application/soap+xml;charset=UTF-8"}};
  auto const response = (*connection)->post(request, soon());
  if (!response) return problem("schemes", response.error().message + ".");
  server_date_ = response->header("Date");
  if (response->status == http_not_found)
    return problem("schemes",
                   fmt::format("there is nothing at {}: give the URL prefix of the listener, as in "
                               "-remote:HOST:PORT/PREFIX.",
                               client::url_of(options_.endpoint)));
  if (response->status != http_unauthorized)
    return problem("schemes", fmt::format("HTTP status {} instead of a challenge: is this the port of a "
                                          "WS-Management service?",
                                          response->status));
  offered_ = client::offered_schemes(response->all("WWW-Authenticate"));
  ok("schemes", fmt::format("the service offers {}", fmt::join(offered_, ", ")));
  return true;
}

void Examination::clock() {
  std::tm broken{};
  // RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"
  if (::strptime(server_date_.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &broken) == nullptr)
    return note("clock", "the service does not say its time");
  auto const skew =
      static_cast<std::int64_t>(::timegm(&broken)) - static_cast<std::int64_t>(std::time(nullptr));
  auto const text =
      fmt::format("the host's is {} s {}", skew < 0 ? -skew : skew, skew < 0 ? "behind" : "ahead");
  if (skew > most_clock_skew_seconds || skew < -most_clock_skew_seconds)
    static_cast<void>(problem("clock", text + ": Kerberos fails. Set the time on both machines (NTP)."));
  else
    ok("clock", text);
}

void Examination::ticket() {
  if (uses_password() || client::is_ip_address(options_.endpoint.host))
    return note("ticket", uses_password() ? "not needed: a password is used"
                                          : "none for an IP address: give the host's name");
  auth::InitiatorOptions asked;
  asked.mechanism = auth::InitiatorOptions::Mechanism::kerberos;
  if (options_.credentials) {
    asked.user = options_.credentials->user;
    asked.password = options_.credentials->password.clone();
  }
  asked.host = options_.endpoint.host;
  auto const step = transport_.make_initiator(std::move(asked))->step("");
  if (step.outcome != auth::InitiatorStep::Outcome::failed)
    return ok("ticket", fmt::format("the KDC gives one for {}", options_.endpoint.host));
  static_cast<void>(
      problem("ticket", fmt::format("{}. Get a ticket with kinit, register HTTP/{} as the host's "
                                    "SPN, or give -username.",
                                    step.reason, options_.endpoint.host)));
}

void Examination::binding() {
  if (certificate_.empty()) return note("channel binding", "only over HTTPS");
  auto const bound = auth::server_end_point_binding(certificate_);
  if (bound)
    ok("channel binding", "the log-on is bound to the certificate, as CbtHardeningLevel=Strict wants it");
  else
    static_cast<void>(problem("channel binding", bound.error().message));
}

void Examination::encryption() {
  try {
    auto const plan = client::plan_authentication(options_);
    if (options_.endpoint.tls) return ok("encryption", "TLS");
    if (plan.seal) return ok("encryption", fmt::format("messages are encrypted by {}", plan.scheme));
    static_cast<void>(
        problem("encryption", "messages travel in the clear. Leave out -unencrypted, or use -usessl."));
  } catch (Failure const& failure) {
    static_cast<void>(problem("encryption", failure.text()));
  }
}

bool Examination::log_on() {
  try {
    auto const answer = client::Session(copy_of(options_), transport_).identify();
    auto const body = answer.body();
    ok("log-on", fmt::format("accepted; {}, {}", body.child(ns::identity, "ProductVendor").text(),
                             body.child(ns::identity, "ProductVersion").text()));
    return true;
  } catch (Failure const& failure) {
    return problem("log-on", failure.text());
  }
}

void Examination::rights() {
  try {
    client::Session session(copy_of(options_), transport_);
    static_cast<void>(session.get(parse_resource_uri("wmicimv2/Win32_OperatingSystem")));
    ok("rights", "the account may read (Win32_OperatingSystem)");
  } catch (Failure const& failure) {
    static_cast<void>(
        problem("rights", fmt::format("{} Check RootSDDL (winrm configSDDL default) and the rights "
                                      "of the account on the host.",
                                      failure.text())));
  }
}

void Examination::quota() {
  try {
    client::Session session(copy_of(options_), transport_);
    std::size_t shells = 0;
    client::Enumerator items(session, parse_resource_uri("shell"), {});
    for (auto item = items.next(); item; item = items.next()) ++shells;
    auto const settings = session.get(parse_resource_uri("winrm/config/winrs"));
    auto const body = settings.body();
    auto const text = body.child(body.ns(), "MaxShellsPerUser").text();
    std::size_t limit = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), limit).ec != std::errc{})
      return note("quota", fmt::format("{} shells are open; the service does not say its limit", shells));
    if (limit == 0)
      ok("quota", fmt::format("{} shells of the account are open; their number is not limited", shells));
    else if (shells < limit)
      ok("quota", fmt::format("{} of {} shells of the account are open", shells, limit));
    else
      static_cast<void>(problem(
          "quota", fmt::format("{} of {} shells of the account are open: there is no room for another. "
                               "Close one (winrm enumerate shell, winrm delete shell?ShellId=ID), or "
                               "allow more (winrm set winrm/config/winrs "
                               "@{{MaxShellsPerUser=\"NUMBER\"}}).",
                               shells, limit)));
  } catch (Failure const& failure) {
    note("quota", fmt::format("not visible for this account ({})", failure.text()));
  }
}

}  // namespace

bool examine_host(client::SessionOptions const& options, client::Transport const& transport,
                  std::function<void(std::string_view)> const& say) {
  return Examination(options, transport, say).run();
}

}  // namespace winrm::tools::winrm_tool
