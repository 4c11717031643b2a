#include "system/identity.hpp"

#include <gtest/gtest.h>

#include "support/recorded_host.hpp"

namespace winrm::system {
namespace {

TEST(Identity, ReadsTheDistribution) {
  test::RecordedHost const host("debian12-server");
  auto const found = distribution(host);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(found->version, "12");
  EXPECT_EQ(found->vendor, "");
}

TEST(Identity, ReadsLocaleNamesAndHardware) {
  test::RecordedHost const host("debian12-server");
  EXPECT_EQ(default_locale(host)->language, "de-DE");
  EXPECT_EQ(default_locale(host)->code_set, "UTF-8");
  EXPECT_EQ(pretty_host_name(host), "Accounts database");
  EXPECT_EQ(short_name(host.kernel()), "db1");
  EXPECT_EQ(dmi(host, "sys_vendor"), "QEMU");
  EXPECT_EQ(dmi(host, "product_family"), std::nullopt);
  EXPECT_EQ(dmi(host, "chassis_serial"), std::nullopt);
}

}  // namespace
}  // namespace winrm::system
