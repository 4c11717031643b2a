// A service that answers every request with the same bytes: what the HTTP layer alone costs. Compare it with
// nginx's `return 200` under the same generator.
//
//   http_bench PORT THREADS [tls]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "http/certificate.hpp"
#include "http/server.hpp"

namespace {

using namespace winrm;

constexpr std::size_t answer_bytes = 700;
constexpr std::size_t largest_body = 512 * 1024;

class SameAnswer final : public http::Handler {
 public:
  http::net::awaitable<Admission> admit(http::RequestHead const&) override {
    Admission admission;
    admission.body_limit = largest_body;
    co_return admission;
  }
  http::net::awaitable<http::Response> respond(http::RequestHead const&, std::string) override {
    http::Response response;
    response.content_type = "application/soap+xml;charset=UTF-8";
    response.body.assign(answer_bytes, 'x');
    co_return response;
  }
};

UniqueFd listen_on(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int const on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0)
    socket.reset();
  return socket;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: http_bench PORT THREADS [tls]\n";
    return 2;
  }
  http::ListenerSocket listener;
  listener.socket = listen_on(static_cast<std::uint16_t>(std::atoi(argv[1])));
  if (!listener.socket) {
    std::cerr << "cannot listen on port " << argv[1] << ": " << std::strerror(errno) << '\n';
    return 1;
  }
  if (argc > 3) {
    std::string const name = "localhost";
    auto made = http::make_self_signed_certificate({&name, 1});
    if (!made) {
      std::cerr << made.error().message << '\n';
      return 1;
    }
    listener.tls = true;
    listener.certificate_pem = made->certificate_pem;
    listener.key_pem = made->key_pem.reveal();
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  std::vector<http::ListenerSocket> listeners;
  listeners.push_back(std::move(listener));
  http::ServerLimits limits;
  limits.max_connections = 20000;
  http::Server server(std::move(listeners), limits, static_cast<std::size_t>(std::atoi(argv[2])),
                      [](http::ConnectionFacts const&, http::net::any_io_executor) {
                        return std::make_unique<SameAnswer>();
                      });
  if (auto started = server.start(); !started) {
    std::cerr << started.error().message << '\n';
    return 1;
  }
  std::cout << "ready" << std::endl;
  int signal = 0;
  ::sigwait(&ends, &signal);
  server.stop(Milliseconds(1000));
  return 0;
}
