#include "base/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

namespace winrm::base64 {
namespace {

TEST(Base64, EncodesTheExamplesOfRfc4648) {
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foob"), "Zm9vYg==");
  EXPECT_EQ(encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, AgreesWithAnIndependentEncoderForEveryLength) {
  std::mt19937 random(7);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    std::string expected(encoded_size(length) + 1, '\0');
    int const written =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(expected.data()),
                        reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(length));
    expected.resize(static_cast<std::size_t>(written));
    EXPECT_EQ(encode(bytes), expected) << length;
    auto const back = decode(expected);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, bytes) << length;
  }
}

TEST(Base64, AppendKeepsWhatIsThere) {
  std::string out = "<rsp:Stream>";
  append(out, "foo");
  EXPECT_EQ(out, "<rsp:Stream>Zm9v");
}

TEST(Base64, DecodeSkipsWhiteSpaceBetweenCharacters) {
  for (std::string_view text : {"Zm9vYmFy", "Zm9v\nYmFy\n", " Z m 9 v\r\nY\tmFy ", "Zm\n9vYmFy"}) {
    auto const bytes = decode(text);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(*bytes, "foobar") << text;
  }
  EXPECT_EQ(decode("Zg =\n=").value(), "f");
  EXPECT_EQ(decode(" \n").value(), "");
}

TEST(Base64, DecodeRefusesWhatIsNotBase64) {
  for (std::string_view text : {"Z", "Zg", "Zg=", "Zm9", "=", "====", "Z===", "Zg==Zg==", "Zg=a",
                                "Zm9v=", "Zm9-", "Zm9_", "Zm9v!", "Zg===", "Zm\xc3\xa4v"}) {
    EXPECT_FALSE(decode(text)) << text;
  }
  EXPECT_FALSE(decode(std::string_view("Zm9\0", 4)));
}

TEST(Base64, RefusalNamesThePlace) {
  EXPECT_THAT(decode("Zm9vZm!v").error().message, testing::HasSubstr("character 7"));
}

}  // namespace
}  // namespace winrm::base64
