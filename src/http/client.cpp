#include "http/client.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "http/chunked.hpp"
#include "http/client_socket.hpp"
#include "http/message_head.hpp"
#include "http/stream.hpp"
#include "http/tls.hpp"

namespace winrm::http {
namespace {

using Kind = TransportError::Kind;
using Nothing = Result<void, TransportError>;

class BlockingConnection final : public ClientConnection {
 public:
  BlockingConnection(Endpoint endpoint, UniqueFd socket)
      : endpoint_(std::move(endpoint)), socket_(std::move(socket)), stream_(socket_.get()) {}

  /// Asks the proxy for a tunnel to the endpoint (RFC 9110 9.3.6).
  Nothing open_tunnel(Proxy const& proxy, Deadline deadline);
  Nothing shake_hands(TlsChecks const& checks, Deadline deadline);
  Result<ClientResponse, TransportError> post(ClientRequest const& request, Deadline deadline) override;
  bool is_open() const override;
  std::string server_certificate() const override { return certificate_; }
  void interrupt() override { interrupter_.trip(); }

 private:
  enum class Sent { all, answered_early };

  Result<ClientResponse, TransportError> exchange(ClientRequest const& request);
  [[nodiscard]] std::string request_head(ClientRequest const& request) const;
  Result<Sent, TransportError> send(std::string_view head, std::string_view body);
  Result<ClientResponse, TransportError> receive();
  Result<std::string, TransportError> receive_head();
  Nothing receive_body(BodyFraming framing, std::string& body);
  Nothing receive_chunks(std::string& body);
  /// Appends what comes next to buffer_; false at the end of the stream.
  Result<bool, TransportError> receive_some();
  Nothing wait(short events);

  [[nodiscard]] tl::unexpected<TransportError> failed(Kind kind, std::string_view problem) const {
    return tl::unexpected<TransportError>(
        TransportError{kind, fmt::format("{}: {}", host_and_port(endpoint_), problem)});
  }
  [[nodiscard]] tl::unexpected<TransportError> handshake_failed(TlsChecks const& checks) const;
  [[nodiscard]] tl::unexpected<TransportError> name_mismatch(std::string_view problem) const;

  Endpoint endpoint_;
  UniqueFd socket_;
  mutable Stream stream_;
  Interrupter interrupter_;
  std::string certificate_;
  Deadline deadline_;
  std::string buffer_;
  bool open_ = true;
};

Nothing BlockingConnection::open_tunnel(Proxy const& proxy, Deadline deadline) {
  deadline_ = deadline;
  auto const target = host_and_port(endpoint_);
  Secret authorization;
  if (!proxy.user.empty())
    authorization = Secret("Proxy-Authorization: Basic " +
                           base64::encode(proxy.user + ":" + proxy.password.reveal()) + "\r\n");
  Secret const head(
      fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}\r\n", target, authorization.reveal()));
  if (auto const sent = send(head.reveal(), {}); !sent) return tl::unexpected<TransportError>(sent.error());
  auto const answer = receive_head();
  if (!answer) return tl::unexpected<TransportError>(answer.error());
  auto const line = parse_status_line(std::string_view(*answer).substr(0, answer->find("\r\n")));
  constexpr unsigned proxy_authentication_required = 407;
  if (line && line->status == proxy_authentication_required)
    return failed(Kind::refused,
                  fmt::format("the proxy {}:{} wants a log-on; give -proxyauthentication:Basic, "
                              "-proxyusername and -proxypassword",
                              proxy.host, proxy.port));
  if (!line || line->status / 100 != 2)
    return failed(Kind::refused, fmt::format("the proxy {}:{} opened no tunnel (HTTP status {}); it may not "
                                             "allow this host or port",
                                             proxy.host, proxy.port, line ? line->status : 0));
  return {};
}

Nothing BlockingConnection::shake_hands(TlsChecks const& checks, Deadline deadline) {
  deadline_ = deadline;
  auto context = make_client_context(checks);
  if (!context) return failed(Kind::tls, context.error().message);
  stream_.start_tls(make_client_ssl(context->get(), checks, endpoint_.host));
  while (true) {
    auto const outcome = stream_.handshake();
    if (outcome.state == Stream::State::ok) break;
    bool const reading = outcome.state == Stream::State::want_read;
    if (!reading && outcome.state != Stream::State::want_write) return handshake_failed(checks);
    if (auto ready = wait(reading ? POLLIN : POLLOUT); !ready) return ready;
  }
  // Without the chain's check OpenSSL does not insist on the name either.
  if (checks.skip_ca_check && !checks.skip_cn_check && !certificate_is_for(stream_.ssl(), endpoint_.host))
    return name_mismatch("name mismatch");
  certificate_ = peer_certificate_der(stream_.ssl());
  return {};
}

tl::unexpected<TransportError> BlockingConnection::handshake_failed(TlsChecks const& checks) const {
  auto const verification = SSL_get_verify_result(stream_.ssl());
  if (verification == X509_V_OK || checks.skip_ca_check)
    return failed(Kind::tls,
                  fmt::format("no TLS connection ({}); check that this is an HTTPS port and that the service "
                              "speaks TLS 1.2 or 1.3",
                              stream_.error()));
  auto const problem = verification_problem(stream_.ssl());
  if (verification == X509_V_ERR_HOSTNAME_MISMATCH || verification == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return name_mismatch(problem);
  return failed(Kind::tls,
                fmt::format("the service's certificate is not trusted ({}); give the certificate of its "
                            "issuer (CA file), or skip this check (-skipCAcheck)",
                            problem));
}

tl::unexpected<TransportError> BlockingConnection::name_mismatch(std::string_view problem) const {
  return failed(Kind::tls, fmt::format("the service's certificate is for another name ({}); use the name the "
                                       "certificate shows, or skip this check (-skipCNcheck)",
                                       problem));
}

Result<ClientResponse, TransportError> BlockingConnection::post(ClientRequest const& request,
                                                                Deadline deadline) {
  if (!open_) return failed(Kind::closed, "the connection is closed; connect anew");
  deadline_ = deadline;
  auto response = exchange(request);
  if (!response) open_ = false;
  return response;
}

Result<ClientResponse, TransportError> BlockingConnection::exchange(ClientRequest const& request) {
  auto const sent = send(request_head(request), request.body);
  if (!sent) return tl::unexpected<TransportError>(sent.error());
  auto response = receive();
  // The rest of a request that was answered early was never sent: nothing can follow on this connection.
  if (*sent == Sent::answered_early) open_ = false;
  return response;
}

std::string BlockingConnection::request_head(ClientRequest const& request) const {
  auto head = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nConnection: Keep-Alive\r\nContent-Length: {}\r\n",
                          endpoint_.path, host_and_port(endpoint_), request.body.size());
  for (auto const& [name, value] : request.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  return head.append("\r\n");
}

Result<BlockingConnection::Sent, TransportError> BlockingConnection::send(std::string_view head,
                                                                          std::string_view body) {
  buffer_.clear();
  while (!head.empty() || !body.empty()) {
    auto const outcome = head.empty() ? stream_.write(body) : stream_.write(head, body);
    switch (outcome.state) {
      case Stream::State::ok: {
        auto const of_head = std::min(outcome.bytes, head.size());
        head.remove_prefix(of_head);
        body.remove_prefix(outcome.bytes - of_head);
        break;
      }
      case Stream::State::want_read:
      case Stream::State::want_write: {
        // A service that refuses answers before it has the whole body.
        if (auto ready = wait(POLLIN | POLLOUT); !ready) return tl::unexpected<TransportError>(ready.error());
        pollfd readable{socket_.get(), POLLIN, 0};
        if (::poll(&readable, 1, 0) <= 0) break;
        std::array<char, 16384> piece;
        auto const early = stream_.read(piece.data(), piece.size());
        buffer_.append(piece.data(), early.bytes);
        if (early.bytes > 0) return Sent::answered_early;
        break;
      }
      case Stream::State::closed:
      case Stream::State::failed:
        return Sent::answered_early;  // perhaps: receive() finds the answer or the reason
    }
  }
  return Sent::all;
}

Result<ClientResponse, TransportError> BlockingConnection::receive() {
  while (true) {
    auto const head = receive_head();
    if (!head) return tl::unexpected<TransportError>(head.error());
    auto const text = std::string_view(*head).substr(0, head->size() - 2);
    auto const line_end = text.find("\r\n");
    auto const line = parse_status_line(text.substr(0, line_end));
    if (!line)
      return failed(Kind::protocol,
                    fmt::format("the answer is not HTTP/1.1 ({}); check the port", line.error().reason));
    Fields fields;
    if (auto parsed = fields.parse(text.substr(line_end + 2)); !parsed)
      return failed(Kind::protocol,
                    fmt::format("the answer's header is malformed ({})", parsed.error().reason));
    if (line->status < 200) continue;  // 100 Continue and its like announce the real answer
    auto const framing = response_framing(fields, line->status);
    if (!framing)
      return failed(Kind::protocol, fmt::format("the answer is malformed ({})", framing.error().reason));

    ClientResponse response;
    response.status = line->status;
    for (auto const& field : fields.all()) response.headers.emplace_back(field.name, field.value);
    if (auto body = receive_body(*framing, response.body); !body)
      return tl::unexpected<TransportError>(body.error());
    open_ = framing->kind != BodyFraming::Kind::until_close && keeps_alive(fields, line->minor_version) &&
            buffer_.empty();
    return response;
  }
}

Result<std::string, TransportError> BlockingConnection::receive_head() {
  std::size_t scanned = 0;
  while (true) {
    auto const size = find_head_end(buffer_, scanned);
    if (!size)
      return failed(Kind::protocol,
                    fmt::format("the answer's header is malformed ({})", size.error().reason));
    if (*size > 0) {
      auto head = buffer_.substr(0, *size);
      buffer_.erase(0, *size);
      return head;
    }
    auto const more = receive_some();
    if (!more) return tl::unexpected<TransportError>(more.error());
    if (!*more)
      return failed(Kind::closed, buffer_.empty()
                                      ? "the service closed the connection without an answer; try again"
                                      : "the service closed the connection in the middle of its answer");
  }
}

Nothing BlockingConnection::receive_body(BodyFraming framing, std::string& body) {
  if (framing.kind == BodyFraming::Kind::chunked) return receive_chunks(body);
  bool const to_the_end = framing.kind == BodyFraming::Kind::until_close;
  if (framing.length > endpoint_.answer_bytes)
    return failed(Kind::protocol, fmt::format("the answer has {} bytes; at most {} are read", framing.length,
                                              endpoint_.answer_bytes));
  auto const wanted = to_the_end ? endpoint_.answer_bytes + 1 : static_cast<std::size_t>(framing.length);
  while (buffer_.size() < wanted) {
    auto const more = receive_some();
    if (!more) return tl::unexpected<TransportError>(more.error());
    if (!*more && to_the_end) break;
    if (!*more) return failed(Kind::closed, "the service closed the connection in the middle of its answer");
  }
  if (buffer_.size() > endpoint_.answer_bytes && to_the_end)
    return failed(Kind::protocol, fmt::format("the answer has more than {} bytes", endpoint_.answer_bytes));
  if (to_the_end || buffer_.size() == wanted) {
    body = std::exchange(buffer_, {});
  } else {
    body = buffer_.substr(0, wanted);
    buffer_.erase(0, wanted);
  }
  return {};
}

Nothing BlockingConnection::receive_chunks(std::string& body) {
  ChunkedDecoder decoder;
  while (true) {
    auto const progress = decoder.feed(buffer_, body, endpoint_.answer_bytes);
    buffer_.erase(0, progress.consumed);
    switch (progress.state) {
      case ChunkedDecoder::State::done:
        return {};
      case ChunkedDecoder::State::malformed:
        return failed(Kind::protocol, "the answer's chunked body is malformed");
      case ChunkedDecoder::State::too_large:
        return failed(Kind::protocol,
                      fmt::format("the answer has more than {} bytes", endpoint_.answer_bytes));
      case ChunkedDecoder::State::more:
        break;
    }
    auto const more = receive_some();
    if (!more) return tl::unexpected<TransportError>(more.error());
    if (!*more) return failed(Kind::closed, "the service closed the connection in the middle of its answer");
  }
}

Result<bool, TransportError> BlockingConnection::receive_some() {
  std::array<char, 65536> piece;
  while (true) {
    auto const outcome = stream_.read(piece.data(), piece.size());
    switch (outcome.state) {
      case Stream::State::ok:
        buffer_.append(piece.data(), outcome.bytes);
        return true;
      case Stream::State::closed:
        return false;
      case Stream::State::failed:
        return failed(Kind::closed, fmt::format("the connection broke ({})", stream_.error()));
      case Stream::State::want_read:
      case Stream::State::want_write:
        if (auto ready = wait(outcome.state == Stream::State::want_read ? POLLIN : POLLOUT); !ready)
          return tl::unexpected<TransportError>(ready.error());
    }
  }
}

Nothing BlockingConnection::wait(short events) {
  switch (wait_for(socket_.get(), events, deadline_, &interrupter_)) {
    case Waited::ready:
      return {};
    case Waited::timed_out:
      return failed(Kind::timed_out,
                    "the service did not answer in time; it may be busy, or the timeout too short");
    case Waited::interrupted:
      break;
  }
  return failed(Kind::interrupted, "interrupted");
}

bool BlockingConnection::is_open() const {
  if (!open_) return false;
  pollfd readable{socket_.get(), POLLIN, 0};
  if (::poll(&readable, 1, 0) == 0) return true;
  // Between answers only the end may come, or a record of TLS itself (a session ticket).
  if (!stream_.is_tls()) return false;
  std::array<char, 1> unexpected;
  return stream_.read(unexpected.data(), unexpected.size()).state == Stream::State::want_read;
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (auto const& [key, value] : headers)
    if (unicode::equals_ignoring_case(key, name)) return value;
  return {};
}

std::vector<std::string_view> ClientResponse::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (auto const& [key, value] : headers)
    if (unicode::equals_ignoring_case(key, name)) values.push_back(value);
  return values;
}

Result<std::unique_ptr<ClientConnection>, TransportError> ClientConnection::connect(Endpoint const& endpoint,
                                                                                    TlsChecks const& checks,
                                                                                    Deadline deadline) {
  bool const through_proxy = endpoint.proxy != nullptr && endpoint.tls && endpoint.unix_socket.empty();
  auto nearest = endpoint;
  if (through_proxy) {
    nearest.host = endpoint.proxy->host;
    nearest.port = endpoint.proxy->port;
  }
  auto socket = open_socket(nearest, deadline);
  if (!socket) return tl::unexpected<TransportError>(socket.error());
  auto connection = std::make_unique<BlockingConnection>(endpoint, std::move(*socket));
  if (through_proxy) {
    if (auto opened = connection->open_tunnel(*endpoint.proxy, deadline); !opened)
      return tl::unexpected<TransportError>(opened.error());
  }
  if (endpoint.tls && endpoint.unix_socket.empty()) {
    if (auto shaken = connection->shake_hands(checks, deadline); !shaken)
      return tl::unexpected<TransportError>(shaken.error());
  }
  return std::unique_ptr<ClientConnection>(std::move(connection));
}

}  // namespace winrm::http
