#include "auth/credential_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <new>
#include <stdexcept>

#include "base/log.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

namespace {

constexpr std::size_t key_bytes = 64;  // one block of SHA-256
constexpr std::size_t page_bytes = 4096;

}  // namespace

struct CredentialHasher::State {
  std::uint8_t* key = nullptr;  // a page of its own
  EVP_MD* sha256 = nullptr;
  EVP_MD_CTX* context = nullptr;

  State() {
    void* const page =
        ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::bad_alloc();
    key = static_cast<std::uint8_t*>(page);
    ::madvise(page, page_bytes, MADV_DONTDUMP);
    if (::mlock(page, page_bytes) != 0)
      log::warning("the key of remembered credentials could be swapped out: raise the memory lock limit");
    sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    context = EVP_MD_CTX_new();
    if (!sha256 || !context || RAND_bytes(key, key_bytes) != 1)
      throw std::runtime_error("OpenSSL has no SHA-256 or no random numbers");
  }
  ~State() {
    wipe(key, key_bytes);
    ::munmap(key, page_bytes);
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha256);
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;
};

CredentialHasher::CredentialHasher() : state_(std::make_unique<State>()) {}
CredentialHasher::~CredentialHasher() = default;

// The key goes first and the result is never shown to anyone, so that a plain keyed hash is as good as HMAC.
CredentialHash CredentialHasher::hash(std::string_view header_value) {
  CredentialHash out{};
  unsigned int size = 0;
  if (EVP_DigestInit_ex2(state_->context, state_->sha256, nullptr) != 1 ||
      EVP_DigestUpdate(state_->context, state_->key, key_bytes) != 1 ||
      EVP_DigestUpdate(state_->context, header_value.data(), header_value.size()) != 1 ||
      EVP_DigestFinal_ex(state_->context, out.data(), &size) != 1)
    throw std::runtime_error("SHA-256 failed");
  return out;
}

bool CredentialHasher::equal(CredentialHash const& a, CredentialHash const& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace winrm::auth
