#include "config/addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.hpp"

namespace winrm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<InterfaceAddress> machine() {
  std::vector<InterfaceAddress> addresses;
  for (auto const* text : {"10.0.0.5", "127.0.0.1", "192.0.2.7", "2001:db8::7"})
    addresses.push_back({*parse_ip_address(text),
                         std::string_view(text).starts_with("192") ? "00-11-22-33-44-55" : std::string{}});
  return addresses;
}

std::vector<std::string> listening(std::string_view toml) {
  auto const settings = parse(toml, "x");
  if (!settings) return {settings.error().message};
  std::vector<std::string> texts;
  for (auto const& address : listening_on(settings->listeners.front(), settings->service, machine()))
    texts.push_back(to_text(address));
  return texts;
}

TEST(Addresses, L8_L11_AddressFormsChooseAddresses) {
  EXPECT_THAT(listening("[[Listener]]"), ElementsAre("10.0.0.5", "127.0.0.1", "192.0.2.7", "2001:db8::7"));
  EXPECT_THAT(listening("[[Listener]]\nAddress='IP:10.0.0.5'"), ElementsAre("10.0.0.5"));
  EXPECT_THAT(listening("[[Listener]]\nAddress='MAC:00:11:22:33:44:55'"), ElementsAre("192.0.2.7"));
  EXPECT_TRUE(listening("[[Listener]]\nAddress='IP:198.51.100.1'").empty());
  EXPECT_THAT(listening("[[Listener]]\nAddress='foo'"), ElementsAre(HasSubstr("Listener.Address")));
}

TEST(Addresses, L9_ADisabledListenerListensNowhere) {
  EXPECT_TRUE(listening("[[Listener]]\nEnabled=false").empty());
}

TEST(Addresses, L14_FiltersTakeAddressesAway) {
  EXPECT_THAT(listening("[Service]\nIPv4Filter='10.0.0.1-10.0.0.9'\n[[Listener]]"),
              ElementsAre("10.0.0.5", "2001:db8::7"));
  EXPECT_THAT(listening("[Service]\nIPv4Filter='10.0.0.5, 192.0.2.7-192.0.2.7'\nIPv6Filter=''\n[[Listener]]"),
              ElementsAre("10.0.0.5", "192.0.2.7"));
  EXPECT_THAT(listening("[Service]\nIPv4Filter='1.1.1.1-2.2.2.2,*'\nIPv6Filter=''\n[[Listener]]").size(), 3U);
  for (auto const* bad : {"10.0.0.1-", "10.0.0.9-10.0.0.1", "x", "2001:db8::1"})
    EXPECT_THAT(listening(std::string("[Service]\nIPv4Filter='") + bad + "'\n[[Listener]]"),
                ElementsAre(HasSubstr("Service.IPv4Filter")))
        << bad;
}

TEST(Addresses, L15_CompatibilityListenersAddPorts) {
  auto const settings = parse(
      "[Service]\nEnableCompatibilityHttpListener=true\nEnableCompatibilityHttpsListener=true\n[[Listener]]",
      "x");
  ASSERT_TRUE(settings.has_value());
  auto const listeners = effective_listeners(*settings);
  ASSERT_EQ(listeners.size(), 2U) << "no HTTPS listener, so nothing on 443";
  EXPECT_EQ(listeners[1].port, 80);
  EXPECT_EQ(listeners[1].source, ListenerSource::compatibility);
}

TEST(Addresses, O5_AutoConfigTakesThePlaceOfTheFilesListener) {
  auto settings = parse("[[Listener]]\nPort=7000\n[[Listener]]\nAddress='IP:10.0.0.5'\nPort=7001", "x");
  ASSERT_TRUE(settings.has_value());
  settings->service.allow_auto_config = true;
  auto const listeners = effective_listeners(*settings);
  ASSERT_EQ(listeners.size(), 2U);
  EXPECT_EQ(listeners[0].address, "IP:10.0.0.5");
  EXPECT_EQ(listeners[1].source, ListenerSource::policy);
  EXPECT_EQ(listeners[1].port, 5985);
}

TEST(Addresses, L16_ListenersOfOneAddressAndPortClash) {
  auto const clash = [](std::string const& text) {
    auto const settings = parse(text, "x");
    if (!settings) return settings.error().message;
    auto const checked = check_clashes(*settings);
    return checked ? std::string("none") : checked.error().message;
  };
  std::string const both = "[[Listener]]\n[[Listener]]\nAddress='IP:10.0.0.5'\n";
  EXPECT_EQ(clash(both),
            "the listeners IP:10.0.0.5 and * both use port 5985 of 10.0.0.5: change one of them");
  EXPECT_EQ(clash(both + "Port=6000\n"), "none");
  EXPECT_EQ(clash(both + "Enabled=false\n"), "none");
  EXPECT_EQ(clash("[Service]\nIPv4Filter='10.0.0.6'\n" + both), "none");
  EXPECT_EQ(clash("[Service]\nIPv6Filter=''\n[[Listener]]\n[[Listener]]\nAddress='IP:::1'\n"), "none");
  EXPECT_THAT(clash("[[Listener]]\nAddress='IP:::1'\n[[Listener]]\nAddress='IP:0:0::1'\n"),
              HasSubstr("both use port 5985 of ::1"));
  EXPECT_EQ(clash("[[Listener]]\nAddress='MAC:00-11-22-33-44-55'\n[[Listener]]\nAddress='IP:10.0.0.5'\n"),
            "none");
}

}  // namespace
}  // namespace winrm::config
