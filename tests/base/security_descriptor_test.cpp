#include "base/security_descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace winrm::security {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view root_default =
    "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)";
constexpr AccessMask every_right = generic_read | generic_write | generic_execute;

Descriptor parsed(std::string_view sddl) {
  auto descriptor = Descriptor::parse(sddl);
  EXPECT_TRUE(descriptor.has_value()) << sddl << ": " << (descriptor ? "" : descriptor.error().message);
  return descriptor ? *descriptor : *Descriptor::parse("D:");
}

SidSet user(uid_t uid, std::initializer_list<Sid> more = {}) {
  SidSet who{Sid::of_user(uid), Sid::everyone(), Sid::authenticated_users()};
  who.insert(who.end(), more);
  return who;
}

TEST(Sid, NamesAndNumbersAreOne) {
  EXPECT_EQ(*Sid::parse("BA"), *Sid::parse("s-1-5-32-544"));
  EXPECT_EQ(Sid::parse("S-1-22-1-1000")->text(), "S-1-22-1-1000");
  EXPECT_EQ(Sid::of_group(27).text(), "S-1-22-2-27");
  EXPECT_EQ(Sid::parse("S-1-0x5-0x20-544")->sddl(), "BA");
  EXPECT_EQ(Sid::parse("S-1-1099511627776-1")->text(), "S-1-0x010000000000-1");
}

TEST(Sid, WhatIsNoIdentifierIsRefused) {
  for (auto const* text :
       {"", "B", "BAA", "QQ", "S-1-", "S-1-5", "S-1-5-", "S-1-5-x", "S-2-5-4", "S-1-5-4294967296",
        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "S-1-5--4", "S-1-5-+4", " BA"})
    EXPECT_FALSE(Sid::parse(text).has_value()) << text;
}

TEST(Sid, DomainNamesAreNobody) {
  auto const descriptor = parsed("D:(A;;GA;;;DA)");
  EXPECT_FALSE(descriptor.allows(user(0, {Sid::administrators()}), generic_read));
  EXPECT_EQ(descriptor.sddl(), "D:(A;;GA;;;DA)");
}

TEST(SecurityDescriptor, C12_IsWrittenAsItWasRead) {
  for (auto const* sddl :
       {root_default.data(), "O:BA", "D:", "D:P", "G:SYD:PAI(D;OICI;GXGW;;;AN)(A;;0x3;;;S-1-22-1-1000)S:",
        "D:(OA;CI;RPWP;00000000-1111-2222-3333-444444444444;;AU)",
        "O:NSG:BAD:P(A;;GA;;;BA)(A;;GA;;;IU)(A;;GA;;;RM)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)"}) {
    auto const once = parsed(sddl).sddl();
    EXPECT_EQ(parsed(once).sddl(), once) << sddl;
  }
  EXPECT_EQ(parsed(root_default).sddl(), root_default);
  EXPECT_EQ(parsed("o:s-1-5-20d:p(a;;gagr;;;s-1-5-32-544)").sddl(), "O:NSD:P(A;;GAGR;;;BA)");
  EXPECT_EQ(parsed("D:(A;;536870912;;;WD)").sddl(), "D:(A;;GX;;;WD)");
}

TEST(SecurityDescriptor, C12_WhatIsWrongIsSaid) {
  struct Case {
    char const* sddl;
    char const* words;
  };
  for (auto const& [sddl, words] : {
           Case{"", "security descriptor is"},
           {"hello", "hello"},
           {"O:", "no account"},
           {"O:BAO:BA", "from \"O:BA\" on"},
           {"S:D:", "from \"D:\" on"},
           {"D:X(A;;GA;;;BA)", "flags P, AR and AI"},
           {"D:NO_ACCESS_CONTROL", "flags P, AR and AI"},
           {"D:(A;;GA;;;BA", "parentheses"},
           {"D:A;;GA;;;BA", "flags P, AR and AI"},
           {"D:(A;;GA;;;BA)x", "parentheses"},
           {"D:(A;;GA;;;)", "no account"},
           {"D:(A;;GA;;BA)", "six fields"},
           {"D:(A;;GA;;;BA;)", "six fields"},
           {"D:(B;;GA;;;BA)", "type"},
           {"D:(XA;;GX;;;WD;(Member_of{SID(BA)}))", "six fields"},
           {"D:(A;XX;GA;;;BA)", "flags"},
           {"D:(A;;GQ;;;BA)", "rights"},
           {"D:(A;;GAG;;;BA)", "rights"},
           {"D:(A;;0x1ffffffff;;;BA)", "rights"},
           {"D:(A;;GA;1-2;;BA)", "GUID"},
           {"D:(A;;GA;;;BA) ", "parentheses"},
       }) {
    auto const descriptor = Descriptor::parse(sddl);
    ASSERT_FALSE(descriptor.has_value()) << sddl;
    EXPECT_THAT(descriptor.error().message, HasSubstr(words)) << sddl;
  }
  EXPECT_FALSE(Descriptor::parse("D:" + std::string(limits::sddl_bytes, 'P')).has_value());
}

TEST(SecurityDescriptor, Z1_TheDefaultLetsAdministratorsDoAllAndLocalUsersRead) {
  auto const root = parsed(root_default);
  EXPECT_TRUE(root.allows(user(0, {Sid::administrators()}), every_right));
  EXPECT_TRUE(root.allows(user(1000, {Sid::interactive()}), generic_read));
  EXPECT_FALSE(root.allows(user(1000, {Sid::interactive()}), generic_read | generic_execute));
  EXPECT_FALSE(root.allows(user(1000), generic_read));
  EXPECT_FALSE(root.allows({}, generic_read)) << "nobody is nobody";
}

TEST(SecurityDescriptor, Z3_RightsAreApart) {
  auto const descriptor =
      parsed("D:(A;;GR;;;S-1-22-1-1)(A;;GW;;;S-1-22-1-2)(A;;GX;;;S-1-22-1-3)(A;;GA;;;S-1-22-1-4)");
  std::array<AccessMask, 3> const each{generic_read, generic_write, generic_execute};
  for (std::size_t right = 0; right < each.size(); ++right)
    for (uid_t uid = 1; uid <= 4; ++uid)
      EXPECT_EQ(descriptor.allows(user(uid), each[right]), uid == 4 || uid == right + 1)
          << right << ' ' << uid;
  EXPECT_FALSE(descriptor.allows(user(4), 0)) << "nothing asked is nothing allowed";
}

TEST(SecurityDescriptor, TheFirstEntryThatSpeaksDecides) {
  auto const admin = user(0, {Sid::administrators(), Sid::of_group(27)});
  EXPECT_FALSE(parsed("D:(D;;GA;;;S-1-22-2-27)(A;;GA;;;BA)").allows(admin, generic_read));
  EXPECT_TRUE(parsed("D:(A;;GA;;;BA)(D;;GA;;;S-1-22-2-27)").allows(admin, generic_read));
  EXPECT_FALSE(parsed("D:(D;;GX;;;WD)(A;;GA;;;BA)").allows(admin, generic_execute));
  EXPECT_TRUE(parsed("D:(D;;GX;;;WD)(A;;GA;;;BA)").allows(admin, generic_read));
  EXPECT_TRUE(parsed("D:(A;;GR;;;WD)(A;;GX;;;BA)").allows(admin, generic_read | generic_execute));
  EXPECT_FALSE(
      parsed("D:(OD;;GA;00000000-1111-2222-3333-444444444444;;WD)(A;;GA;;;BA)").allows(admin, generic_read));
}

TEST(SecurityDescriptor, WhatNobodyAllowsIsDenied) {
  auto const admin = user(0, {Sid::administrators()});
  for (auto const* sddl : {"O:BA", "D:", "D:P", "S:(AU;SA;GA;;;WD)", "D:(A;IO;GA;;;BA)", "D:(A;;0x1;;;BA)",
                           "D:(OA;;GA;00000000-1111-2222-3333-444444444444;;BA)", "D:(AU;SA;GA;;;BA)"})
    EXPECT_FALSE(parsed(sddl).allows(admin, generic_read)) << sddl;
  EXPECT_FALSE(is_usable_descriptor("O:BA"));
  EXPECT_TRUE(is_usable_descriptor("D:"));
}

TEST(SecurityDescriptor, Z7_AuditEntriesSayWhatIsRecorded) {
  auto const root = parsed(root_default);
  auto const someone = user(1000);
  EXPECT_TRUE(root.audits(someone, generic_read, Attempt::failure));
  EXPECT_FALSE(root.audits(someone, generic_read, Attempt::success));
  EXPECT_TRUE(root.audits(someone, generic_execute, Attempt::success));
  EXPECT_FALSE(parsed("D:").audits(someone, generic_execute, Attempt::success));
}

}  // namespace
}  // namespace winrm::security
