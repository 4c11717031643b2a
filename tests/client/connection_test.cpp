#include "client/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "client/failure.hpp"
#include "client/support/fake_transport.hpp"
#include "http/sealed_body.hpp"

namespace winrm::client {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = auth::InitiatorStep::Outcome;

Deadline soon() { return SteadyClock::now() + std::chrono::seconds(5); }

http::ClientResponse status(unsigned code, http::HeaderList headers = {}) {
  http::ClientResponse response;
  response.status = code;
  response.headers = std::move(headers);
  return response;
}

auth::InitiatorStep step(Outcome outcome, std::string token, std::string reason = {}) {
  return {outcome, std::move(token), std::move(reason), false};
}

/// A session towards loopback as alice; a conversation of two NTLM rounds.
struct NtlmScene {
  SessionOptions options;
  AuthenticationPlan plan;
  std::deque<auth::InitiatorStep> steps{step(Outcome::send, "type1"), step(Outcome::done, "type3")};
  bool proves_server = true;
  std::vector<std::string> authorizations;
  auth::InitiatorOptions asked;
  HttpHandler after_logon;
  FakeSealer server_side;

  NtlmScene() {
    options.endpoint.host = "localhost";
    options.credentials = Credentials{"alice", Secret("secret")};
    plan = plan_authentication(options);
  }

  HttpResult serve(http::ClientRequest const& request) {
    auto const authorization = header_of(request, "Authorization");
    if (authorization.empty()) return after_logon(request);
    authorizations.push_back(authorization);
    EXPECT_TRUE(request.body.empty()) << "tokens travel in empty POSTs";
    if (authorization == "Negotiate " + base64::encode("type1"))
      return status(401, {{"WWW-Authenticate", "Negotiate " + base64::encode("type2")}});
    if (authorization == "Negotiate " + base64::encode("type3")) return status(200);
    return status(401, {{"WWW-Authenticate", "Negotiate"}, {"WWW-Authenticate", "Basic realm=\"WSMAN\""}});
  }

  std::unique_ptr<Connection> open(std::string certificate = {}) {
    auto transport = fake_transport([this](http::ClientRequest const& r) { return serve(r); }, nullptr,
                                    std::move(certificate));
    transport.make_initiator = [this](auth::InitiatorOptions given) {
      asked = std::move(given);
      return std::make_unique<FakeInitiator>(steps, proves_server);
    };
    return open_connection(options, plan, transport, soon());
  }

  Failure failure_of_open() {
    try {
      static_cast<void>(open());
    } catch (Failure const& failure) {
      return failure;
    }
    ADD_FAILURE() << "the logon succeeded";
    return Failure(Failure::Kind::usage, 0, "");
  }
};

TEST(Connection, A11_MessagesAreSealedOnHttp) {
  NtlmScene scene;
  std::string on_the_wire;
  scene.after_logon = [&](http::ClientRequest const& request) -> HttpResult {
    on_the_wire = request.body;
    auto const opened =
        http::unseal_body(header_of(request, "Content-Type"), request.body, scene.server_side);
    EXPECT_TRUE(opened.has_value());
    EXPECT_EQ(opened->plain, "<question/>");
    EXPECT_EQ(opened->content_type, "application/soap+xml;charset=UTF-8");
    auto const sealed = http::seal_body("<answer/>", opened->content_type, opened->style, scene.server_side);
    http::ClientResponse response;
    response.status = 200;
    response.headers = {{"Content-Type", sealed->content_type}};
    response.body = sealed->body;
    return response;
  };
  auto const connection = scene.open();
  EXPECT_EQ(scene.asked.user, "alice");
  EXPECT_EQ(scene.asked.host, "localhost");
  EXPECT_EQ(scene.asked.channel_binding, "");
  auto const reply = connection->post("<question/>", {}, soon());
  EXPECT_EQ(reply.body, "<answer/>");
  EXPECT_THAT(on_the_wire, Not(HasSubstr("question")));
  EXPECT_THAT(scene.authorizations,
              ElementsAre("Negotiate " + base64::encode("type1"), "Negotiate " + base64::encode("type3")));
}

TEST(Connection, A11_PlainAnswersOnASealedConnectionAreRefused) {
  for (unsigned const code : {200U, 500U}) {
    NtlmScene scene;
    scene.after_logon = [&](http::ClientRequest const&) -> HttpResult { return soap("<forged/>", code); };
    auto const connection = scene.open();
    try {
      static_cast<void>(connection->post("<question/>", {}, soon()));
      ADD_FAILURE() << "a plain answer was used";
    } catch (Failure const& failure) {
      EXPECT_EQ(failure.code(), code::cannot_decrypt);
    }
  }
}

TEST(Connection, A11_AlteredAnswersAreRefused) {
  NtlmScene scene;
  scene.after_logon = [&](http::ClientRequest const&) -> HttpResult {
    FakeSealer stranger;
    static_cast<void>(stranger.seal("advance the sequence"));
    auto const sealed = http::seal_body("<answer/>", "application/soap+xml;charset=UTF-8", {}, stranger);
    http::ClientResponse response;
    response.status = 200;
    response.headers = {{"Content-Type", sealed->content_type}};
    response.body = sealed->body;
    return response;
  };
  auto const connection = scene.open();
  EXPECT_THROW(static_cast<void>(connection->post("<question/>", {}, soon())), Failure);
}

TEST(Connection, HttpErrorsWithoutAMessageKeepTheirStatus) {
  NtlmScene scene;
  scene.after_logon = [&](http::ClientRequest const&) -> HttpResult {
    auto response = status(503, {{"Content-Type", "text/html"}});
    response.body = "<html>busy</html>";
    return response;
  };
  auto const reply = scene.open()->post("<question/>", {}, soon());
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(reply.body, "");
}

TEST(Connection, A1_RefusedLogonSaysWhatWasTriedAndOffered) {
  NtlmScene scene;
  scene.steps = {step(Outcome::send, "type1"), step(Outcome::done, "wrong")};
  auto const failure = scene.failure_of_open();
  EXPECT_EQ(failure.kind(), Failure::Kind::authentication);
  EXPECT_EQ(failure.code(), 0x80070005U);
  EXPECT_THAT(failure.text(), HasSubstr("Tried: Negotiate (NTLM) as alice"));
  EXPECT_THAT(failure.text(), HasSubstr("offers: Negotiate, Basic"));
  EXPECT_THAT(failure.text(), Not(HasSubstr("secret")));
}

TEST(Connection, A1_ServerThatDoesNotProveItselfIsLeft) {
  NtlmScene scene;
  scene.proves_server = false;
  auto const failure = scene.failure_of_open();
  EXPECT_EQ(failure.code(), code::mutual_auth_failed);
}

TEST(Connection, A1_TokenThatTheMechanismRefusesEndsTheLogon) {
  NtlmScene scene;
  scene.steps = {step(Outcome::send, "type1"), step(Outcome::failed, "", "the token is damaged")};
  auto const failure = scene.failure_of_open();
  EXPECT_THAT(failure.text(), HasSubstr("the token is damaged"));
}

TEST(Connection, A8_FailedKerberosTowardsAnUntrustedHostNamesTrustedHosts) {
  NtlmScene scene;
  scene.options.endpoint.host = "web1";
  scene.options.policy_source = "/home/alice/client.toml";
  scene.plan = plan_authentication(scene.options);
  scene.steps = {step(Outcome::failed, "", "no realm is known for alice")};
  auto const failure = scene.failure_of_open();
  EXPECT_EQ(failure.code(), code::server_not_trusted);
  EXPECT_EQ(failure.kind(), Failure::Kind::policy);
  EXPECT_THAT(failure.text(), HasSubstr("TrustedHosts"));
  EXPECT_THAT(failure.text(), HasSubstr("/home/alice/client.toml"));
  EXPECT_THAT(failure.text(), HasSubstr("no realm is known"));
  EXPECT_EQ(scene.asked.mechanism, auth::InitiatorOptions::Mechanism::kerberos);
}

TEST(Connection, EndlessChallengesEnd) {
  NtlmScene scene;
  scene.steps.assign(50, step(Outcome::send, "type1"));
  EXPECT_EQ(scene.failure_of_open().kind(), Failure::Kind::authentication);
  EXPECT_LE(scene.authorizations.size(), limits::authentication_rounds);
}

TEST(Connection, A1_BasicIsSentWithEveryRequest) {
  SessionOptions options;
  options.endpoint.host = "web1";
  options.endpoint.tls = true;
  options.authentication = Authentication::basic;
  options.credentials = Credentials{"alice", Secret("Grün:1")};
  auto const plan = plan_authentication(options);
  std::vector<std::string> seen;
  auto const transport = fake_transport([&](http::ClientRequest const& request) -> HttpResult {
    seen.push_back(header_of(request, "Authorization"));
    return soap("<answer/>");
  });
  auto const connection = open_connection(options, plan, transport, soon());
  EXPECT_EQ(connection->post("<a/>", {}, soon()).body, "<answer/>");
  EXPECT_EQ(connection->post("<b/>", {}, soon()).body, "<answer/>");
  auto const expected = "Basic " + base64::encode("alice:Grün:1");
  EXPECT_THAT(seen, ElementsAre(expected, expected));
}

TEST(Connection, TransportErrorsHaveTheirCodes) {
  using Kind = http::TransportError::Kind;
  auto const code_of = [](Kind kind) { return to_failure({kind, "why"}).code(); };
  EXPECT_EQ(code_of(Kind::refused), code::destination_unreachable);
  EXPECT_EQ(code_of(Kind::timed_out), code::network_timed_out);
  EXPECT_EQ(code_of(Kind::name_not_resolved), code::name_not_resolved);
  EXPECT_EQ(code_of(Kind::tls), code::tls_failure);
  EXPECT_EQ(to_failure({Kind::interrupted, ""}).kind(), Failure::Kind::interrupted);
}

}  // namespace
}  // namespace winrm::client
