#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/test_server.hpp"

// Whole conversations over loopback sockets: what is served, what is refused, and how connections end.
namespace winrm::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

TEST(Connection, P1_PostIsAnsweredWithTheHeadersOfTheService) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("<s:Envelope/>"));
  auto const answer = client.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nServer: OpenWinRM\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr(" GMT\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 13\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
  EXPECT_EQ(body_of(answer), "<s:Envelope/>");
  EXPECT_EQ(server.facts().peer_address, "127.0.0.1");
  EXPECT_EQ(server.facts().local_port, server.port());
  EXPECT_EQ(server.facts().url_prefix, "wsman");
  EXPECT_EQ(server.facts().listener, 0);
}

TEST(Connection, HandlerSeesMethodTargetAndHeaders) {
  Script script;
  std::string seen;
  script.admit = [&](RequestHead const& head) {
    seen = std::string(head.method()) + " " + std::string(head.target()) + " " +
           std::string(head.header("x-one")) + " " + std::to_string(head.count("X-ONE")) + " " +
           std::to_string(head.count("Authorization"));
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    return admission;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send("PUT /wsman?PSVersion=5.1 HTTP/1.1\r\nHost: a\r\nX-One: \t1 \r\nx-one: 2\r\n\r\n");
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 200");
  EXPECT_EQ(seen, "PUT /wsman?PSVersion=5.1 1 2 0");
}

TEST(Connection, KeepsAliveForManyRequestsWithOneHandler) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  for (int i = 0; i < 200; ++i) {
    auto const body = std::string(static_cast<std::size_t>(i * 37), 'b');
    client.send(post(body));
    ASSERT_EQ(body_of(client.answer()), body);
  }
  EXPECT_EQ(script.handlers, 1);
}

TEST(Connection, PipelinedRequestsAreAnsweredInOrder) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += post(std::to_string(i)) + (i % 7 == 0 ? "\r\n" : "");
  client.send(requests);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(body_of(client.answer()), std::to_string(i));
}

TEST(Connection, OneByteAtATimeIsServed) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  for (char const c : post("slow but sure")) client.send(std::string_view(&c, 1));
  EXPECT_EQ(body_of(client.answer()), "slow but sure");
}

TEST(Connection, ChunkedRequestIsReadAndTheNextOneFound) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n6 \r\n world\r\n0\r\nX-Trailer: ignored\r\n\r\n" +
      post("next"));
  EXPECT_EQ(body_of(client.answer()), "hello world");
  EXPECT_EQ(body_of(client.answer()), "next");
}

TEST(Connection, ChunkedRequestMayComeInAnyPieces) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  std::string request =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n" +
      post("next");
  for (char const c : request) client.send(std::string_view(&c, 1));
  EXPECT_EQ(body_of(client.answer()), "0123456789");
  EXPECT_EQ(body_of(client.answer()), "next");
}

TEST(Connection, Http10ClosesUnlessAskedToKeepAlive) {
  Script script;
  TestServer server(script);
  RawClient once(server.port());
  once.send("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_THAT(once.answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(once.is_closed());
  RawClient twice(server.port());
  for (int i = 0; i < 2; ++i) {
    twice.send("POST / HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_THAT(twice.answer(), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST(Connection, CloseIsHonoured) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("x", "Connection: foo, Close\r\n"));
  EXPECT_THAT(client.answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, HandlerMayEndTheConnection) {
  Script script;
  script.respond = [](RequestHead const&, std::string) -> net::awaitable<Response> {
    Response response;
    response.close = true;
    co_return response;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("x"));
  EXPECT_THAT(client.answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, NoContentAndHeadHaveNoBody) {
  Script script;
  script.respond = [](RequestHead const& head, std::string) -> net::awaitable<Response> {
    Response response;
    response.status = head.target() == "/none" ? 204 : 200;
    if (head.target() != "/none") response.body = "body";
    co_return response;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send("POST /none HTTP/1.1\r\nHost: a\r\n\r\n");
  auto const none = client.answer();
  EXPECT_THAT(none, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(none, Not(HasSubstr("Content-Length")));
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.answer(false), EndsWith("Content-Length: 4\r\n\r\n"));
  client.send(post(""));
  EXPECT_EQ(body_of(client.answer()), "body");
}

TEST(Connection, ABrokenRequestIsNotReadByTheMethodOfTheOneBefore) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send("\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.answer(false), StartsWith("HTTP/1.1 200"));
  client.send("xxHEAD\r\n\r\n");  // where the method of the first one stood
  auto const refused = client.answer();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(refused, Not(EndsWith("\r\n\r\n"))) << "it has a body";
}

TEST(Connection, AnswerHeadersCannotBeSplit) {
  Script script;
  script.respond = [](RequestHead const&, std::string) -> net::awaitable<Response> {
    Response response;
    response.headers.emplace_back("X-Good", "1");
    response.headers.emplace_back("X-Bad", "1\r\nSet-Cookie: evil");
    co_return response;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send(post(""));
  auto const answer = client.answer();
  EXPECT_THAT(answer, HasSubstr("X-Good: 1\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

TEST(Connection, LargeAnswersReachSlowReaders) {
  Script script;
  auto const large = std::string(8'000'000, 'L');
  script.respond = [&](RequestHead const&, std::string) -> net::awaitable<Response> {
    Response response;
    response.body = large;
    co_return response;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("") + post(""));
  ::poll(nullptr, 0, 300);
  EXPECT_EQ(body_of(client.answer()), large);
  EXPECT_EQ(body_of(client.answer()), large);
}

// ---- Expect -----------------------------------------------------------------------------------------------

TEST(Connection, ExpectIsAnsweredOnceTheRequestIsAdmitted) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    EXPECT_EQ(body_of(client.answer()), "body");
  }
}

TEST(Connection, ExpectIsNotAnsweredWhenTheBodyIsThere) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("body", "Expect: 100-Continue\r\n"));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 200");
}

TEST(Connection, RefusedExpectGetsTheRefusalAlone) {
  Script script;
  script.admit = [](RequestHead const&) {
    Handler::Admission admission;
    admission.refusal = std::make_unique<Response>();
    admission.refusal->status = 401;
    return admission;
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  auto const all = client.rest();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(all, HasSubstr("Connection: close"));
  EXPECT_THAT(all, Not(HasSubstr("100 Continue")));
}

TEST(Connection, OtherExpectationsFail) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("x", "Expect: cookies\r\n"));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 417");
}

// ---- refusals and limits ----------------------------------------------------------------------------------

Handler::Admission refuse_unless_authorized(RequestHead const& head) {
  Handler::Admission admission;
  admission.body_limit = test_body_limit;
  if (head.count("Authorization") > 0) return admission;
  admission.refusal = std::make_unique<Response>();
  admission.refusal->status = 401;
  admission.refusal->headers.emplace_back("WWW-Authenticate", "Negotiate");
  return admission;
}

TEST(Connection, RefusedRequestsLeaveTheConnectionUsable) {
  Script script;
  script.admit = refuse_unless_authorized;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post(std::string(300'000, 'u')));
  auto const refusal = client.answer();
  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(refusal, HasSubstr("WWW-Authenticate: Negotiate\r\n"));
  EXPECT_THAT(refusal, HasSubstr("Content-Length: 0\r\n"));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 401");
  client.send(post("in", "Authorization: x\r\n"));
  EXPECT_EQ(body_of(client.answer()), "in");
  EXPECT_EQ(script.answered, 1) << "refused requests never reach respond()";
}

TEST(Connection, RefusedPipelinedRequestsAreAnsweredOneByOne) {
  Script script;
  script.admit = refuse_unless_authorized;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("no") + post("yes", "Authorization: x\r\n") + post("no"));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 401");
  EXPECT_EQ(body_of(client.answer()), "yes");
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 401");
}

TEST(Connection, RefusedLargeBodiesEndTheConnectionAfterTheAnswer) {
  Script script;
  script.admit = refuse_unless_authorized;
  TestServer server(script);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\nsome");
  EXPECT_THAT(client.rest(), HasSubstr("Connection: close\r\n"));
}

TEST(Connection, Q8_BodyOverTheLimitIs413) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post(std::string(test_body_limit, 'x')));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 200");
  client.send(post(std::string(test_body_limit + 1, 'x')));
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  client.send(post("small again"));
  EXPECT_EQ(body_of(client.answer()), "small again");
  EXPECT_EQ(script.answered, 2);
}

TEST(Connection, Q8_ChunkedBodyOverTheLimitIs413) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto const chunk = "8000\r\n" + std::string(0x8000, 'c') + "\r\n";
  for (int i = 0; i < 3; ++i) client.send(chunk);
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(script.answered, 0);
}

TEST(Connection, HandlerFailuresAre500AndTheConnectionGoesOn) {
  Script script;
  script.respond = [](RequestHead const&, std::string body) -> net::awaitable<Response> {
    if (body == "fail") throw std::runtime_error("broken");
    co_return Response{};
  };
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("fail"));
  auto const answer = client.answer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("broken"))) << "the reason is for the log";
  client.send(post("well"));
  EXPECT_EQ(status_of(client.answer()), "HTTP/1.1 200");
}

// ---- malformed requests
// ------------------------------------------------------------------------------------

struct BadRequest {
  char const* name;
  std::string request;
  char const* status;
};

class Malformed : public testing::TestWithParam<BadRequest> {};

TEST_P(Malformed, IsRefusedAndTheConnectionCloses) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(GetParam().request);
  auto const all = client.rest();
  EXPECT_THAT(all, StartsWith(std::string("HTTP/1.1 ") + GetParam().status + " "));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("\nHTTP/1.1 "))) << "only one answer";
  EXPECT_EQ(script.admitted, 0) << "nothing reaches the handler";
  RawClient other(server.port());
  other.send(post("others are served"));
  EXPECT_EQ(body_of(other.answer()), "others are served");
}

std::string with_headers(std::string headers, std::string body = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

std::string many_headers(int count) {
  std::string headers;
  for (int i = 0; i < count; ++i) headers += "X-" + std::to_string(i) + ": v\r\n";
  return headers;
}

INSTANTIATE_TEST_SUITE_P(
    Http, Malformed,
    testing::Values(
        BadRequest{"BothLengthAndCoding",
                   with_headers("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "abc"), "400"},
        BadRequest{"TwoLengths", with_headers("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), "400"},
        BadRequest{"ListOfLengths", with_headers("Content-Length: 3, 3\r\n", "abc"), "400"},
        BadRequest{"SignedLength", with_headers("Content-Length: +3\r\n", "abc"), "400"},
        BadRequest{"NegativeLength", with_headers("Content-Length: -1\r\n"), "400"},
        BadRequest{"HexLength", with_headers("Content-Length: 0x3\r\n", "abc"), "400"},
        BadRequest{"EmptyLength", with_headers("Content-Length:\r\n"), "400"},
        BadRequest{"HugeLength", with_headers("Content-Length: 99999999999999999999\r\n"), "400"},
        BadRequest{"FoldedHeader", with_headers("X-A: b\r\n c\r\n"), "400"},
        BadRequest{"FoldedFirstHeader", "POST / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
        BadRequest{"SpaceBeforeColon", with_headers("Content-Length : 3\r\n", "abc"), "400"},
        BadRequest{"NoColon", with_headers("nonsense\r\n"), "400"},
        BadRequest{"EmptyName", with_headers(": v\r\n"), "400"},
        BadRequest{"ControlCharacter",
                   with_headers("X-A: a\x01"
                                "b\r\n"),
                   "400"},
        BadRequest{"NulInHeader", with_headers(std::string("X-A: a\0b\r\n", 10)), "400"},
        BadRequest{"BareLineFeed", "POST / HTTP/1.1\nHost: a\n\n", "400"},
        BadRequest{"BareLineFeedInHeader", with_headers("X-A: b\nContent-Length: 3\r\n", "abc"), "400"},
        BadRequest{"BareCarriageReturn", with_headers("X-A: b\rContent-Length: 3\r\n", "abc"), "400"},
        BadRequest{"NoHost", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "400"},
        BadRequest{"TwoHosts", with_headers("Host: b\r\n"), "400"},
        BadRequest{"NoVersion", "POST /\r\nHost: a\r\n\r\n", "400"},
        BadRequest{"OnlyAWord", "POST\r\n\r\n", "400"},
        BadRequest{"SpaceInTarget", "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        BadRequest{"MethodWithBrackets", "P[]ST / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        BadRequest{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        BadRequest{"LowerCaseVersion", "POST / http/1.1\r\nHost: a\r\n\r\n", "400"},
        BadRequest{"TlsHello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n", 15),
                   "400"},
        BadRequest{"UnknownCoding", with_headers("Transfer-Encoding: gzip\r\n"), "501"},
        BadRequest{"CodingList", with_headers("Transfer-Encoding: gzip, chunked\r\n"), "501"},
        BadRequest{"TwoCodings", with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                   "400"},
        BadRequest{"CodingInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        BadRequest{"TooManyHeaders", with_headers(many_headers(101)), "431"},
        BadRequest{"LargeHeader",
                   with_headers("X-A: " + std::string(limits::http_header_bytes, 'a') + "\r\n"), "431"},
        BadRequest{"EndlessRequestLine", std::string(limits::http_header_bytes + 1, 'A'), "431"}),
    [](auto const& info) { return info.param.name; });

TEST(Connection, MalformedChunksAreRefused) {
  for (auto const chunks :
       {"x\r\n", "\r\n", "-1\r\n", "5\r\nhelloX", "5\nhello", "0\r\n\r\r", "1000000000000\r\n"}) {
    Script script;
    TestServer server(script);
    RawClient client(server.port());
    client.send(std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") + chunks);
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400 ")) << chunks;
    EXPECT_EQ(script.answered, 0);
  }
}

TEST(Connection, EndlessTrailersAndExtensionsAreCut) {
  for (std::string const start : {"0\r\n", "1;"}) {
    Script script;
    TestServer server(script);
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + start);
    for (int i = 0; i < 100; ++i)
      if (!client.send(std::string(1000, 'x') + (start[0] == '0' ? "\r\n" : ""))) break;
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400 ")) << start;
  }
}

// ---- time -------------------------------------------------------------------------------------------------

TestServerOptions with_short_deadlines() {
  TestServerOptions options;
  options.limits.header = Milliseconds(400);
  options.limits.packet_retrieval = Milliseconds(800);
  options.limits.idle_keep_alive = Milliseconds(600);
  return options;
}

TEST(Connection, DribbledHeadersEndAtTheHeaderDeadline) {
  Script script;
  TestServer server(script, with_short_deadlines());
  RawClient client(server.port());
  auto const start = SteadyClock::now();
  client.send("POST / HTTP/1.1\r\n");
  while (!client.hears_something(Milliseconds(50)) && client.send("X-A: b\r\n")) {
  }
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(3));
  EXPECT_EQ(script.admitted, 0);
}

TEST(Connection, Q12_DribbledHeadersEndWhenTheWholeRequestShouldBeThere) {
  Script script;
  TestServerOptions options;
  options.limits.packet_retrieval = Milliseconds(300);
  TestServer server(script, std::move(options));
  RawClient client(server.port());
  auto const start = SteadyClock::now();
  while (!client.hears_something(Milliseconds(50)) && client.send("P")) {
    if (SteadyClock::now() - start > std::chrono::seconds(5)) break;
  }
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408 "));
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(5));
}

TEST(Connection, Q12_TrickledBodyIsCut) {
  Script script;
  TestServer server(script, with_short_deadlines());
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  while (!client.hears_something(Milliseconds(50)) && client.send("x")) {
  }
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(script.answered, 0);
}

TEST(Connection, Q12_TrickledChunksAreCut) {
  Script script;
  TestServer server(script, with_short_deadlines());
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  while (!client.hears_something(Milliseconds(50)) && client.send("1\r\nx\r\n")) {
  }
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408 "));
}

TEST(Connection, ExpectThenSilenceEnds) {
  Script script;
  TestServer server(script, with_short_deadlines());
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  auto const all = client.rest();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 "));
}

TEST(Connection, SilentAndIdleConnectionsAreClosedWithoutAWord) {
  Script script;
  TestServer server(script, with_short_deadlines());
  RawClient silent(server.port());
  EXPECT_EQ(silent.rest(), "");
  RawClient idle(server.port());
  idle.send(post("x"));
  idle.answer();
  EXPECT_EQ(idle.rest(), "");
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
}

TEST(Connection, BodyShorterThanItsLengthIsDropped) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  client.end_sending();
  client.rest();
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
  EXPECT_EQ(script.answered, 0);
}

/// Answers when `timer` is cancelled, or after ten seconds.
std::function<net::awaitable<Response>(RequestHead const&, std::string)> wait_for_cancel(
    std::shared_ptr<net::steady_timer>& timer) {
  return [&timer](RequestHead const&, std::string) -> net::awaitable<Response> {
    auto const executor = co_await net::this_coro::executor;
    timer = std::make_shared<net::steady_timer>(executor, std::chrono::seconds(10));
    try {
      co_await timer->async_wait(net::use_awaitable);
    } catch (boost::system::system_error const&) {
    }
    Response response;
    response.body = "late";
    co_return response;
  };
}

TEST(Connection, HandlerLearnsThatThePeerLeft) {
  for (bool const reset : {false, true}) {
    Script script;
    std::shared_ptr<net::steady_timer> timer;
    script.respond = wait_for_cancel(timer);
    script.on_disconnect = [&] { timer->cancel(); };
    TestServer server(script);
    RawClient client(server.port());
    client.send(post("wait") + (reset ? "" : "and pipelined bytes that nobody will read"));
    ASSERT_TRUE(eventually([&] { return script.admitted == 1; }));
    if (reset) {
      linger const abort{1, 0};
      ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    }
    client.close();
    EXPECT_TRUE(eventually([&] { return script.disconnected == 1 && server.server().connections() == 0; }));
    EXPECT_EQ(script.answered, 1);
    timer.reset();  // before the event loop it belongs to
  }
}

TEST(Connection, HalfClosedPeersStillGetTheirAnswer) {
  Script script;
  TestServer server(script);
  RawClient client(server.port());
  client.send(post("last words"));
  client.end_sending();
  EXPECT_EQ(body_of(client.answer()), "last words");
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace winrm::http
