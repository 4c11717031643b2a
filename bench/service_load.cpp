// The load generator of scripts/bench: POSTs one body over and over, one request in flight per connection,
// from one thread, over HTTP, over HTTPS and with messages sealed by NTLM or Kerberos. Prints one line of
// JSON.
//
//   service_load url=http://127.0.0.1:5985/wsman body=FILE connections=8 seconds=3
//                [auth=basic|ntlm user=NAME password-file=FILE | auth=kerberos]
//
// Kerberos takes the ticket of the credential cache, for a service named localhost.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "auth/exchange.hpp"
#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "base/unique_fd.hpp"
#include "http/sealed_body.hpp"

namespace {

using namespace winrm;
using Clock = std::chrono::steady_clock;

constexpr auto soap = "application/soap+xml;charset=UTF-8";

[[noreturn]] void give_up(std::string const& why) { throw std::runtime_error(why); }

struct Plan {
  bool tls = false;
  std::uint16_t port = 0;
  std::string path;
  std::string body;
  int connections = 1;
  int seconds = 3;
  std::string auth;
  std::string user;
  std::string password;
};

/// A connected socket, with TLS when asked for: blocking until go(), then not.
class Stream {
 public:
  Stream(std::uint16_t port, SSL_CTX* tls) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      give_up(fmt::format("cannot connect to port {}", port));
    int const on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), socket_.get());
    if (SSL_connect(ssl_.get()) != 1) give_up("the TLS handshake failed");
  }

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  void make_nonblocking() const { ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK); }

  /// Requests are small: they fit the socket's buffer.
  void write(std::string_view bytes) const {
    auto const size = static_cast<int>(bytes.size());
    auto const written =
        ssl_ ? SSL_write(ssl_.get(), bytes.data(), size) : ::write(descriptor(), bytes.data(), size);
    if (written != size) give_up("a request was not written at once");
  }

  /// What is there, appended; false when nothing was.
  bool read(std::string& to) const {
    std::array<char, 65536> buffer;
    auto const count = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                            : ::read(descriptor(), buffer.data(), buffer.size());
    if (count > 0) {
      to.append(buffer.data(), static_cast<std::size_t>(count));
      return true;
    }
    bool const waits = ssl_ ? SSL_get_error(ssl_.get(), static_cast<int>(count)) == SSL_ERROR_WANT_READ
                            : count < 0 && (errno == EAGAIN || errno == EINTR);
    if (!waits) give_up("the service closed a connection");
    return false;
  }

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  UniqueFd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

struct Reply {
  int status = 0;
  std::string head;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    std::istringstream lines(head);
    for (std::string line; std::getline(lines, line);) {
      auto const colon = line.find(':');
      if (colon == line.npos || !unicode::equals_ignoring_case(line.substr(0, colon), name)) continue;
      auto const first = line.find_first_not_of(' ', colon + 1);
      return line.substr(first, line.find_last_not_of('\r') + 1 - first);
    }
    return {};
  }
};

/// Takes one whole answer from the front of `buffer`, if there is one.
bool take_reply(std::string& buffer, Reply& reply) {
  auto const end = buffer.find("\r\n\r\n");
  if (end == buffer.npos) return false;
  reply.head = buffer.substr(0, end);
  auto const length = reply.header("Content-Length");
  std::size_t const bytes = length.empty() ? 0 : std::stoul(length);
  if (buffer.size() < end + 4 + bytes) return false;
  reply.status = std::stoi(reply.head.substr(9, 3));
  reply.body = buffer.substr(end + 4, bytes);
  buffer.erase(0, end + 4 + bytes);
  return true;
}

/// One client: logs on in its constructor, then repeats the request.
class Connection {
 public:
  Connection(Plan const& plan, SSL_CTX* tls) : plan_(plan), stream_(plan.port, plan.tls ? tls : nullptr) {
    if (plan.auth == "basic") authorization_ = "Basic " + base64::encode(plan.user + ":" + plan.password);
    if (plan.auth == "ntlm") log_on(ntlm_options());
    if (plan.auth == "kerberos") log_on(kerberos_options());
    plain_request_ = request_bytes(soap, plan.body);
    // The service verifies a password once for each connection.
    if (plan.auth == "basic" && ask(plain_request_).status != 200) give_up("the service refused the log-on");
    stream_.make_nonblocking();
  }

  [[nodiscard]] int descriptor() const { return stream_.descriptor(); }

  void send() {
    started_ = Clock::now();
    stream_.write(sealer_ ? sealed_request() : plain_request_);
  }

  /// Reads; true when an answer is complete.
  bool receive() {
    while (stream_.read(buffer_)) {
    }
    Reply reply;
    if (!take_reply(buffer_, reply)) return false;
    if (reply.status != 200) give_up(fmt::format("status {}: {}", reply.status, reply.body.substr(0, 400)));
    if (sealer_ && !http::unseal_body(reply.header("Content-Type"), reply.body, *sealer_))
      give_up("cannot decrypt");
    return true;
  }

  [[nodiscard]] Clock::duration elapsed() const { return Clock::now() - started_; }

 private:
  std::string request_bytes(std::string_view content_type, std::string_view body) const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
        plan_.path, content_type, body.size(),
        authorization_.empty() ? "" : fmt::format("Authorization: {}\r\n", authorization_), body);
  }

  std::string sealed_request() {
    auto sealed = http::seal_body(plan_.body, soap, style_, *sealer_);
    if (!sealed) give_up(sealed.error().message);
    return request_bytes(sealed->content_type, sealed->body);
  }

  [[nodiscard]] auth::InitiatorOptions ntlm_options() const {
    auth::InitiatorOptions options;
    options.mechanism = auth::InitiatorOptions::Mechanism::ntlm;
    options.user = plan_.user;
    options.password = Secret(plan_.password);
    options.host = "127.0.0.1";
    return options;
  }

  [[nodiscard]] static auth::InitiatorOptions kerberos_options() {
    auth::InitiatorOptions options;
    options.mechanism = auth::InitiatorOptions::Mechanism::kerberos;
    options.host = "localhost";
    return options;
  }

  void log_on(auth::InitiatorOptions options) {
    std::string const scheme = plan_.auth == "kerberos" ? "Kerberos " : "Negotiate ";
    auto const initiator = auth::make_gss_initiator(std::move(options));
    std::string token;
    while (true) {
      auto const step = initiator->step(token);
      if (step.outcome == auth::InitiatorStep::Outcome::failed) give_up(step.reason);
      if (step.token.empty()) break;
      authorization_ = scheme + base64::encode(step.token);
      auto const reply = ask(request_bytes(soap, ""));
      auto const challenge = reply.header("WWW-Authenticate");
      if (reply.status == 200 && initiator->complete()) break;
      if (!challenge.starts_with(scheme)) give_up("the service refused the log-on");
      token = base64::decode(challenge.substr(scheme.size())).value();
    }
    authorization_.clear();
    sealer_ = initiator->take_sealer();
  }

  Reply ask(std::string const& request) {
    stream_.write(request);
    Reply reply;
    while (!take_reply(buffer_, reply)) stream_.read(buffer_);
    return reply;
  }

  Plan const& plan_;
  Stream stream_;
  std::string authorization_;
  std::string plain_request_;
  std::unique_ptr<auth::Sealer> sealer_;
  http::SealedStyle style_;
  std::string buffer_;
  Clock::time_point started_;
};

struct Measured {
  std::vector<std::uint32_t> microseconds;
  double seconds = 0;
};

Measured run(Plan const& plan, SSL_CTX* tls) {
  std::vector<std::unique_ptr<Connection>> connections;
  UniqueFd const poll(::epoll_create1(EPOLL_CLOEXEC));
  for (int i = 0; i < plan.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(plan, tls));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connections.back().get();
    ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, connections.back()->descriptor(), &event);
  }
  // The script reads the CPU time of the service when this line appears, and again when the result does.
  std::cout << "started" << std::endl;
  for (auto const& connection : connections) connection->send();

  Measured measured;
  auto const begin = Clock::now();
  auto const end = begin + std::chrono::seconds(plan.seconds);
  std::array<epoll_event, 64> events;
  for (auto now = begin; now < end; now = Clock::now()) {
    int const count = ::epoll_wait(poll.get(), events.data(), events.size(), 1000);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!connection.receive()) continue;
      auto const took = std::chrono::duration_cast<std::chrono::microseconds>(connection.elapsed());
      measured.microseconds.push_back(static_cast<std::uint32_t>(took.count()));
      connection.send();
    }
  }
  measured.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return measured;
}

std::uint32_t percentile(std::vector<std::uint32_t> const& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

std::string content_of(std::string const& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) give_up("cannot read " + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Plan plan_from(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    auto const equals = argument.find('=');
    if (equals == argument.npos) give_up("not name=value: " + argument);
    given[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  Plan plan;
  auto const url = given.at("url");
  plan.tls = url.starts_with("https:");
  auto const port = url.find(':', 8) + 1;
  plan.port = static_cast<std::uint16_t>(std::stoul(url.substr(port)));
  plan.path = url.substr(url.find('/', port));
  plan.body = content_of(given.at("body"));
  plan.connections = std::stoi(given.at("connections"));
  plan.seconds = std::stoi(given.at("seconds"));
  plan.auth = given["auth"];
  plan.user = given["user"];
  if (given.contains("password-file")) {
    plan.password = content_of(given["password-file"]);
    while (plan.password.ends_with('\n')) plan.password.pop_back();
  }
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto const plan = plan_from(argc, argv);
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const tls(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    auto measured = run(plan, tls.get());
    std::ranges::sort(measured.microseconds);
    fmt::print(R"({{"requests": {}, "seconds": {:.3f}, "p50": {}, "p90": {}, "p99": {}}})"
               "\n",
               measured.microseconds.size(), measured.seconds, percentile(measured.microseconds, 0.5),
               percentile(measured.microseconds, 0.9), percentile(measured.microseconds, 0.99));
    return 0;
  } catch (std::exception const& problem) {
    std::cerr << "service_load: " << problem.what() << "\n";
    return 1;
  }
}
