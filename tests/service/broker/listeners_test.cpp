#include "service/broker/listeners.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

#include "config/load.hpp"

namespace winrm::service::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

int free_port() {
  UniqueFd const probe(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

class Listeners : public ::testing::Test {
 protected:
  /// `text` with PORT as the port, on IPv4 and without the port of local clients.
  Result<std::vector<BoundListener>> bind(std::string text, std::vector<BoundListener> const& open) const {
    for (auto at = text.find("PORT"); at != std::string::npos; at = text.find("PORT"))
      text.replace(at, 4, std::to_string(port_));
    auto settings = config::parse("[Daemon]\nLocalPort = 0\n[Service]\nIPv6Filter = ''\n" + text, "test");
    if (!settings) throw std::runtime_error(settings.error().message);
    return bind_listeners(*settings, open);
  }

  [[nodiscard]] std::string at(std::string_view address) const {
    return fmt::format("{} {}", address, port_);
  }

  static std::vector<std::string> addresses(std::vector<BoundListener> const& listeners) {
    std::vector<std::string> all;
    for (auto const& listener : listeners) all.push_back(listener.address);
    return all;
  }

  /// True when a connection to 127.0.0.1 ends in this socket.
  [[nodiscard]] bool takes_connections(BoundListener const& listener) const {
    UniqueFd const client(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    if (::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
    return static_cast<bool>(UniqueFd(::accept(listener.socket.get(), nullptr, nullptr)));
  }

  int port_ = free_port();
};

constexpr auto everywhere = "[[Listener]]\nPort = PORT\n";
constexpr auto loopback = "[[Listener]]\nAddress = 'IP:127.0.0.1'\nPort = PORT\n";

TEST_F(Listeners, EveryAddressBecomesOneAndOneBecomesEvery) {
  for (auto const& [before, after] : {std::pair{everywhere, loopback}, std::pair{loopback, everywhere}}) {
    auto old = bind(before, {});
    ASSERT_TRUE(old.has_value()) << old.error().message;
    auto now = bind(after, *old);
    ASSERT_TRUE(now.has_value()) << now.error().message;
    old->clear();
    EXPECT_TRUE(takes_connections(now->front()));
  }
}

TEST_F(Listeners, L14_AFilterTakesHoldOfAListenerThatIsOpen) {
  auto const old = bind(everywhere, {});
  ASSERT_TRUE(old.has_value()) << old.error().message;
  auto const now = bind(fmt::format("IPv4Filter = '127.0.0.1'\n{}", everywhere), *old);
  ASSERT_TRUE(now.has_value()) << now.error().message;
  EXPECT_THAT(addresses(*now), ElementsAre(at("127.0.0.1")));
}

TEST_F(Listeners, NobodyElseMayListenBesideThem) {
  auto const old = bind(everywhere, {});
  auto const now = bind(loopback, *old);
  ASSERT_TRUE(now.has_value()) << now.error().message;
  for (auto const* listeners : {&*old, &*now}) {
    int shared = -1;
    socklen_t size = sizeof shared;
    ASSERT_EQ(::getsockopt(listeners->front().socket.get(), SOL_SOCKET, SO_REUSEPORT, &shared, &size), 0);
    EXPECT_EQ(shared, 0);
  }
  auto const stranger = bind(loopback, {});
  ASSERT_FALSE(stranger.has_value());
  EXPECT_THAT(stranger.error().message, HasSubstr("in use"));
}

TEST_F(Listeners, L16_TwoForOneAddressAreRefusedThoughTheFirstIsOpen) {
  auto const both = fmt::format("IPv4Filter = '127.0.0.1'\n{}{}", loopback, everywhere);
  auto const old = bind(loopback, {});
  auto const refused = bind(both, *old);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("another listener of this service"));
}

}  // namespace
}  // namespace winrm::service::broker
