#include "http/client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/un.h>

#include <filesystem>
#include <thread>

#include "http/client_socket.hpp"
#include "http/test_server.hpp"

// Our client against services that answer well, badly, slowly and never (hostile input C3 31).
namespace winrm::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using Kind = TransportError::Kind;

Deadline in(Milliseconds time) { return SteadyClock::now() + time; }

Endpoint http_to(std::uint16_t port, std::string host = "127.0.0.1") {
  Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

std::unique_ptr<ClientConnection> connected(std::uint16_t port) {
  auto connection = ClientConnection::connect(http_to(port), {}, soon());
  if (!connection) throw std::runtime_error(connection.error().message);
  return std::move(*connection);
}

ClientRequest with_body(std::string body) {
  ClientRequest request;
  request.headers = {{"Content-Type", "application/soap+xml;charset=UTF-8"}, {"X-One", "1"}};
  request.body = std::move(body);
  return request;
}

/// Accepts one connection, reads one request and does what `act` says with it.
class BadServer {
 public:
  explicit BadServer(std::function<void(RawClient&)> act)
      : socket_(listen_on_loopback()), port_(port_of(socket_.get())) {
    thread_ = std::thread([this, act = std::move(act)] {
      RawClient peer{UniqueFd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC))};
      request_ = peer.answer();
      act(peer);
    });
  }
  ~BadServer() { thread_.join(); }
  BadServer(BadServer const&) = delete;
  BadServer& operator=(BadServer const&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string const& request() const { return request_; }

 private:
  UniqueFd socket_;
  std::uint16_t port_;
  std::string request_;
  std::thread thread_;
};

Result<ClientResponse, TransportError> answer_of(std::string const& bytes) {
  BadServer server([&](RawClient& peer) { peer.send(bytes); });
  return connected(server.port())->post(with_body("x"), soon());
}

TEST(Client, PostsWithTheHeadersOfTheContract) {
  std::string request;
  {
    BadServer server([&](RawClient& peer) { peer.send("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"); });
    auto const connection = connected(server.port());
    auto const response = connection->post(with_body("hello"), soon());
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200U);
    EXPECT_EQ(response->body, "ok");
    EXPECT_THAT(server.request(),
                MatchesRegex("POST /wsman HTTP/1.1\r\nHost: 127.0.0.1:[0-9]+\r\nConnection: Keep-Alive\r\n"
                             "Content-Length: 5\r\nContent-Type: "
                             "application/soap.xml;charset=UTF-8\r\nX-One: 1\r\n\r\nhello"));
  }
}

TEST(Client, HeadersAreFoundWithoutCase) {
  auto const response = answer_of(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n"
      "www-authenticate: Basic realm=\"WSMAN\"\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 401U);
  EXPECT_EQ(response->header("WWW-AUTHENTICATE"), "Negotiate");
  EXPECT_THAT(response->all("WWW-Authenticate"), ElementsAre("Negotiate", "Basic realm=\"WSMAN\""));
  EXPECT_EQ(response->header("absent"), "");
}

TEST(Client, KeepsTheConnectionAndNoticesItsEnd) {
  Script script;
  TestServerOptions options;
  options.limits.idle_keep_alive = Milliseconds(300);
  TestServer server(script, options);
  auto const connection = connected(server.port());
  for (int i = 0; i < 5; ++i) {
    auto const response = connection->post(with_body(std::to_string(i)), soon());
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, std::to_string(i));
    EXPECT_TRUE(connection->is_open());
  }
  EXPECT_EQ(script.handlers, 1);
  EXPECT_TRUE(eventually([&] { return !connection->is_open(); })) << "the service closes idle connections";
  auto const response = connection->post(with_body("late"), soon());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Kind::closed);
}

TEST(Client, AnAnswerIsReadAsFarAsTheCallerWants) {
  for (auto const* framing : {"Content-Length: 11\r\n\r\n12345678901", "Connection: close\r\n\r\n12345678901",
                              "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"}) {
    for (std::size_t const limit : {10U, 11U}) {
      BadServer server([&](RawClient& peer) { peer.send(fmt::format("HTTP/1.1 200 OK\r\n{}", framing)); });
      auto endpoint = http_to(server.port());
      endpoint.answer_bytes = limit;
      auto const connection = ClientConnection::connect(endpoint, {}, soon()).value();
      auto const response = connection->post(with_body("x"), soon());
      EXPECT_EQ(response.has_value(), limit == 11) << framing;
      EXPECT_TRUE(response || response.error().kind == Kind::protocol) << framing;
    }
  }
}

TEST(Client, BodiesEndInThreeWays) {
  EXPECT_EQ(
      answer_of(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n")
          ->body,
      "abcde");
  EXPECT_EQ(answer_of("HTTP/1.1 200 OK\r\n\r\nuntil the end")->body, "until the end");
  EXPECT_EQ(answer_of("HTTP/1.1 204 No Content\r\n\r\n")->body, "");
  EXPECT_EQ(answer_of("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc")->body, "abc");
}

TEST(Client, InterimAnswersAreReadOver) {
  auto const response = answer_of(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 \r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
      "1\r\n\r\nz");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "z");
}

TEST(Client, BrokenAnswersAreProtocolErrors) {
  for (std::string const bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"}) {
    auto const response = answer_of(bytes);
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().kind, Kind::protocol) << bytes;
    EXPECT_THAT(response.error().message, HasSubstr("127.0.0.1:")) << bytes;
  }
}

TEST(Client, ShortAnswersAreClosedConnections) {
  for (std::string const bytes : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    auto const response = answer_of(bytes);
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().kind, Kind::closed) << bytes;
  }
}

TEST(Client, OversizeAnswersAreCut) {
  auto const announced = answer_of("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\nabc");
  ASSERT_FALSE(announced);
  EXPECT_EQ(announced.error().kind, Kind::protocol);
  for (std::string const head :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    BadServer server([&](RawClient& peer) {
      peer.send(head);
      auto const piece =
          head.size() > 30 ? "100000\r\n" + std::string(0x100000, 'x') + "\r\n" : std::string(0x100000, 'x');
      while (peer.send(piece)) {
      }
    });
    auto const connection = connected(server.port());
    auto const response = connection->post(with_body("x"), soon());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, Kind::protocol);
    EXPECT_FALSE(connection->is_open());
  }
  BadServer server([&](RawClient& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X-Endless: header\r\n")) {
    }
  });
  auto const response = connected(server.port())->post(with_body("x"), soon());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Kind::protocol);
}

TEST(Client, AnswersBeforeTheWholeBodyWasSentAreSeen) {
  UniqueFd const listener = listen_on_loopback();
  std::thread server([&] {
    RawClient peer{UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge");
    peer.end_sending();
    peer.hears_something(Milliseconds(100));
    ::poll(nullptr, 0, 500);
  });
  auto const connection = connected(port_of(listener.get()));
  auto const response = connection->post(with_body(std::string(50'000'000, 'x')), soon());
  server.join();
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 413U);
  EXPECT_EQ(response->body, "large");
  EXPECT_FALSE(connection->is_open());
}

TEST(Client, DeadlinesAreKept) {
  std::atomic<bool> done{false};
  BadServer server([&](RawClient& peer) {
    while (!done && peer.send("HTTP/1.1 100 Continue\r\n\r\n")) ::poll(nullptr, 0, 20);
  });
  auto const connection = connected(server.port());
  auto const start = SteadyClock::now();
  auto const response = connection->post(with_body("x"), in(Milliseconds(300)));
  done = true;
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Kind::timed_out);
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(2));
  EXPECT_FALSE(connection->is_open());
}

TEST(Client, InterruptEndsAWaitingPost) {
  std::atomic<bool> done{false};
  BadServer server([&](RawClient&) { eventually([&] { return done.load(); }); });
  auto const connection = connected(server.port());
  std::thread interrupter([&] {
    ::poll(nullptr, 0, 100);
    connection->interrupt();
  });
  auto const response = connection->post(with_body("x"), soon());
  interrupter.join();
  done = true;
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Kind::interrupted);
  EXPECT_FALSE(connection->is_open());
}

// ---- connecting -------------------------------------------------------------------------------------------

TEST(ClientConnect, RefusedConnectionsSayWhereAndWhatToDo) {
  auto const port = port_of(listen_on_loopback().get());  // closed again
  auto const connection = ClientConnection::connect(http_to(port), {}, soon());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, Kind::refused);
  EXPECT_THAT(connection.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(connection.error().message, HasSubstr("check that the WinRM service runs"));
}

TEST(ClientConnect, UnknownNamesSaySo) {
  auto const connection = ClientConnection::connect(http_to(5985, "no-such-host.invalid"), {}, soon());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, Kind::name_not_resolved);
  EXPECT_THAT(connection.error().message, HasSubstr("no-such-host.invalid"));
}

TEST(ClientConnect, NamesWithSeveralAddressesFindTheOneThatListens) {
  Script script;
  TestServer server(script);  // IPv4 only; localhost may name ::1 first
  auto const connection = ClientConnection::connect(http_to(server.port(), "localhost"), {}, soon());
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE((*connection)->post(with_body("x"), soon()));
}

TEST(ClientConnect, Ipv6AddressesGetBracketsInHost) {
  Script script;
  std::string host;
  script.admit = [&](RequestHead const& head) {
    host = head.header("Host");
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    return admission;
  };
  TestServerOptions options;
  options.address = "::1";
  TestServer server(script, options);
  auto const connection = ClientConnection::connect(http_to(server.port(), "::1"), {}, soon());
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE((*connection)->post(with_body("x"), soon()));
  EXPECT_EQ(host, "[::1]:" + std::to_string(server.port()));
}

TEST(ClientConnect, SilentAddressesTimeOut) {
  // A listener whose queue is full drops further SYNs, as a firewall does.
  UniqueFd listener = listen_on_loopback();
  ::listen(listener.get(), 0);
  auto const port = port_of(listener.get());
  std::vector<std::unique_ptr<ClientConnection>> queued;
  Result<std::unique_ptr<ClientConnection>, TransportError> last = connected(port);
  for (int i = 0; i < 10 && last; ++i) {
    queued.push_back(std::move(*last));
    last = ClientConnection::connect(http_to(port), {}, in(Milliseconds(300)));
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().kind, Kind::timed_out);
  EXPECT_THAT(last.error().message, HasSubstr("did not answer"));
}

TEST(ClientConnect, LocalSocketsNeedNoHost) {
  auto const path =
      std::filesystem::temp_directory_path() / ("winrm-client-test-" + std::to_string(::getpid()));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  UniqueFd const listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  std::thread server([&] {
    RawClient peer{UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
    EXPECT_THAT(peer.answer(), HasSubstr("Host: localhost\r\n"));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlocal");
  });
  Endpoint endpoint;
  endpoint.unix_socket = path.string();
  auto const connection = ClientConnection::connect(endpoint, {}, soon());
  ASSERT_TRUE(connection) << connection.error().message;
  auto const response = (*connection)->post(with_body("x"), soon());
  server.join();
  std::filesystem::remove(path);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "local");
  auto const gone = ClientConnection::connect(endpoint, {}, soon());
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("check that winrmd runs"));
}

}  // namespace
}  // namespace winrm::http
