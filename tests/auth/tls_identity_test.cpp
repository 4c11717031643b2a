#include "auth/tls_identity.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
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

/// No file can become larger while it lives.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : action_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, action_);
  }
  SmallFiles(SmallFiles const&) = delete;
  SmallFiles& operator=(SmallFiles const&) = delete;

 private:
  rlimit before_{};
  void (*action_)(int);
};

TEST(TlsIdentity, AFullDiskLeavesNoHalfOfIt) {
  support::TemporaryFolder const folder;
  for (rlim_t const room : {100, 400}) {  // neither the key, nor the certificate fits
    SmallFiles const full(room);
    EXPECT_FALSE(load_or_make_tls_identity(folder.path() / "tls"));
    EXPECT_TRUE(fs::is_empty(folder.path() / "tls"));
  }
  EXPECT_TRUE(load_or_make_tls_identity(folder.path() / "tls"));
}

TEST(TlsIdentity, AnEmptyFileIsNoCertificate) {
  support::TemporaryFolder const folder;
  std::ofstream(folder.path() / "x.crt").flush();
  auto const identity = load_tls_identity(folder.path() / "x.crt", {});
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message.find("holds no PEM certificate"), std::string::npos)
      << identity.error().message;
}

TEST(TlsIdentity, AFileThatIsNoCertificateIsNamed) {
  support::TemporaryFolder const folder;
  std::ofstream(folder.path() / "x.crt") << "not a certificate";
  std::ofstream(folder.path() / "x.key") << "not a key";
  auto const identity = load_tls_identity(folder.path() / "x.crt", folder.path() / "x.key");
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message.find("x.crt"), std::string::npos);
}

TEST(TlsIdentity, AKeyOfAnotherCertificateIsNamed) {
  support::TemporaryFolder const folder;
  ASSERT_TRUE(load_or_make_tls_identity(folder.path() / "a"));
  ASSERT_TRUE(load_or_make_tls_identity(folder.path() / "b"));
  auto const identity =
      load_tls_identity(folder.path() / "a" / "server.crt", folder.path() / "b" / "server.key");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().message, "the key in " + (folder.path() / "b/server.key").string() +
                                          " does not belong to the certificate in " +
                                          (folder.path() / "a/server.crt").string());
}

}  // namespace
}  // namespace winrm::auth
