#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

namespace winrm {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

TEST(Secret, MovesAndClones) {
  Secret first("short");
  Secret second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is left behind is what is tested
  EXPECT_EQ(second.reveal(), "short");
  Secret const copy = second.clone();
  first = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.reveal(), "short");
  EXPECT_EQ(copy.reveal(), "short");
}

TEST(Secret, ClearWipesTheBytesInPlace) {
  Secret secret(std::string(200, 'x'));
  char const* const bytes = secret.reveal().data();
  secret.clear();
  EXPECT_TRUE(secret.empty());
  ASSERT_EQ(secret.reveal().data(), bytes);
  EXPECT_EQ(std::count(bytes, bytes + secret.reveal().capacity(), 'x'), 0);
}

TEST(Secret, WipeOverwrites) {
  std::string text = "password";
  wipe(text.data(), text.size());
  EXPECT_EQ(text, std::string(8, '\0'));
  wipe(nullptr, 0);
}

TEST(Secret, ComparesContent) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

}  // namespace
}  // namespace winrm
