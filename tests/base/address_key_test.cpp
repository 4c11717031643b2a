#include "base/address_key.hpp"

#include <gtest/gtest.h>

namespace winrm {
namespace {

TEST(AddressKey, AnIpv6NetworkOf64BitsIsOnePeer) {
  EXPECT_EQ(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
}

TEST(AddressKey, OtherAddressesStandForThemselves) {
  EXPECT_EQ(address_key("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_key("local"), "local");
  EXPECT_NE(address_key("3130:2e30:2e30:2e31::"), address_key("10.0.0.1")) << "the same eight bytes";
}

}  // namespace
}  // namespace winrm
