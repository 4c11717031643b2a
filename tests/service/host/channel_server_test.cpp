#include "service/host/channel_server.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <thread>

#include "base/uuid.hpp"
#include "ipc/soap_frame.hpp"
#include "wsman/actions.hpp"

namespace winrm::service::host {
namespace {

constexpr std::string_view resource = "http://example.test/thing";

/// Says who asked; waits at a gate when there is one.
class Thing : public engine::Plugin {
 public:
  [[nodiscard]] std::string_view name() const override { return "Thing"; }
  [[nodiscard]] bool serves(std::string_view uri) const override { return uri == resource; }
  void get(engine::Call const& call, xml::Writer& body) override {
    ++under_way;
    std::unique_lock lock(mutex);
    gate.wait(lock, [this] { return open; });
    --under_way;
    body.element("Principal", call.principal().name());
    body.element("Url", call.client().url);
  }
  void set_open(bool is_open) {
    {
      std::lock_guard const lock(mutex);
      open = is_open;
    }
    gate.notify_all();
  }
  std::atomic<int> under_way = 0;
  std::mutex mutex;
  std::condition_variable gate;
  bool open = true;
};

std::string get_message() {
  return R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" )"
         R"(xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" )"
         R"(xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header>)"
         "<a:To>http://server/wsman</a:To><w:ResourceURI>" +
         std::string(resource) + "</w:ResourceURI><a:ReplyTo><a:Address>" +
         std::string(wsman::anonymous_address) + "</a:Address></a:ReplyTo><a:Action>" +
         std::string(wsman::action::get) + "</a:Action><a:MessageID>uuid:" + make_uuid() +
         "</a:MessageID></s:Header><s:Body/></s:Envelope>";
}

auth::Principal principal(std::string name) {
  system::Account account;
  account.name = "account";
  return auth::PrincipalMint::mint(std::move(name), std::move(account), auth::Scheme::basic,
                                   {Sid::administrators()});
}

class ChannelServerTest : public ::testing::Test {
 protected:
  ChannelServerTest() {
    std::vector<std::unique_ptr<engine::Plugin>> plugins;
    auto thing = std::make_unique<Thing>();
    thing_ = thing.get();
    plugins.push_back(std::move(thing));
    dispatcher_ = std::make_unique<engine::Dispatcher>(engine::EngineSettings(), std::move(plugins),
                                                       std::vector<std::unique_ptr<engine::ShellPlugin>>());
    server_ = std::make_unique<ChannelServer>(*dispatcher_, 16);
  }
  ~ChannelServerTest() override {
    thing_->set_open(true);
    dispatcher_->shutdown();
    server_.reset();
  }

  UniqueFd connect(std::string name = "alice") {
    auto pair = ipc::socket_pair();
    server_->add(std::move(pair->second), principal(std::move(name)));
    return std::move(pair->first);
  }
  static void ask(int fd, std::uint64_t id) {
    std::string const message = get_message();
    ipc::SoapRequest request;
    request.url = "http://server/wsman";
    request.message = message;
    std::string const prefix = ipc::encode_request_prefix(request);
    std::array<std::string_view, 2> const payload{prefix, message};
    ASSERT_TRUE(ipc::send_frame(fd, ipc::FrameKind::request, id, std::span<std::string_view const>(payload)));
  }
  /// Until every request is being served, with the supervision a host gives.
  bool all_under_way(int count) {
    for (int i = 0; i < 500 && thing_->under_way != count; ++i) {
      (void)server_->supervise();
      std::this_thread::sleep_for(Milliseconds(10));
    }
    return thing_->under_way == count;
  }

  Thing* thing_ = nullptr;
  std::unique_ptr<engine::Dispatcher> dispatcher_;
  std::unique_ptr<ChannelServer> server_;
};

TEST_F(ChannelServerTest, RequestRunsAsTheChannelsPrincipal) {
  UniqueFd const alice = connect("alice");
  UniqueFd const bob = connect("bob");
  for (auto const& [fd, name] : {std::pair(alice.get(), "alice"), std::pair(bob.get(), "bob")}) {
    ask(fd, 5);
    ipc::FrameReader reader;
    auto const frame = ipc::receive_frame(fd, reader);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->id, 5U);
    EXPECT_NE(frame->payload.find("<Principal>" + std::string(name) + "</Principal>"), std::string::npos);
    EXPECT_NE(frame->payload.find("<Url>http://server/wsman</Url>"), std::string::npos);
  }
}

TEST_F(ChannelServerTest, ManyRequestsOfOneChannelAreServedAtOnce) {
  thing_->set_open(false);
  UniqueFd const channel = connect();
  constexpr int count = 12;  // more than the workers there are at first
  for (int id = 1; id <= count; ++id) ask(channel.get(), static_cast<std::uint64_t>(id));
  EXPECT_TRUE(all_under_way(count)) << thing_->under_way;
  EXPECT_FALSE(server_->quiet_since());
  thing_->set_open(true);
  ipc::FrameReader reader;
  std::set<std::uint64_t> answered;
  for (int i = 0; i < count; ++i) answered.insert(ipc::receive_frame(channel.get(), reader)->id);
  EXPECT_EQ(answered.size(), static_cast<std::size_t>(count));
}

TEST_F(ChannelServerTest, SaysThatItIsThereWhileARequestTakesLong) {
  thing_->set_open(false);
  UniqueFd const channel = connect();
  ask(channel.get(), 1);
  EXPECT_TRUE(all_under_way(1));
  ASSERT_TRUE(ipc::send_frame(channel.get(), ipc::FrameKind::alive, 0, std::string_view{}));
  ipc::FrameReader reader;
  auto const sign = ipc::receive_frame(channel.get(), reader);
  ASSERT_TRUE(sign);
  EXPECT_EQ(sign->kind, ipc::FrameKind::alive);
  thing_->set_open(true);
  auto const answer = ipc::receive_frame(channel.get(), reader);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, ipc::FrameKind::answer);
}

TEST_F(ChannelServerTest, RefusedRequestsAreNotLookedAt) {
  server_->refuse_requests(true);
  UniqueFd const channel = connect();
  ask(channel.get(), 9);
  ipc::FrameReader reader;
  auto const frame = ipc::receive_frame(channel.get(), reader);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->kind, ipc::FrameKind::retry);
  EXPECT_EQ(frame->id, 9U);
  EXPECT_TRUE(server_->quiet_since());
}

TEST_F(ChannelServerTest, DrainRefusesWhatHadComeAndClosesTheChannels) {
  UniqueFd const channel = connect();
  server_->refuse_requests(true);
  for (std::uint64_t id = 1; id <= 20; ++id) ask(channel.get(), id);
  server_->drain();
  ipc::FrameReader reader;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    auto const frame = ipc::receive_frame(channel.get(), reader);
    ASSERT_TRUE(frame) << id;
    EXPECT_EQ(frame->kind, ipc::FrameKind::retry);
  }
  server_.reset();
  EXPECT_FALSE(ipc::receive_frame(channel.get(), reader)) << "the channel is closed";
  server_ = std::make_unique<ChannelServer>(*dispatcher_, 16);
}

TEST_F(ChannelServerTest, CancelledRequestIsNoLongerOpen) {
  thing_->set_open(false);
  UniqueFd const channel = connect();
  ask(channel.get(), 1);
  ASSERT_TRUE(all_under_way(1));
  ASSERT_TRUE(ipc::send_frame(channel.get(), ipc::FrameKind::cancel, 1, std::string_view{}));
  thing_->set_open(true);
  for (int i = 0; i < 200 && !server_->quiet_since(); ++i) std::this_thread::sleep_for(Milliseconds(10));
  EXPECT_TRUE(server_->quiet_since());
}

TEST_F(ChannelServerTest, GarbageEndsTheChannelAndNothingElse) {
  UniqueFd const bad = connect();
  UniqueFd const good = connect();
  std::string const garbage(64, '\xff');
  ASSERT_EQ(::write(bad.get(), garbage.data(), garbage.size()), static_cast<ssize_t>(garbage.size()));
  ipc::FrameReader reader;
  EXPECT_FALSE(ipc::receive_frame(bad.get(), reader));
  ask(good.get(), 1);
  ipc::FrameReader other;
  EXPECT_TRUE(ipc::receive_frame(good.get(), other));
}

}  // namespace
}  // namespace winrm::service::host
