#include "client/connection.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "client/target.hpp"
#include "http/sealed_body.hpp"

namespace winrm::client {
namespace {

using Method = AuthenticationPlan::Method;
using Outcome = auth::InitiatorStep::Outcome;

constexpr std::uint32_t e_access_denied = 0x80070005;
constexpr unsigned http_ok = 200;
constexpr unsigned http_unauthorized = 401;
constexpr std::string_view user_agent = "OpenWinRM";

Failure denied(std::string text) {
  return Failure(Failure::Kind::authentication, e_access_denied, std::move(text));
}

std::string content_type_of(SessionOptions const& options) {
  return fmt::format("application/soap+xml;charset={}", wsman::charset_name(options.encoding));
}

/// A security context whose first token is ready.
struct StartedExchange {
  std::unique_ptr<auth::Initiator> initiator;
  auth::InitiatorStep first;
};

StartedExchange start_exchange(SessionOptions const& options, AuthenticationPlan const& plan,
                               Transport const& transport, std::string const& channel_binding) {
  auth::InitiatorOptions asked;
  asked.mechanism = plan.mechanism;
  if (options.credentials) {
    asked.user = options.credentials->user;
    asked.password = options.credentials->password.clone();
  }
  asked.host = options.endpoint.host;
  asked.delegate = options.delegate;
  if (options.spn_port) asked.spn_port = options.endpoint.port;
  asked.channel_binding = channel_binding;
  StartedExchange exchange;
  exchange.initiator = transport.make_initiator(std::move(asked));
  exchange.first = exchange.initiator->step("");
  if (exchange.first.outcome != Outcome::failed) return exchange;
  if (plan.ntlm_refused)
    throw Failure(Failure::Kind::policy, code::server_not_trusted,
                  fmt::format("{} Host: {}. {}Kerberos was tried as {}: {}",
                              describe_code(code::server_not_trusted), options.endpoint.host,
                              options.policy_source.empty()
                                  ? ""
                                  : fmt::format("The configuration is {}. ", options.policy_source),
                              identity_of(options), exchange.first.reason));
  throw denied(fmt::format(
      "Cannot log on to {} with {} as {}: {}{}", url_of(options.endpoint), plan.scheme, identity_of(options),
      exchange.first.reason,
      options.credentials ? "" : " Give a user name with -username, or get a ticket with kinit."));
}

class ServiceConnection : public Connection {
 public:
  ServiceConnection(SessionOptions const& options, AuthenticationPlan const& plan,
                    std::unique_ptr<http::ClientConnection> http)
      : options_(options), plan_(plan), http_(std::move(http)) {
    style_.protocol = fmt::format("application/HTTP-{}-session-encrypted",
                                  plan.scheme == "Kerberos" ? "Kerberos" : "SPNEGO");
    // Without the tab every known service reads it; with it OMI and OpenWEC do not (wire reference 3.8.3).
    style_.tab_before_headers = false;
  }

  void log_on(Transport const& transport, Deadline deadline) {
    if (plan_.method == Method::basic) {
      auto const& credentials = *options_.credentials;
      Secret const pair(credentials.user + ":" + credentials.password.reveal());
      std::string header = "Basic ";
      header.reserve(header.size() + base64::encoded_size(pair.reveal().size()));
      base64::append(header, pair.reveal());
      authorization_ = Secret(std::move(header));
    }
    if (plan_.method == Method::certificate) authorization_ = Secret(plan_.scheme);
    if (plan_.method != Method::gss) return;
    exchange_tokens(start_exchange(options_, plan_, transport, channel_binding()), deadline);
  }

  Reply post(std::string_view message, http::HeaderList const& headers, Deadline deadline) override {
    http::ClientRequest request;
    request.headers = headers;
    request.headers.emplace_back("User-Agent", user_agent);
    if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_.reveal());
    auto content_type = content_type_of(options_);
    if (sealer_) {
      auto sealed = http::seal_body(message, content_type, style_, *sealer_);
      if (!sealed) throw Failure(Failure::Kind::protocol, code::cannot_decrypt, sealed.error().message);
      content_type = std::move(sealed->content_type);
      request.body = std::move(sealed->body);
    } else {
      request.body = message;
    }
    request.headers.emplace_back("Content-Type", std::move(content_type));

    auto response = http_->post(request, deadline);
    if (!response) throw to_failure(response.error());
    if (response->status == http_unauthorized)
      throw denied(describe_refusal(options_, plan_, mechanism_, response->all("WWW-Authenticate")));
    return open_reply(std::move(*response));
  }

  bool is_open() const override { return http_->is_open(); }
  void interrupt() override { http_->interrupt(); }

 private:
  Reply open_reply(http::ClientResponse response) {
    Reply reply;
    reply.status = response.status;
    reply.content_type = response.header("Content-Type");
    if (!sealer_ || response.body.empty()) {
      reply.body = std::move(response.body);
      return reply;
    }
    if (!http::is_sealed_content_type(reply.content_type)) {
      if (reply.status == http_ok || reply.content_type.starts_with("application/soap"))
        throw Failure(Failure::Kind::protocol, code::cannot_decrypt,
                      fmt::format("{} answered in plain text on an encrypted connection; the answer was not "
                                  "used. Someone may be tampering with the connection.",
                                  url_of(options_.endpoint)));
      reply.body.clear();  // an HTTP error of a proxy or of the server's HTTP layer: the status says it all
      reply.content_type.clear();
      return reply;
    }
    auto opened = http::unseal_body(reply.content_type, response.body, *sealer_);
    if (!opened)
      throw Failure(Failure::Kind::protocol, code::cannot_decrypt,
                    fmt::format("The answer of {} cannot be decrypted: {}", url_of(options_.endpoint),
                                opened.error().message));
    reply.body = std::move(opened->plain);
    reply.content_type = std::move(opened->content_type);
    return reply;
  }

  /// The empty POSTs that carry tokens (wire reference 3.1).
  void exchange_tokens(StartedExchange exchange, Deadline deadline) {
    auto& initiator = *exchange.initiator;
    auto step = std::move(exchange.first);
    for (std::size_t round = 0; round < limits::authentication_rounds; ++round) {
      auto const response = send_token(step.token, deadline);
      mechanism_ = initiator.mechanism();
      auto const challenges = response.all("WWW-Authenticate");
      auto const token = base64::decode(challenge_token(challenges, plan_.scheme));
      if (response.status != http_unauthorized) {
        finish_exchange(initiator, step, response.status, token ? *token : std::string{});
        return;
      }
      if (!token || token->empty()) throw denied(describe_refusal(options_, plan_, mechanism_, challenges));
      step = initiator.step(*token);
      if (step.outcome == Outcome::failed) throw denied(failed_step(initiator.mechanism(), step.reason));
      if (step.token.empty())
        throw denied(describe_refusal(options_, plan_, initiator.mechanism(), challenges));
    }
    throw denied(failed_step(mechanism_, "the server keeps asking for more tokens"));
  }

  http::ClientResponse send_token(std::string const& token, Deadline deadline) {
    http::ClientRequest request;
    request.headers = {{"User-Agent", std::string(user_agent)},
                       {"Content-Type", content_type_of(options_)},
                       {"Authorization", plan_.scheme + " " + base64::encode(token)}};
    auto response = http_->post(request, deadline);
    if (!response) throw to_failure(response.error());
    return std::move(*response);
  }

  void finish_exchange(auth::Initiator& initiator, auth::InitiatorStep const& last, unsigned status,
                       std::string const& token) {
    if (status != http_ok)
      throw Failure(
          Failure::Kind::protocol, code::unknown_http_status,
          fmt::format("{} answered the logon with HTTP status {}. Is this the port of a WS-Management "
                      "service?",
                      url_of(options_.endpoint), status));
    if (last.outcome != Outcome::done && !token.empty()) {
      auto const step = initiator.step(token);
      if (step.outcome == Outcome::failed) throw denied(failed_step(initiator.mechanism(), step.reason));
    }
    mechanism_ = initiator.mechanism();
    if (!initiator.complete())
      throw Failure(
          Failure::Kind::authentication, code::mutual_auth_failed,
          fmt::format("{} Host: {}.", describe_code(code::mutual_auth_failed), options_.endpoint.host));
    if (plan_.seal) {
      sealer_ = initiator.take_sealer();
      if (!sealer_)
        throw Failure(
            Failure::Kind::protocol, code::cannot_decrypt,
            fmt::format("{} with {} agreed on no message encryption, and plain HTTP needs it. Use HTTPS "
                        "(-usessl).",
                        mechanism_, url_of(options_.endpoint)));
    }
  }

  std::string failed_step(std::string_view mechanism, std::string_view reason) const {
    return fmt::format("The logon to {} with {}{} as {} failed: {}", url_of(options_.endpoint), plan_.scheme,
                       mechanism.empty() ? "" : fmt::format(" ({})", mechanism), identity_of(options_),
                       reason);
  }

  std::string channel_binding() const {
    auto const certificate = http_->server_certificate();
    if (certificate.empty()) return {};
    auto binding = auth::server_end_point_binding(certificate);
    if (!binding) throw Failure(Failure::Kind::transport, code::tls_failure, binding.error().message);
    return std::move(*binding);
  }

  SessionOptions const& options_;
  AuthenticationPlan const& plan_;
  std::unique_ptr<http::ClientConnection> http_;
  http::SealedStyle style_;
  std::unique_ptr<auth::Sealer> sealer_;
  std::string mechanism_;
  Secret authorization_;
};

}  // namespace

Transport::Transport()
    : connect(&http::ClientConnection::connect), make_initiator(&auth::make_gss_initiator) {}

std::unique_ptr<Connection> open_connection(SessionOptions const& options, AuthenticationPlan const& plan,
                                            Transport const& transport, Deadline deadline) {
  auto http = transport.connect(options.endpoint, options.tls, deadline);
  if (!http) throw to_failure(http.error());
  auto connection = std::make_unique<ServiceConnection>(options, plan, std::move(*http));
  connection->log_on(transport, deadline);
  return connection;
}

Failure to_failure(http::TransportError const& error) {
  using Kind = http::TransportError::Kind;
  auto const coded = [&](std::uint32_t code) {
    return Failure(Failure::Kind::transport, code, error.message);
  };
  switch (error.kind) {
    case Kind::name_not_resolved:
      return coded(code::name_not_resolved);
    case Kind::refused:
      return coded(code::destination_unreachable);
    case Kind::timed_out:
      return coded(code::network_timed_out);
    case Kind::tls:
      return coded(code::tls_failure);
    case Kind::protocol:
      return Failure(Failure::Kind::protocol, code::response_invalid, error.message);
    case Kind::interrupted:
      return Failure(Failure::Kind::interrupted, code::operation_aborted, error.message);
    case Kind::closed:
      break;
  }
  return coded(code::destination_unreachable);
}

}  // namespace winrm::client
