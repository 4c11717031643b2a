#include "system/accounts.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace winrm::system {
namespace {

TEST(Accounts, FindsRootByNameAndNumber) {
  auto const by_name = find_account("root");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->uid, 0U);
  EXPECT_EQ(by_name->home, "/root");
  auto const by_number = find_account(uid_t{0});
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->name, "root");
}

TEST(Accounts, UnknownNamesAndNumbersAreNothing) {
  EXPECT_FALSE(find_account("no-such-account"));
  EXPECT_FALSE(find_account(""));
  EXPECT_FALSE(find_account(std::string_view("root\0x", 6)));
  EXPECT_FALSE(find_account(uid_t{3'999'999'999U}));
}

TEST(Accounts, PrimaryGroupComesFirst) {
  auto const account = current_account();
  auto const groups = groups_of(account);
  ASSERT_FALSE(groups.empty());
  EXPECT_EQ(groups.front(), account.gid);
}

TEST(Accounts, CurrentAccountIsTheEffectiveOne) { EXPECT_EQ(current_account().uid, ::geteuid()); }

}  // namespace
}  // namespace winrm::system
