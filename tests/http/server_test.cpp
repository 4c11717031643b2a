#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/un.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "http/test_server.hpp"

// The server as a whole: limits over all connections, threads, local sockets, shutdown.
namespace winrm::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Server, ConnectionsAboveTheLimitAreTold503) {
  Script script;
  TestServerOptions options;
  options.limits.max_connections = 8;
  options.limits.unauthenticated_per_peer = 100;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(post("x"));
    ASSERT_EQ(status_of(clients.back()->answer()), "HTTP/1.1 200");
  }
  RawClient refused(server.port());
  refused.send(post("x"));
  auto const answer = refused.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, HasSubstr("as many connections as it can hold"));
  EXPECT_TRUE(refused.is_closed());
  clients.pop_back();
  refused.close();
  ASSERT_TRUE(eventually([&] { return server.server().connections() == 7; }));
  RawClient accepted(server.port());
  accepted.send(post("x"));
  EXPECT_EQ(status_of(accepted.answer()), "HTTP/1.1 200");
  EXPECT_EQ(script.handlers, 9) << "refused connections reach no handler";
}

TEST(Server, C2_ConnectionsThatWaitToBeAcceptedAreServedWhenTheListenersClose) {
  Script script;
  TestServer server(script);
  net::post(*server.server().contexts().front(), [] { std::this_thread::sleep_for(Milliseconds(200)); });
  RawClient waiting(server.port());
  server.server().stop_accepting();
  waiting.send(post("x"));
  EXPECT_EQ(status_of(waiting.answer()), "HTTP/1.1 200");
}

/// Answers when `open` says so.
void hold_answers(Script& script, std::atomic<bool>& open) {
  script.respond = [&open](RequestHead const&, std::string) -> net::awaitable<Response> {
    net::steady_timer timer(co_await net::this_coro::executor);
    while (!open) {
      timer.expires_after(Milliseconds(5));
      co_await timer.async_wait(net::use_awaitable);
    }
    co_return Response();
  };
}

TEST(Server, Q7_RequestsAboveMaxConnectionsWaitForTheirTurn) {
  std::atomic<bool> open = false;
  Script script;
  hold_answers(script, open);
  TestServerOptions options;
  options.limits.max_requests = 2;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(post("x"));
  }
  ASSERT_TRUE(eventually([&] { return script.admitted == 6; }));
  EXPECT_EQ(script.answered, 0);
  open = true;
  for (auto const& client : clients) EXPECT_EQ(status_of(client->answer()), "HTTP/1.1 200");
  EXPECT_EQ(script.answered, 6);
}

TEST(Server, Q7_ATurnThatDoesNotComeIs503) {
  std::atomic<bool> open = false;
  Script script;
  hold_answers(script, open);
  TestServerOptions options;
  options.limits.max_requests = 1;
  options.limits.packet_retrieval = Milliseconds(500);
  TestServer server(script, options);
  RawClient first(server.port());
  first.send(post("x"));
  ASSERT_TRUE(eventually([&] { return script.admitted == 1; }));
  RawClient second(server.port());
  second.send(post("x"));
  auto const answer = second.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("MaxConnections"));
  open = true;
  EXPECT_EQ(status_of(first.answer()), "HTTP/1.1 200");
}

TEST(Server, OneAccountHoldsThreeQuartersOfTheTurnsAtMost) {
  std::atomic<bool> open = false;
  Script script;
  hold_answers(script, open);
  std::mutex mutex;
  std::map<std::string, int> started;
  script.respond = [&, hold = script.respond](RequestHead const& head,
                                              std::string body) -> net::awaitable<Response> {
    {
      std::lock_guard const lock(mutex);
      ++started[std::string(head.header("account"))];
    }
    return hold(head, std::move(body));
  };
  script.admit = [](RequestHead const& head) {
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    admission.account = head.header("account");
    return admission;
  };
  auto const started_of = [&](std::string const& account) {
    std::lock_guard const lock(mutex);
    return started[account];
  };
  TestServerOptions options;
  options.limits.max_requests = 8;
  options.threads = 2;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(post("x", "account: alice\r\n"));
  }
  ASSERT_TRUE(eventually([&] { return started_of("alice") == 6 && script.admitted == 10; }));
  clients.push_back(std::make_unique<RawClient>(server.port()));
  clients.back()->send(post("x", "account: bob\r\n"));
  EXPECT_TRUE(eventually([&] { return started_of("bob") == 1; }));
  EXPECT_EQ(started_of("alice"), 6);
  open = true;
  for (auto const& client : clients) EXPECT_EQ(status_of(client->answer()), "HTTP/1.1 200");
  EXPECT_EQ(script.answered, 11);
}

TEST(Server, OnePeerCannotShutOutTheOthers) {
  Script script;
  TestServerOptions options;
  options.limits.max_connections = 40;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 60; ++i) idle.push_back(std::make_unique<RawClient>(server.port()));
  RawClient same_peer(server.port());
  same_peer.send(post("x"));
  EXPECT_EQ(status_of(same_peer.answer()), "HTTP/1.1 503");
  ASSERT_TRUE(eventually([&] { return server.server().connections() >= 40; }));
  idle.resize(35);  // those above the cap, which only wait to be told
  ASSERT_TRUE(eventually([&] { return server.server().connections() < 40; }));
  RawClient other_peer(server.port(), "127.0.0.2");
  other_peer.send(post("x"));
  EXPECT_EQ(status_of(other_peer.answer()), "HTTP/1.1 200");
}

TEST(Server, AuthenticatedConnectionsDoNotCountAgainstThePeersCap) {
  Script script;
  TestServerOptions options;
  options.limits.max_connections = 100;
  options.limits.unauthenticated_per_peer = 3;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(post("x"));
    ASSERT_EQ(status_of(clients.back()->answer()), "HTTP/1.1 200") << i;
  }
}

TEST(Server, AnonymousConnectionsKeepCounting) {
  Script script;
  script.admit = [](RequestHead const&) {
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    admission.anonymous = true;
    return admission;
  };
  TestServerOptions options;
  options.limits.unauthenticated_per_peer = 2;
  TestServer server(script, options);
  RawClient first(server.port());
  RawClient second(server.port());
  RawClient third(server.port());
  for (auto* client : {&first, &second, &third}) client->send(post("x"));
  EXPECT_EQ(status_of(first.answer()), "HTTP/1.1 200");
  EXPECT_EQ(status_of(second.answer()), "HTTP/1.1 200");
  EXPECT_EQ(status_of(third.answer()), "HTTP/1.1 503");
}

TEST(Server, ThousandKeepAliveConnectionsAreServedAtOnce) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  auto wanted = files;
  wanted.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
  ::setrlimit(RLIMIT_NOFILE, &wanted);
  ASSERT_GE(wanted.rlim_cur, 2500U) << "raise the hard limit of open files (ulimit -Hn) to run this test";
  Script script;
  TestServerOptions options;
  options.threads = 2;
  options.limits.max_connections = 2000;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1100; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) client->send(post("x"));
    for (auto& client : clients) ASSERT_EQ(status_of(client->answer()), "HTTP/1.1 200");
  }
  EXPECT_EQ(server.server().connections(), 1100U);
  EXPECT_EQ(script.handlers, 1100);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
  ::setrlimit(RLIMIT_NOFILE, &files);
}

TEST(Server, ConnectionsAreSpreadEvenlyOverTheThreads) {
  Script script;
  std::mutex mutex;
  std::map<std::thread::id, int> threads;
  script.admit = [&](RequestHead const&) {
    std::lock_guard const lock(mutex);
    ++threads[std::this_thread::get_id()];
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    return admission;
  };
  TestServerOptions options;
  options.threads = 4;
  TestServer server(script, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(post("x"));
    clients.back()->answer();
  }
  ASSERT_EQ(threads.size(), 4U);
  for (auto const& [id, count] : threads) EXPECT_EQ(count, 10);
}

TEST(Server, AcceptingGoesOnAfterDescriptorsRanOut) {
  Script script;
  TestServer server(script);
  RawClient before(server.port());
  before.send(post("x"));
  ASSERT_EQ(status_of(before.answer()), "HTTP/1.1 200");

  RawClient waiting(server.port());  // made now: it needs a descriptor of this process too
  waiting.send(post("x"));
  ASSERT_EQ(status_of(waiting.answer()), "HTTP/1.1 200");
  UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::vector<UniqueFd> hoard;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  auto few = files;
  few.rlim_cur = static_cast<rlim_t>(late.get()) + 20;
  ::setrlimit(RLIMIT_NOFILE, &few);
  while (true) {
    UniqueFd next(::dup(late.get()));
    if (!next) break;
    hoard.push_back(std::move(next));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(late.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  RawClient client(std::move(late));
  client.send(post("at last"));
  EXPECT_FALSE(client.hears_something(Milliseconds(500))) << "there is no descriptor to accept it with";
  before.send(post("x"));
  EXPECT_EQ(status_of(before.answer()), "HTTP/1.1 200") << "connections that are open go on";
  hoard.clear();
  EXPECT_EQ(body_of(client.answer()), "at last");
  ::setrlimit(RLIMIT_NOFILE, &files);
}

TEST(Server, L6_SeveralListenersServeWithFactsOfTheirOwn) {
  Script script;
  std::vector<ListenerSocket> listeners;
  std::vector<std::uint16_t> ports;
  for (auto const prefix : {"wsman", "mgmt"}) {
    ListenerSocket listener;
    listener.socket = listen_on_loopback();
    ports.push_back(port_of(listener.socket.get()));
    listener.url_prefix = prefix;
    listeners.push_back(std::move(listener));
  }
  ListenerSocket sixth;
  sixth.socket = listen_on_loopback("::1");
  auto const sixth_port = port_of(sixth.socket.get());
  listeners.push_back(std::move(sixth));
  std::mutex mutex;
  std::vector<ConnectionFacts> facts;
  Server server(std::move(listeners), {}, 2, [&](ConnectionFacts const& given, net::any_io_executor) {
    std::lock_guard const lock(mutex);
    facts.push_back(given);
    return std::make_unique<ScriptedHandler>(script);
  });
  ASSERT_TRUE(server.start());
  for (auto const port : ports) {
    RawClient client(port);
    client.send(post("x"));
    ASSERT_EQ(status_of(client.answer()), "HTTP/1.1 200");
  }
  UniqueFd socket(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(sixth_port);
  address.sin6_addr = in6addr_loopback;
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  RawClient client(std::move(socket));
  client.send(post("x"));
  ASSERT_EQ(status_of(client.answer()), "HTTP/1.1 200");

  std::lock_guard const lock(mutex);
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(facts[0].url_prefix, "wsman");
  EXPECT_EQ(facts[1].url_prefix, "mgmt");
  EXPECT_EQ(facts[1].listener, 1);
  EXPECT_EQ(facts[1].local_port, ports[1]);
  EXPECT_EQ(facts[2].peer_address, "::1");
}

/// A connection over the local socket, and whether the server said that it will serve it.
struct LocalClient {
  LocalClient(TestServer& server, std::string account) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      throw std::runtime_error("no socket pair");
    ConnectionFacts facts;
    facts.peer_address = "local";
    facts.local_principal = "grant";
    facts.local_account = std::move(account);
    is_served = server.server().adopt(UniqueFd(pair[0]), facts);
    client = std::make_unique<RawClient>(UniqueFd(pair[1]));
  }
  std::string ask() {
    client->send(post("from here"));
    return status_of(client->answer());
  }
  bool is_served = false;
  std::unique_ptr<RawClient> client;
};

TEST(Server, AdoptedLocalSocketsAreServedWhateverTheLimitsOfTheNetwork) {
  Script script;
  TestServerOptions options;
  options.limits.max_connections = 1;
  TestServer server(script, options);
  RawClient taken(server.port());
  taken.send(post("x"));
  ASSERT_EQ(status_of(taken.answer()), "HTTP/1.1 200");
  LocalClient local(server, "alice");
  EXPECT_TRUE(local.is_served);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(local.ask(), "HTTP/1.1 200");
  EXPECT_EQ(server.facts().local_principal, "grant");
}

TEST(Server, LocalConnectionsDoNotShutOutTheNetwork) {
  Script script;
  TestServerOptions options;
  options.limits.max_connections = 4;
  TestServer server(script, options);
  std::vector<std::unique_ptr<LocalClient>> local;
  for (int i = 0; i < 20; ++i) {
    local.push_back(std::make_unique<LocalClient>(server, "alice"));
    ASSERT_EQ(local.back()->ask(), "HTTP/1.1 200");
  }
  RawClient client(server.port());
  client.send(post("x"));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 200");
}

TEST(Server, OneAccountOfThisMachineDoesNotShutOutTheOthers) {
  Script script;
  TestServerOptions options;
  options.limits.local_connections_per_user = 2;
  options.limits.max_local_connections = 3;
  TestServer server(script, options);
  LocalClient first(server, "alice");
  LocalClient second(server, "alice");
  LocalClient third(server, "alice");
  EXPECT_TRUE(first.is_served && second.is_served);
  EXPECT_FALSE(third.is_served);
  EXPECT_EQ(third.ask(), "HTTP/1.1 503");
  LocalClient other(server, "bob");
  EXPECT_EQ(other.ask(), "HTTP/1.1 200");
  EXPECT_FALSE(LocalClient(server, "bob").is_served) << "in all there are three";
  first.client.reset();
  third.client.reset();
  ASSERT_TRUE(eventually([&] { return server.server().connections() == 2; }));
  LocalClient again(server, "alice");
  EXPECT_EQ(again.ask(), "HTTP/1.1 200");
}

/// Answers after `delay`.
std::function<net::awaitable<Response>(RequestHead const&, std::string)> answer_after(Milliseconds delay) {
  return [delay](RequestHead const&, std::string) -> net::awaitable<Response> {
    net::steady_timer timer(co_await net::this_coro::executor, delay);
    co_await timer.async_wait(net::use_awaitable);
    Response response;
    response.body = "done";
    co_return response;
  };
}

TEST(Server, StopLetsAnswersFinishAndClosesTheRest) {
  Script script;
  script.respond = answer_after(Milliseconds(500));
  TestServer server(script);
  RawClient idle(server.port());
  RawClient busy(server.port());
  busy.send(post("x"));
  ASSERT_TRUE(eventually([&] { return script.admitted == 1 && server.server().connections() == 2; }));
  auto const start = SteadyClock::now();
  std::thread stopper([&] { server.server().stop(Milliseconds(5000)); });
  auto const answer = busy.answer();
  EXPECT_EQ(body_of(answer), "done");
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(idle.is_closed());
  busy.close();
  stopper.join();
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(4)) << "it ends when the last answer is out";
  EXPECT_EQ(server.server().connections(), 0U);
  EXPECT_THROW(RawClient(server.port()), std::runtime_error) << "nobody listens any more";
}

TEST(Server, StopEndsHandlersThatDoNotFinish) {
  Script script;
  script.respond = answer_after(Milliseconds(60'000));
  TestServer server(script);
  RawClient busy(server.port());
  busy.send(post("x"));
  ASSERT_TRUE(eventually([&] { return script.admitted == 1; }));
  auto const start = SteadyClock::now();
  server.server().stop(Milliseconds(100));
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(script.disconnected, 1);
}

TEST(Server, DestructionWithOpenConnectionsIsClean) {
  Script script;
  script.respond = answer_after(Milliseconds(60'000));
  RawClient* leftover = nullptr;
  std::unique_ptr<RawClient> client;
  {
    TestServer server(script);
    client = std::make_unique<RawClient>(server.port());
    client->send(post("x"));
    ASSERT_TRUE(eventually([&] { return script.admitted == 1; }));
    leftover = client.get();
  }
  EXPECT_EQ(leftover->rest(), "");
}

TEST(Server, AListenerWithAWrongCertificateIsRefusedAtStart) {
  Script script;
  ListenerSocket listener;
  listener.socket = listen_on_loopback();
  listener.tls = true;
  listener.certificate_pem = "not a certificate";
  std::vector<ListenerSocket> listeners;
  listeners.push_back(std::move(listener));
  Server server(std::move(listeners), {}, 1, [&](ConnectionFacts const&, net::any_io_executor) {
    return std::make_unique<ScriptedHandler>(script);
  });
  auto const started = server.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("BEGIN CERTIFICATE"));
}

std::size_t resident_kilobytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

#ifdef __SANITIZE_ADDRESS__
/// Freed memory that the sanitizer keeps to notice its use (quarantine_size_mb).
constexpr std::size_t kept_kilobytes = 300 * 1024;
#else
constexpr std::size_t kept_kilobytes = 0;
#endif

TEST(Server, MemoryDoesNotGrowWithRequests) {
  Script script;
  TestServer server(script);
  auto const run = [&](int requests) {
    RawClient client(server.port());
    std::string batch;
    for (int i = 0; i < 50; ++i) batch += post(std::string(1000, 'm'));
    for (int i = 0; i < requests / 50; ++i) {
      client.send(batch);
      for (int k = 0; k < 50; ++k)
        if (client.answer().empty()) throw std::runtime_error("no answer");
    }
  };
  run(10'000);
  auto const before = resident_kilobytes();
  run(100'000);
  EXPECT_LT(resident_kilobytes(), before + 2048 + kept_kilobytes);
}

TEST(Server, MemoryDoesNotGrowWhenRequestsNeverEndWhereAReadEnds) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  constexpr std::size_t begun = 500;
  constexpr int per_batch = 50;
  std::string const request = post("", "X-Filler: " + std::string(1000, 'm') + "\r\n");
  std::string batch;
  for (int i = 0; i < per_batch; ++i) batch += request;
  batch = batch.substr(begun) + request.substr(0, begun);
  auto const run = [&](int batches) {
    for (int i = 0; i < batches; ++i) {
      client.send(batch);
      for (int k = 0; k < per_batch; ++k) ASSERT_EQ(status_of(client.answer()), "HTTP/1.1 200");
    }
  };
  client.send(std::string_view(request).substr(0, begun));
  run(100);
  auto const before = resident_kilobytes();
  run(1000);
  EXPECT_LT(resident_kilobytes(), before + 2048 + kept_kilobytes);
}

}  // namespace
}  // namespace winrm::http
