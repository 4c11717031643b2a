#include "auth/access_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "auth/identity_sids.hpp"

namespace winrm::auth {
namespace {

using config::ResourceSecurity;

constexpr std::string_view wmi = "http://schemas.microsoft.com/wbem/wsman/1/wmi";
constexpr std::string_view service_class =
    "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service";

AccessRules rules(std::vector<ResourceSecurity> const& own,
                  std::string_view root = config::default_root_sddl) {
  auto made = AccessRules::make(root, own);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made ? *made : AccessRules();
}

ResourceSecurity entry(std::string_view uri, std::string_view sddl, bool exact = false) {
  return {std::string(uri), std::string(sddl), exact, {}};
}

TEST(AccessRules, Z1_RootRulesWhatHasNoDescriptorOfItsOwn) {
  auto const made = rules({}, "D:P(A;;GR;;;WD)");
  EXPECT_EQ(made.descriptor_of("http://schemas.microsoft.com/wbem/wsman/1/config").sddl(), "D:P(A;;GR;;;WD)");
  EXPECT_EQ(made.descriptor_of("").sddl(), "D:P(A;;GR;;;WD)");
  EXPECT_NE(made.descriptor_of(service_class).sddl(), "D:P(A;;GR;;;WD)")
      << "CIM classes have one of their own";
}

TEST(AccessRules, Z2_TheLongestResourceThatFitsDecides) {
  std::string const cimv2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2";
  auto const made = rules({entry(cimv2, "D:(A;;GR;;;AU)"), entry(service_class, "D:(A;;GX;;;AU)"),
                           entry(cimv2 + "/Win32_Process", "D:(A;;GW;;;AU)", true)});
  auto const sddl_of = [&](std::string const& uri) { return made.descriptor_of(uri).sddl(); };
  EXPECT_EQ(sddl_of(std::string(service_class)), "D:(A;;GX;;;AU)");
  EXPECT_EQ(sddl_of(std::string(service_class) + "?Name=x"), "D:(A;;GX;;;AU)");
  EXPECT_EQ(sddl_of(cimv2 + "/win32_service/StopService"), "D:(A;;GX;;;AU)") << "without case, and below it";
  EXPECT_EQ(sddl_of(std::string(service_class) + "2"), "D:(A;;GR;;;AU)") << "another class, not below it";
  EXPECT_EQ(sddl_of(cimv2), "D:(A;;GR;;;AU)");
  EXPECT_EQ(sddl_of(cimv2 + "/Win32_Process"), "D:(A;;GW;;;AU)");
  EXPECT_EQ(sddl_of(cimv2 + "/Win32_Process/Create"), "D:(A;;GR;;;AU)")
      << "ExactMatch is not for what is below";
}

TEST(AccessRules, Z2_OwnEntriesReplaceTheShippedOnesAndPolicyReplacesThem) {
  auto const made = rules({entry(wmi, "D:(A;;GR;;;AU)"), entry(std::string(wmi), "D:(A;;GX;;;AU)")});
  EXPECT_EQ(made.descriptor_of(service_class).sddl(), "D:(A;;GX;;;AU)");
}

TEST(AccessRules, AdmitsWhoMayDoAnythingAtAll) {
  SidSet const alice{Sid::of_user(1000), Sid::everyone()};
  EXPECT_FALSE(rules({}).admits(alice));
  EXPECT_TRUE(rules({entry("urn:x", "D:(A;;GX;;;S-1-22-1-1000)")}).admits(alice));
  EXPECT_TRUE(rules({}, "D:(A;;GR;;;WD)").admits(alice));
  EXPECT_FALSE(rules({}, "D:(D;;GA;;;S-1-22-1-1000)(A;;GR;;;WD)").admits(alice));
  EXPECT_FALSE(rules({}).admits({}));
}

TEST(AccessRules, WithoutAWordAdministratorsOnly) {
  AccessRules const none;
  EXPECT_TRUE(none.admits({Sid::administrators()}));
  EXPECT_FALSE(none.admits({Sid::everyone(), Sid::remote_management_users()}));
}

TEST(AccessRules, UnreadableDescriptorsMakeNoRules) {
  EXPECT_FALSE(AccessRules::make("nonsense", {}).has_value());
  EXPECT_FALSE(AccessRules::make("D:", {entry("urn:x", "nonsense")}).has_value());
}

TEST(IdentitySids, Z4_RootAndTheServicesOwnAccountAreAdministratorsListedUsersManageRemotely) {
  auto const has = [](SidSet const& sids, Sid const& sid) {
    return std::ranges::find(sids, sid) != sids.end();
  };
  system::Account nobody;
  nobody.name = "nobody";
  nobody.uid = 65534;
  nobody.gid = 65534;
  auto const plain = sids_of(nobody, {});
  EXPECT_TRUE(has(plain, Sid::of_user(65534)));
  EXPECT_TRUE(has(plain, Sid::of_group(65534)));
  EXPECT_TRUE(has(plain, Sid::everyone()));
  EXPECT_TRUE(has(plain, Sid::network()));
  EXPECT_FALSE(has(plain, Sid::interactive()));
  EXPECT_FALSE(has(plain, Sid::administrators()));
  EXPECT_FALSE(has(plain, Sid::remote_management_users()));
  EXPECT_TRUE(has(sids_of(nobody, {.local = true}), Sid::interactive()));
  EXPECT_TRUE(has(sids_of(nobody, {.owns_service = true}), Sid::administrators()));
  EXPECT_TRUE(has(sids_of(nobody, {.listed_user = true}), Sid::remote_management_users()));
  system::Account root;
  root.name = "root";
  EXPECT_TRUE(has(sids_of(root, {}), Sid::administrators()));
}

}  // namespace
}  // namespace winrm::auth
