#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "auth/exchange_loop.hpp"
#include "auth/sealer.hpp"
#include "auth/users_file.hpp"
#include "support/realm.hpp"

namespace winrm::auth {
namespace {

using Mechanism = InitiatorOptions::Mechanism;

struct Kind {
  Mechanism mechanism;
  bool kerberos;
};

/// What holds for every sealer: in order it opens, and anything else is an error, never a crash.
class SealerContract : public ::testing::TestWithParam<Kind> {
 protected:
  static void SetUpTestSuite() {
    realm_ = std::make_unique<support::Realm>();
    realm_->add_user("alice", "Secret 1!");
    realm_->add_service("HTTP/localhost");
  }
  static void TearDownTestSuite() { realm_.reset(); }

  void SetUp() override {
    ASSERT_TRUE(users_.add("bob", Secret("Secret 1!"), "nobody"));
    log_on();
  }

  void log_on() {
    InitiatorOptions client_options;
    client_options.mechanism = GetParam().mechanism;
    client_options.user = GetParam().kerberos ? "alice@EXAMPLE.TEST" : "bob";
    client_options.password = Secret("Secret 1!");
    client_options.host = "localhost";
    AcceptorOptions service_options;
    service_options.keytab = realm_->keytab();
    service_options.users = &users_;
    auto client = make_gss_initiator(std::move(client_options));
    auto service = make_gss_acceptor(std::move(service_options));
    auto result = run_loop(*client, *service);
    ASSERT_TRUE(result.accepted) << result.reason;
    near_ = client->take_sealer();
    auto imported = import_sealer(std::move(result.client.exported_context));
    ASSERT_TRUE(imported) << imported.error().message;
    far_ = std::move(*imported);
  }

  [[nodiscard]] SealedMessage seal(std::string_view plain) {
    auto sealed = near_->seal(plain);
    EXPECT_TRUE(sealed);
    return sealed ? std::move(*sealed) : SealedMessage{};
  }
  [[nodiscard]] Result<std::string> unseal(SealedMessage const& message) {
    return far_->unseal(message.header + message.ciphertext, message.header.size());
  }

  static std::unique_ptr<support::Realm> realm_;
  support::TemporaryFolder folder_;
  UsersFile users_{folder_ / "users"};
  std::unique_ptr<Sealer> near_;
  std::unique_ptr<Sealer> far_;
};

std::unique_ptr<support::Realm> SealerContract::realm_;

/// Kerberos tokens carry lengths and a rotation; NTLM's signature has none.
class KerberosSealerContract : public SealerContract {};

TEST_P(SealerContract, A11_CiphertextShowsNothingOfThePlainText) {
  std::string const plain(1000, 'A');
  auto const message = seal(plain);
  EXPECT_EQ(message.ciphertext.find("AAAA"), std::string::npos);
  EXPECT_EQ(message.header.find("AAAA"), std::string::npos);
  EXPECT_EQ(*unseal(message), plain);
}

TEST_P(SealerContract, ReplayedMessageIsAnError) {
  auto const message = seal("first");
  ASSERT_TRUE(unseal(message));
  EXPECT_FALSE(unseal(message));
  EXPECT_FALSE(unseal(seal("second"))) << "nothing after an error can be trusted";
  EXPECT_FALSE(far_->seal("answer"));
}

TEST_P(SealerContract, ReorderedMessageIsAnError) {
  auto const first = seal("first");
  auto const second = seal("second");
  EXPECT_FALSE(unseal(second));
  (void)first;
}

TEST_P(SealerContract, OwnMessageSentBackIsAnError) {
  auto const message = seal("first");
  EXPECT_FALSE(near_->unseal(message.header + message.ciphertext, message.header.size()));
}

TEST_P(SealerContract, ChangedBytesAreErrors) {
  auto const size = [&] {
    auto const probe = seal("some plain text");
    return probe.header.size() + probe.ciphertext.size();
  }();
  for (std::size_t i = 0; i < size; i += i < 20 ? 1 : 5) {
    log_on();
    auto const message = seal("some plain text");
    std::string bytes = message.header + message.ciphertext;
    bytes[i] ^= 0x40;
    EXPECT_FALSE(far_->unseal(bytes, message.header.size())) << "byte " << i;
  }
}

TEST_P(SealerContract, TruncationsAreErrors) {
  auto const message = seal("some plain text");
  std::string const bytes = message.header + message.ciphertext;
  for (std::size_t size = 0; size < bytes.size(); size += size < 20 ? 1 : 5) {
    log_on();
    std::string const cut(bytes.data(), size);
    EXPECT_FALSE(far_->unseal(cut, message.header.size())) << size;
  }
}

TEST_P(SealerContract, WrongHeaderLengthIsAnErrorOrHarmless) {
  for (std::size_t header_bytes : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{17},
                                   std::size_t{1000}, static_cast<std::size_t>(-1)}) {
    log_on();
    auto const message = seal("some plain text");
    auto const opened = far_->unseal(message.header + message.ciphertext, header_bytes);
    // Kerberos tokens say their own layout, so that where the peer cut them does not matter.
    if (opened) {
      EXPECT_TRUE(GetParam().kerberos);
      EXPECT_EQ(*opened, "some plain text");
    }
  }
}

TEST_P(SealerContract, RandomMessagesAreErrors) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    if (round % 20 == 0) log_on();
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() > 8 && round % 2 == 0) bytes.replace(0, 4, "\x05\x04\x02\xff");
    EXPECT_FALSE(far_->unseal(bytes, 16));
  }
}

TEST_P(KerberosSealerContract, HostileLengthsInsideTheTokenAreErrors) {
  for (std::uint16_t extra : {0x0001, 0x0100, 0x7fff, 0xffff}) {
    for (std::uint16_t rotation : {0x0000, 0x001c, 0x7fff, 0xffff}) {
      log_on();
      auto const message = seal("some plain text");
      std::string bytes = message.header + message.ciphertext;
      bytes[4] = static_cast<char>(extra >> 8);
      bytes[5] = static_cast<char>(extra);
      bytes[6] = static_cast<char>(rotation >> 8);
      bytes[7] = static_cast<char>(rotation);
      EXPECT_FALSE(far_->unseal(bytes, message.header.size())) << extra << ' ' << rotation;
    }
  }
}

TEST_P(KerberosSealerContract, UnrotatedTokensOpenToo) {
  auto const message = seal("some plain text");
  std::string const bytes = message.header + message.ciphertext;
  // RFC 4121 4.2.5: undo the rotation by 28 bytes of what follows the 16-byte header.
  constexpr std::size_t rotation = 28;
  std::string body = bytes.substr(16);
  std::string token = bytes.substr(0, 16) + body.substr(rotation) + body.substr(0, rotation);
  token[6] = 0;
  token[7] = 0;
  auto const opened = far_->unseal(token, 32);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, "some plain text");
}

TEST_P(SealerContract, NothingToSealIsAnError) { EXPECT_FALSE(near_->seal("")); }

std::string name_of(::testing::TestParamInfo<Kind> const& tested) {
  std::string const outer = tested.param.mechanism == Mechanism::negotiate ? "Spnego" : "Raw";
  return outer + (tested.param.kerberos ? "Kerberos" : "Ntlm");
}

constexpr Kind raw_ntlm{Mechanism::ntlm, false};
constexpr Kind spnego_ntlm{Mechanism::negotiate, false};
constexpr Kind raw_kerberos{Mechanism::kerberos, true};
constexpr Kind spnego_kerberos{Mechanism::negotiate, true};

INSTANTIATE_TEST_SUITE_P(Mechanisms, SealerContract,
                         ::testing::Values(raw_ntlm, spnego_ntlm, raw_kerberos, spnego_kerberos), name_of);
INSTANTIATE_TEST_SUITE_P(Mechanisms, KerberosSealerContract, ::testing::Values(raw_kerberos, spnego_kerberos),
                         name_of);

TEST(ImportSealer, NonsenseIsAnError) {
  EXPECT_FALSE(import_sealer(Secret()));
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(1 + random() % 300, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_FALSE(import_sealer(Secret(std::move(bytes))));
  }
}

}  // namespace
}  // namespace winrm::auth
