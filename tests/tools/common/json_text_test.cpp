#include "tools/common/json_text.hpp"

#include <gtest/gtest.h>

namespace winrm::tools {
namespace {

TEST(JsonText, QuotesAndControlCharactersAreEscaped) {
  std::string out = "x=";
  append_json_text(out, std::string("a\"b\\c\n\t\r\x01\x7F\0ü", 13));
  EXPECT_EQ(out, "x=\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u007f\\u0000ü\"");
}

}  // namespace
}  // namespace winrm::tools
