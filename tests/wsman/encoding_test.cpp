#include "wsman/encoding.hpp"

#include <gtest/gtest.h>

namespace winrm::wsman {
namespace {

using namespace std::string_view_literals;

TEST(Encoding, P16_CharsetOfAContentType) {
  for (auto text :
       {"application/soap+xml;charset=UTF-8", "application/soap+xml; charset=\"utf-8\"", "text/xml", "",
        "application/soap+xml;action=x;charset=utf-8", "application/HTTP-SPNEGO-session-encrypted"}) {
    EXPECT_EQ(encoding_of_content_type(text).value(), Encoding::utf8) << text;
  }
  for (auto text : {"application/soap+xml;charset=UTF-16", "application/soap+xml ; CHARSET = 'utf-16'",
                    "type=application/soap+xml;charset=UTF-16;Length=1234", "text/xml;charset=utf-16le",
                    "text/xml;charset=UTF-16BE"}) {
    EXPECT_EQ(encoding_of_content_type(text).value(), Encoding::utf16) << text;
  }
}

TEST(Encoding, P16_OtherCharsetsAreRefused) {
  for (auto text :
       {"application/soap+xml;charset=ISO-8859-1", "text/xml;charset=utf-7", "a;charset=utf-32"}) {
    EXPECT_FALSE(encoding_of_content_type(text)) << text;
  }
}

TEST(Encoding, P16_Names) {
  EXPECT_EQ(charset_name(Encoding::utf8), "UTF-8");
  EXPECT_EQ(charset_name(Encoding::utf16), "UTF-16");
}

TEST(Encoding, P16_DecodesBothAndBelievesTheMark) {
  EXPECT_EQ(decode_message("<a>ä</a>", Encoding::utf8).value(), "<a>ä</a>");
  EXPECT_EQ(decode_message("\xEF\xBB\xBF<a/>", Encoding::utf8).value(), "<a/>");
  EXPECT_EQ(decode_message("\xEF\xBB\xBF<a/>", Encoding::utf16).value(), "<a/>");
  EXPECT_EQ(decode_message("\xFF\xFE<\0a\0/\0>\0"sv, Encoding::utf8).value(), "<a/>");
  EXPECT_EQ(decode_message("\xFE\xFF\0<\0a\0/\0>"sv, Encoding::utf16).value(), "<a/>");
  EXPECT_EQ(decode_message("<\0a\0/\0>\0"sv, Encoding::utf16).value(), "<a/>");
  EXPECT_EQ(decode_message("\0<\0a\0/\0>"sv, Encoding::utf16).value(), "<a/>");
}

TEST(Encoding, P16_TheMarkSaysWhatTheAnswerIsIn) {
  EXPECT_EQ(encoding_of_message("<a/>", Encoding::utf8), Encoding::utf8);
  EXPECT_EQ(encoding_of_message("<\0"sv, Encoding::utf16), Encoding::utf16);
  EXPECT_EQ(encoding_of_message("\xFF\xFE<\0"sv, Encoding::utf8), Encoding::utf16);
  EXPECT_EQ(encoding_of_message("\xFE\xFF\0<"sv, Encoding::utf8), Encoding::utf16);
  EXPECT_EQ(encoding_of_message("\xEF\xBB\xBF<a/>", Encoding::utf16), Encoding::utf8);
}

// demand-and-reliability C3 12.
TEST(Encoding, P16_BadBytesAreRefused) {
  EXPECT_FALSE(decode_message("<a>\xff</a>", Encoding::utf8));
  EXPECT_FALSE(decode_message("\xFF\xFE<"sv, Encoding::utf8));
  EXPECT_FALSE(decode_message("\xFF\xFE\x00\xD8"sv, Encoding::utf16));
}

TEST(Encoding, P16_EncodesInTheRequestsEncoding) {
  EXPECT_EQ(encode_message("ä", Encoding::utf8), "ä");
  EXPECT_EQ(encode_message("ä", Encoding::utf16), "\xFF\xFE\xE4\0"sv);
}

}  // namespace
}  // namespace winrm::wsman
