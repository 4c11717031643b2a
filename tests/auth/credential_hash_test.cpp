#include "auth/credential_hash.hpp"

#include <gtest/gtest.h>

namespace winrm::auth {
namespace {

TEST(CredentialHash, TellsValuesApart) {
  CredentialHasher hasher;
  CredentialHash const one = hasher.hash("Basic YTpi");
  EXPECT_TRUE(CredentialHasher::equal(one, hasher.hash("Basic YTpi")));
  EXPECT_FALSE(CredentialHasher::equal(one, hasher.hash("Basic YTpj")));
  EXPECT_FALSE(CredentialHasher::equal(one, hasher.hash("")));
}

TEST(CredentialHash, IsWorthNothingToAnotherHasher) {
  CredentialHasher here;
  CredentialHasher there;
  EXPECT_FALSE(CredentialHasher::equal(here.hash("Basic YTpi"), there.hash("Basic YTpi")));
}

}  // namespace
}  // namespace winrm::auth
