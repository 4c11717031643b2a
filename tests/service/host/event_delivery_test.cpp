#include "service/host/event_delivery.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"

namespace winrm::service::host {
namespace {

using engine::DeliveryFailure;

std::shared_ptr<engine::EventSinks> sinks(bool allow_unencrypted) {
  config::Client policy;
  policy.allow_unencrypted = allow_unencrypted;
  return make_event_sinks(std::make_shared<Changeable<config::Client>>(policy));
}

std::unique_ptr<engine::EventSink> open_sink(std::string address, bool allow_unencrypted = true,
                                             std::string_view profile = {}) {
  wsman::SinkReference const reference{std::move(address), {}, std::string(profile)};
  return sinks(allow_unencrypted)->open(reference, wsman::Encoding::utf8);
}

std::string refusal(std::string const& address, bool allow_unencrypted = true,
                    std::string_view profile = {}) {
  try {
    static_cast<void>(open_sink(address, allow_unencrypted, profile));
  } catch (wsman::Fault const& fault) {
    return std::string(fault.row().name);
  }
  return "accepted";
}

TEST(EventDelivery, P6_GoesToHttpAndHttpsOnly) {
  EXPECT_EQ(refusal("https://collector.test:5986/wsman"), "accepted");
  EXPECT_EQ(refusal("HTTP://collector.test/x"), "accepted");
  for (auto const* address : {"ftp://collector.test/", "file:///etc/passwd", "collector.test", "",
                              "http://user@collector.test/", "http:///x", "http://a b/", "http://x:99999/"})
    EXPECT_EQ(refusal(address), "EVENTING_INVALID_NOTIFYTO_ADDRESSS") << address;
}

TEST(EventDelivery, P6_ClearTextNeedsTheAdministratorsLeave) {
  EXPECT_EQ(refusal("http://collector.test/", false), "INSECURE_ADDRESS_NOT_SUPPORTED");
  EXPECT_EQ(refusal("https://collector.test/", false), "accepted");
  EXPECT_EQ(refusal("http://collector.test/", false, wsman::kerberos_profile), "accepted");
}

TEST(EventDelivery, P6_ALogonThatIsNotSupportedIsRefused) {
  EXPECT_EQ(refusal("https://collector.test/", true,
                    "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"),
            "POLICY_CANNOT_COMPLY");
  EXPECT_EQ(refusal("http://192.0.2.1/", true, wsman::kerberos_profile), "POLICY_CANNOT_COMPLY")
      << "Kerberos knows names, not addresses";
}

/// Listens on a loopback port and answers each connection's first request with `answer`, or never.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    if (!answer_.empty()) thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  OneAnswer(OneAnswer const&) = delete;
  OneAnswer& operator=(OneAnswer const&) = delete;
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/sink?a=1", port_); }
  std::string request;

 private:
  void serve() {
    while (true) {
      UniqueFd const connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      request.clear();
      std::array<char, 4096> buffer{};
      while (request.find("</end>") == std::string::npos) {
        auto const got = ::read(connection.get(), buffer.data(), buffer.size());
        if (got <= 0) break;
        request.append(buffer.data(), static_cast<std::size_t>(got));
      }
      EXPECT_GT(::write(connection.get(), answer_.data(), answer_.size()), 0);
    }
  }
  std::string answer_;
  UniqueFd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// What the log would say of a delivery.
std::string failure_of(engine::EventSink& sink, Deadline deadline) {
  try {
    static_cast<void>(sink.post("<end></end>", deadline));
  } catch (DeliveryFailure const& failure) {
    return failure.what();
  }
  return "delivered";
}

Deadline soon() { return SteadyClock::now() + Milliseconds(10'000); }

TEST(EventDelivery, P6_PostsTheMessageAndGivesTheAnswer) {
  OneAnswer peer(
      "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: "
      "5\r\n\r\n<ok/>");
  EXPECT_EQ(open_sink(peer.url())->post("<end></end>", soon()), "<ok/>");
  EXPECT_EQ(peer.request.substr(0, 22), "POST /sink?a=1 HTTP/1.");
}

TEST(EventDelivery, P6_AnErrorStatusIsAFailureAndARedirectionIsNotFollowed) {
  for (auto const* line : {"503 Busy", "302 Found\r\nLocation: http://127.0.0.1:1/"}) {
    OneAnswer const peer(fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n", line));
    EXPECT_THROW(static_cast<void>(open_sink(peer.url())->post("<end></end>", soon())), DeliveryFailure)
        << line;
  }
}

TEST(EventDelivery, AnAnswerWithoutMeasureIsAFailure) {
  OneAnswer const peer("HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n");
  auto const sink = open_sink(peer.url());
  EXPECT_THAT(failure_of(*sink, soon()), testing::HasSubstr("at most 65536 are read"));
}

TEST(EventDelivery, ConnectionsThatAreBeingMadeAreCounted) {
  OneAnswer const full("");  // its backlog takes some connections, the others are never made
  constexpr std::size_t most_taken = 16;
  auto const shared = sinks(true);
  auto const post_to = [&](std::string url, Deadline deadline) {
    return failure_of(*shared->open({std::move(url), {}, {}}, wsman::Encoding::utf8), deadline);
  };
  std::atomic<std::size_t> refused{0};
  std::vector<std::thread> posts;
  auto const deadline = SteadyClock::now() + Milliseconds(2500);
  for (std::size_t i = 0; i < limits::connections_being_made + most_taken + 1; ++i)
    posts.emplace_back([&] {
      if (post_to(full.url(), deadline) == "too many connections are being made") ++refused;
    });
  for (auto& post : posts) post.join();
  EXPECT_GE(refused, 1U);
  EXPECT_LE(refused, most_taken + 1);
  OneAnswer const answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  std::string failure;
  for (int i = 0; i < 100 && failure != "delivered"; ++i) {
    std::this_thread::sleep_for(Milliseconds(20));
    failure = post_to(answering.url(), soon());
  }
  EXPECT_EQ(failure, "delivered") << "an attempt that ended gives its place back";
}

/// In a process of its own, whose account may start no more threads (root is not limited).
void post_without_threads() {
  OneAnswer const silent("");
  auto const sink = open_sink(silent.url());
  rlimit const none{0, 0};
  constexpr uid_t nobody = 65534;
  if (::setrlimit(RLIMIT_NPROC, &none) != 0) std::_Exit(2);
  if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) std::_Exit(3);
  auto const failure = failure_of(*sink, SteadyClock::now() + Milliseconds(2000));
  std::_Exit(failure.find("no more threads") == std::string::npos ? 1 : 0);
}

TEST(EventDeliveryDeathTest, AHostWithoutThreadsFailsTheDeliveryAlone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(post_without_threads(), testing::ExitedWithCode(0), "");
}

TEST(EventDelivery, L17_ASilentSinkCanBeInterrupted) {
  OneAnswer const silent("");
  auto const sink = open_sink(silent.url());
  auto posting = std::async(std::launch::async, [&] {
    EXPECT_THROW(static_cast<void>(sink->post("<end></end>", soon())), DeliveryFailure);
  });
  std::this_thread::sleep_for(Milliseconds(200));
  sink->interrupt();
  EXPECT_EQ(posting.wait_for(std::chrono::seconds(2)), std::future_status::ready);
  EXPECT_THROW(static_cast<void>(sink->post("<end></end>", soon())), DeliveryFailure) << "later, too";
}

TEST(EventDelivery, L17_ASilentSinkHoldsUpNobodyLongerThanTheDeadline) {
  OneAnswer const silent("");
  auto const before = SteadyClock::now();
  EXPECT_THROW(
      static_cast<void>(open_sink(silent.url())->post("<end></end>", SteadyClock::now() + Milliseconds(300))),
      DeliveryFailure);
  EXPECT_LT(SteadyClock::now() - before, Milliseconds(2000));
}

}  // namespace
}  // namespace winrm::service::host
