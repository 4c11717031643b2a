#include "auth/tls_identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

namespace fs = std::filesystem;

TEST(TlsIdentity, IsMadeOnceAndNeverReplaced) {
  support::TemporaryFolder const folder;
  auto const first = load_or_make_tls_identity(folder.path() / "tls");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_NE(first->certificate_pem.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_FALSE(first->certificate_der.empty());
  auto const second = load_or_make_tls_identity(folder.path() / "tls");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->certificate_pem, first->certificate_pem);
  EXPECT_EQ(second->key_pem.reveal(), first->key_pem.reveal());
}

TEST(TlsIdentity, KeyIsForItsOwnerOnly) {
  support::TemporaryFolder const folder;
  ASSERT_TRUE(load_or_make_tls_identity(folder.path() / "tls"));
  struct stat about {};
  ASSERT_EQ(::stat((folder.path() / "tls/server.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST(TlsIdentity, ALostKeyIsAnErrorNotANewIdentity) {
  support::TemporaryFolder const folder;
  ASSERT_TRUE(load_or_make_tls_identity(folder.path() / "tls"));
  fs::remove(folder.path() / "tls/server.key");
  auto const again = load_or_make_tls_identity(folder.path() / "tls");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("server.key"), std::string::npos);
}

TEST(TlsIdentity, AFileThatIsNoCertificateIsNamed) {
  support::TemporaryFolder const folder;
  std::ofstream(folder.path() / "x.crt") << "not a certificate";
  std::ofstream(folder.path() / "x.key") << "not a key";
  auto const identity = load_tls_identity(folder.path() / "x.crt", folder.path() / "x.key");
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message.find("x.crt"), std::string::npos);
}

}  // namespace
}  // namespace winrm::auth
