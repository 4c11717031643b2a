#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace winrm {
namespace {

TEST(Uuid, RandomOnesHaveWindowsForm) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string const uuid = make_uuid();
    EXPECT_TRUE(is_uuid(uuid)) << uuid;
    EXPECT_EQ(uuid.find_first_of("abcdef"), std::string::npos) << uuid;
    EXPECT_EQ(uuid[14], '4') << uuid;
    EXPECT_NE(std::string("89AB").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second) << uuid;
  }
}

TEST(Uuid, ReadsEitherCaseAndNothingElse) {
  EXPECT_TRUE(is_uuid("11111111-2222-3333-4444-abcdefABCDEF"));
  for (char const* text : {"", "11111111-2222-3333-4444-abcdefABCDE", "{11111111-2222-3333-4444-abcdefABCD}",
                           "11111111-2222-3333-4444-abcdefABCDEG", "11111111x2222-3333-4444-abcdefABCDEF",
                           "11111111-2222-3333-4444-abcdefABCDEF0"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

}  // namespace
}  // namespace winrm
