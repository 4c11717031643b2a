#include "service/front/authorization_header.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/limits.hpp"

namespace winrm::service::front {
namespace {

TEST(AuthorizationHeader, IsSplitIntoSchemeAndRest) {
  auto const header = split_authorization("  Negotiate \t TlRMTVNTUA==  ");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->scheme, "Negotiate");
  EXPECT_EQ(header->rest, "TlRMTVNTUA==");
}

TEST(AuthorizationHeader, EmptyOrWithoutAnythingBehindTheSchemeIsRefused) {
  for (std::string_view const value : {"", " ", "\t", "Basic", "Basic ", "Negotiate\t"})
    EXPECT_FALSE(split_authorization(value)) << '"' << value << '"';
}

TEST(Basic, PasswordMayHoldColons) {
  auto const credential = decode_basic(base64::encode("alice:a:b:"));
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->user, "alice");
  EXPECT_EQ(credential->password.reveal(), "a:b:");
}

TEST(Basic, Utf8StaysAndLatin1BecomesUtf8) {
  EXPECT_EQ(decode_basic(base64::encode("j\xC3\xBCrgen:\xC3\xA9"))->user, "j\xC3\xBCrgen");
  auto const latin1 = decode_basic(base64::encode("j\xFCrgen:\xE9"));
  ASSERT_TRUE(latin1);
  EXPECT_EQ(latin1->user, "j\xC3\xBCrgen");
  EXPECT_EQ(latin1->password.reveal(), "\xC3\xA9");
}

TEST(Basic, WhatIsNoCredentialIsRefused) {
  EXPECT_FALSE(decode_basic("%%%"));
  EXPECT_FALSE(decode_basic(base64::encode("no colon")));
  EXPECT_FALSE(decode_basic(base64::encode(std::string("a:b\0c", 5))));
  EXPECT_FALSE(decode_basic(std::string(limits::authentication_token_bytes + 1, 'A')));
}

}  // namespace
}  // namespace winrm::service::front
