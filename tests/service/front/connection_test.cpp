#include "service/front/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>

#include "base/base64.hpp"
#include "service/front/fake_broker.hpp"

namespace winrm::service::front {
namespace {

constexpr std::string_view identify =
    R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
    R"(xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">)"
    R"(<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>)";

/// One request as the test writes it.
struct Ask : http::RequestHead {
  std::string method_ = "POST";
  std::string target_ = "/wsman";
  std::multimap<std::string, std::string> headers{{"host", "server:5985"}};
  std::string body;

  Ask& with(std::string name, std::string value) {
    headers.emplace(std::move(name), std::move(value));
    return *this;
  }
  Ask& saying(std::string text, std::string type = "application/soap+xml;charset=UTF-8") {
    body = std::move(text);
    return with("content-type", std::move(type)).with("content-length", std::to_string(body.size()));
  }
  Ask& as(std::string const& user, std::string const& password) {
    return with("authorization", "Basic " + base64::encode(user + ":" + password));
  }
  Ask& token(std::string const& scheme, std::string const& bytes) {
    return with("authorization", scheme + " " + base64::encode(bytes));
  }
  Ask& to(std::string target) {
    target_ = std::move(target);
    return *this;
  }
  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view target() const override { return target_; }
  [[nodiscard]] std::string_view header(std::string_view name) const override {
    auto const it = headers.find(std::string(name));
    return it == headers.end() ? std::string_view{} : it->second;
  }
  [[nodiscard]] std::size_t count(std::string_view name) const override {
    return headers.count(std::string(name));
  }
};

Ask soap() { return Ask().saying("<soap/>"); }

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    settings_.max_envelope_bytes = 4096;
    settings_.basic = settings_.negotiate = settings_.kerberos = true;
    facts_.peer_address = "192.0.2.7";
    facts_.tls = true;
  }
  ~ConnectionTest() override {
    connection_.reset();
    thread_.reset();
    io_.restart();
    io_.run();
  }

  Connection& connection() {
    if (!thread_) thread_ = std::make_unique<FrontThread>(io_, broker_.take_front_end(), settings_, answers_);
    if (!connection_) connection_ = std::make_unique<Connection>(*thread_, facts_);
    return *connection_;
  }
  void reconnect() { connection_.reset(); }

  http::Response send(Ask const& ask) {
    auto& to = connection();
    http::Response response;
    bool done = false;
    auto const talk = [&]() -> net::awaitable<void> {
      auto admission = co_await to.admit(ask);
      if (admission.refusal)
        response = std::move(*admission.refusal);
      else
        response = co_await to.respond(ask, ask.body);
      done = true;
    };
    auto const rethrow = [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    };
    net::co_spawn(io_, talk(), rethrow);
    io_.restart();
    while (!done && io_.run_one() > 0) {
    }
    EXPECT_TRUE(done);
    return response;
  }

  static std::vector<std::string> challenges(http::Response const& response) {
    std::vector<std::string> values;
    for (auto const& [name, value] : response.headers)
      if (name == "WWW-Authenticate") values.push_back(value);
    return values;
  }

  FakeBroker broker_;
  FrontSettings settings_;
  http::ConnectionFacts facts_;
  IdentifyAnswers answers_;
  net::io_context io_;
  std::unique_ptr<FrontThread> thread_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, A1_WithoutCredentialNothingReachesBrokerOrHost) {
  std::vector<Ask> const asks{
      soap(),
      soap().with("authorization", ""),
      soap().with("authorization", "Basic"),
      soap().with("authorization", "Basic %%%"),
      soap().with("authorization", "Negotiate !!!"),
      soap().with("authorization", "Digest username=\"x\""),
      soap().as("alice", "right").as("alice", "right"),
  };
  for (Ask const& ask : asks) {
    auto const response = send(ask);
    EXPECT_EQ(response.status, 401U) << ask.header("authorization");
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(challenges(response),
              (std::vector<std::string>{"Negotiate", "Kerberos", "Basic realm=\"WSMAN\""}));
  }
  EXPECT_EQ(broker_.hosts_opened, 0);
  EXPECT_EQ(broker_.passwords_verified, 0);
}

TEST_F(ConnectionTest, A4_PasswordIsVerifiedOncePerConnection) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(soap().as("alice", "right")).body, "<soap/>");
  EXPECT_EQ(broker_.passwords_verified, 1);
  reconnect();
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
  EXPECT_EQ(broker_.passwords_verified, 2);
}

TEST_F(ConnectionTest, A4_EveryRequestNeedsTheHeader) {
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
  EXPECT_EQ(send(soap()).status, 401U);
  EXPECT_EQ(send(soap().with("authorization", "")).status, 401U);
}

TEST_F(ConnectionTest, AnotherCredentialEndsTheOneBefore) {
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
  EXPECT_EQ(send(soap().as("alice", "wrong")).status, 401U);
  EXPECT_EQ(send(soap().as("bob", "right")).status, 200U);
  EXPECT_EQ(broker_.passwords_verified, 3);
  EXPECT_EQ(broker_.hosts_opened, 2) << "bob is not served over alice's channel";
  EXPECT_EQ(broker_.grants_held, 1);
}

TEST_F(ConnectionTest, A14_BasicIsNeitherOfferedNorTakenInClear) {
  facts_.tls = false;
  auto const response = send(soap().as("alice", "right"));
  EXPECT_EQ(response.status, 401U);
  EXPECT_EQ(challenges(response), (std::vector<std::string>{"Negotiate", "Kerberos"}));
  EXPECT_EQ(broker_.passwords_verified, 0);
}

TEST_F(ConnectionTest, A14_BasicInClearWhereAllowed) {
  facts_.tls = false;
  settings_.allow_unencrypted = true;
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
}

TEST_F(ConnectionTest, A1_NegotiateTakesItsLegsAndThenCoversTheConnection) {
  auto const leg = send(soap().token("Negotiate", "first"));
  EXPECT_EQ(leg.status, 401U);
  std::string const token = "Negotiate " + base64::encode("of the service");
  EXPECT_EQ(challenges(leg), std::vector<std::string>{token});
  auto const last = send(soap().token("Negotiate", "last"));
  EXPECT_EQ(last.status, 200U);
  EXPECT_EQ(last.body, "<soap/>");
  EXPECT_EQ(challenges(last), std::vector<std::string>{token})
      << "the answer of the last leg carries the token";
  auto const next = send(soap());
  EXPECT_EQ(next.status, 200U);
  EXPECT_TRUE(challenges(next).empty());
}

TEST_F(ConnectionTest, A1_SchemeIsEchoed) {
  auto const answer = send(Ask().token("Kerberos", "last"));
  EXPECT_EQ(answer.status, 200U);
  EXPECT_TRUE(answer.body.empty());
  EXPECT_EQ(challenges(answer), std::vector<std::string>{"Kerberos " + base64::encode("of the service")});
}

TEST_F(ConnectionTest, NewTokenStartsOver) {
  EXPECT_EQ(send(soap().token("Negotiate", "last")).status, 200U);
  EXPECT_EQ(send(soap().token("Negotiate", "first")).status, 401U);
  EXPECT_EQ(send(soap()).status, 401U) << "the old log-on is gone";
  EXPECT_EQ(broker_.grants_held, 0);
}

TEST_F(ConnectionTest, DeniedTokenGetsThePlainChallenge) {
  auto const response = send(soap().token("Negotiate", "forged"));
  EXPECT_EQ(response.status, 401U);
  EXPECT_EQ(challenges(response).size(), 3U);
  EXPECT_EQ(send(soap()).status, 401U);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, A14_ClearMessageOverHttpIsRefused) {
  facts_.tls = false;
  auto const response = send(soap().token("Negotiate", "last"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_NE(response.body.find("Unencrypted"), std::string::npos);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, SealedMessageWithoutASealerEndsTheConnection) {
  auto const response = send(Ask()
                                 .token("Negotiate", "last")
                                 .saying("--Encrypted Boundary\r\n",
                                         "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-"
                                         "encrypted\";boundary=\"Encrypted Boundary\""));
  EXPECT_EQ(response.status, 400U);
  EXPECT_TRUE(response.close);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, P9_AnonymousIdentifyIsMaskedAndNothingElseIsServed) {
  auto const masked = send(Ask().saying(std::string(identify)).with("wsmanidentify", "unauthenticated"));
  EXPECT_EQ(masked.status, 200U);
  EXPECT_NE(masked.body.find("OS: 0.0.0"), std::string::npos);
  EXPECT_EQ(send(Ask().saying(std::string(identify)).to("/wsman-anon/identify")).body, masked.body);
  EXPECT_EQ(send(soap().with("wsmanidentify", "unauthenticated")).status, 401U);
  EXPECT_EQ(send(soap().to("/wsman-anon/identify")).status, 401U);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, P10_IdentifyIsAnsweredWithoutAHost) {
  auto const response = send(Ask().saying(std::string(identify)).as("alice", "right"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body.find("OS: 0.0.0"), std::string::npos);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, P1_TargetsAndMethods) {
  std::map<std::string, unsigned> const targets{
      {"/wsman", 200U},      {"/wsman/", 200U},  {"/wsman?PSVersion=5", 200U},
      {"/", 404U},           {"/wsman//", 404U}, {"/WSMAN", 200U},
      {"/wsman/../x", 404U}, {"//wsman", 404U},  {"http://x/wsman", 200U}};
  for (auto const& [target, status] : targets)
    EXPECT_EQ(send(soap().as("alice", "right").to(target)).status, status) << target;
  Ask get = soap().as("alice", "right");
  get.method_ = "GET";
  EXPECT_EQ(send(get).status, 405U);
}

TEST_F(ConnectionTest, L10_PathIsTheListenersPrefix) {
  facts_.url_prefix = "mgmt";
  EXPECT_EQ(send(soap().as("alice", "right").to("/mgmt")).status, 200U);
  EXPECT_EQ(send(soap().as("alice", "right").to("/wsman")).status, 404U);
}

TEST_F(ConnectionTest, ContentTypeDecides) {
  EXPECT_EQ(send(Ask().saying("x", "text/plain").as("alice", "right")).status, 415U);
  EXPECT_EQ(send(Ask().saying("x", "").as("alice", "right")).status, 400U);
  auto const latin =
      send(Ask().saying("<x/>", "application/soap+xml;charset=ISO-8859-1").as("alice", "right"));
  EXPECT_EQ(latin.status, 500U);
  EXPECT_NE(latin.body.find("CharacterSet"), std::string::npos);
  EXPECT_NE(latin.body.find(">the character set 'ISO-8859-1' is not supported: send UTF-8 or UTF-16<"),
            std::string::npos)
      << latin.body;
}

TEST_F(ConnectionTest, TooLargeAMessageNeverReachesTheHost) {
  auto const response = send(Ask().saying(std::string(5000, 'x')).as("alice", "right"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_NE(response.body.find("ServiceEnvelopeLimit"), std::string::npos);
  EXPECT_EQ(broker_.hosts_opened, 0);
}

TEST_F(ConnectionTest, HostThatDiesIsAFaultAndTheNextRequestHasANewOne) {
  int requests = 0;
  broker_.set_host([&requests](std::string&) -> std::optional<ipc::FrameKind> {
    if (++requests == 1) return std::nullopt;
    return ipc::FrameKind::answer;
  });
  std::string const id = "uuid:8F4C1D3E-0000-4000-8000-0123456789AB";
  auto const request =
      R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
      R"(xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:MessageID>)" +
      id + "</a:MessageID></s:Header><s:Body/></s:Envelope>";
  auto const lost = send(Ask().saying(request).as("alice", "right"));
  EXPECT_EQ(lost.status, 500U);
  EXPECT_NE(lost.body.find("<a:RelatesTo>" + id + "</a:RelatesTo>"), std::string::npos) << lost.body;
  EXPECT_NE(lost.body.find("Code=\"995\""), std::string::npos) << lost.body;
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
  EXPECT_EQ(broker_.hosts_opened, 2);
}

TEST_F(ConnectionTest, HostThatIsStoppedIsAFaultAndNotWaitedForForEver) {
  settings_.host_check = Milliseconds(20);
  broker_.set_checks_before_answer(-1);
  auto const lost = send(soap().as("alice", "right"));
  EXPECT_EQ(lost.status, 500U);
  EXPECT_NE(lost.body.find("Code=\"995\""), std::string::npos) << lost.body;
  broker_.set_checks_before_answer(0);
  EXPECT_EQ(send(soap().as("alice", "right")).body, "<soap/>") << "over a new channel";
}

TEST_F(ConnectionTest, HostThatTakesNothingIsNotSentMoreThanMemoryAllows) {
  settings_.max_envelope_bytes = 2'000'000;
  settings_.host_waiting_bytes = 100'000;
  broker_.set_checks_before_answer(-1);
  Ask const large = Ask().saying(std::string(1'500'000, 'x')).as("alice", "right");
  bool first_ended = false;
  connection();
  auto const first = std::move(connection_);
  auto const talk = [&]() -> net::awaitable<void> {
    auto const admission = co_await first->admit(large);
    auto const response = co_await first->respond(large, large.body);
    first_ended = true;
  };
  net::co_spawn(io_, talk(), net::detached);
  io_.run_for(Milliseconds(300));
  EXPECT_EQ(broker_.hosts_opened, 1);
  EXPECT_EQ(send(large).status, 500U);
  EXPECT_FALSE(first_ended) << "it waits for the host";
  broker_.set_checks_before_answer(0);
  io_.restart();
  while (!first_ended && io_.run_one() > 0) {
  }
  EXPECT_EQ(send(large).status, 200U) << "the host goes on";
}

TEST_F(ConnectionTest, HostThatTakesLongIsWaitedForWhileItIsThere) {
  settings_.host_check = Milliseconds(20);
  broker_.set_checks_before_answer(3 * limits::host_checks_missed);
  EXPECT_EQ(send(soap().as("alice", "right")).body, "<soap/>");
  EXPECT_EQ(broker_.hosts_opened, 1);
}

TEST_F(ConnectionTest, RequestsAreCountedByTheAccount) {
  auto const account_of = [this](Ask const& ask) {
    auto& to = connection();
    std::string account;
    bool done = false;
    auto const talk = [&]() -> net::awaitable<void> {
      auto const admission = co_await to.admit(ask);
      account = admission.account;
      done = true;
    };
    net::co_spawn(io_, talk(), net::detached);
    io_.restart();
    while (!done && io_.run_one() > 0) {
    }
    return account;
  };
  EXPECT_EQ(account_of(soap().as("alice", "right")), "account of alice");
  EXPECT_EQ(account_of(soap().as("alice", "wrong")), "");
  reconnect();
  facts_.local_principal = "grant of uid 0";
  facts_.local_account = "root";
  EXPECT_EQ(account_of(soap()), "root");
}

TEST_F(ConnectionTest, RequestThatAnEndingHostRefusedGoesToTheNextHost) {
  int requests = 0;
  broker_.set_host([&requests](std::string&) -> std::optional<ipc::FrameKind> {
    return ++requests <= 2 ? ipc::FrameKind::retry : ipc::FrameKind::answer;
  });
  EXPECT_EQ(send(soap().as("alice", "right")).body, "<soap/>");
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(broker_.hosts_opened, 3);
}

TEST_F(ConnectionTest, EndOfAConnectionGivesItsGrantAndContextBack) {
  EXPECT_EQ(send(soap().as("alice", "right")).status, 200U);
  reconnect();
  EXPECT_EQ(send(soap().token("Negotiate", "first")).status, 401U);
  reconnect();
  EXPECT_EQ(send(soap().as("bob", "right")).status, 200U);  // the broker has heard everything before
  EXPECT_EQ(broker_.grants_held, 1);
  EXPECT_EQ(broker_.contexts_abandoned, 1);
}

TEST_F(ConnectionTest, LocalClientNeedsNoCredential) {
  facts_.tls = false;
  facts_.local_principal = "grant of uid 0";
  EXPECT_EQ(send(soap()).body, "<soap/>");
}

}  // namespace
}  // namespace winrm::service::front
