#include "auth/token_inspection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "auth/hostile_tokens.hpp"

namespace winrm::auth {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

TEST(TokenInspection, ReadsWhoLogsOn) {
  auto const facts = inspect_ntlm(ntlm_authenticate({}));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->type, NtlmFacts::Type::authenticate);
  EXPECT_EQ(facts->user, "alice");
  EXPECT_EQ(facts->domain, "CORP");
  EXPECT_TRUE(facts->has_session_key);
}

TEST(TokenInspection, TellsFramingAndOffers) {
  auto const raw = inspect_token(ntlm_negotiate());
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->framing, TokenFacts::Framing::raw);
  EXPECT_EQ(raw->mechanism, TokenFacts::Mechanism::ntlm);

  auto const init = inspect_token(spnego_init({kerberos_oid, ntlm_oid}, "ticket"));
  ASSERT_TRUE(init) << init.error().message;
  EXPECT_EQ(init->framing, TokenFacts::Framing::spnego_init);
  EXPECT_EQ(init->mechanism, TokenFacts::Mechanism::kerberos);
  EXPECT_TRUE(init->offers_ntlm);
  EXPECT_FALSE(init->ntlm);

  auto const inside = inspect_token(spnego_init({ntlm_oid}, ntlm_negotiate()));
  ASSERT_TRUE(inside);
  EXPECT_TRUE(inside->ntlm);

  auto const response = inspect_token(spnego_response(ntlm_authenticate({})));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->framing, TokenFacts::Framing::spnego_response);
  EXPECT_EQ(response->ntlm->user, "alice");
}

struct HostileNtlm {
  std::string what;
  std::string message;
};

class HostileNtlmMessages : public ::testing::TestWithParam<HostileNtlm> {};

TEST_P(HostileNtlmMessages, AreRefused) {
  EXPECT_FALSE(inspect_ntlm(GetParam().message));
  EXPECT_FALSE(inspect_token(GetParam().message));
  EXPECT_FALSE(inspect_token(spnego_response(GetParam().message)));
}

std::vector<HostileNtlm> hostile_messages() {
  auto with = [](auto change) {
    AuthenticateFields fields;
    change(fields);
    return ntlm_authenticate(fields);
  };
  return {
      {"offset past the end", with([](auto& f) { f.user_offset = 0x10000; })},
      {"offset at the largest number", with([](auto& f) { f.user_offset = 0xffffffff; })},
      {"offset inside the fixed part", with([](auto& f) { f.user_offset = 8; })},
      {"overlapping fields", with([](auto& f) { f.user_offset = 64; })},
      {"odd UTF-16 length", with([](auto& f) { f.user = "ali"; })},
      {"lone surrogate", with([](auto& f) { f.user = "\x00\xd8"s; })},
      {"NUL in the name", with([](auto& f) { f.user = "a\0\0\0b\0"s; })},
      {"no user", with([](auto& f) { f.user.clear(); })},
      {"NTLMv1 response", with([](auto& f) { f.nt.resize(24); })},
      {"half an NTLMv2 response", with([](auto& f) { f.nt.resize(40); })},
      {"target information without an end", with([](auto& f) { f.nt.resize(44); })},
      {"target information pair too long", with([](auto& f) { f.nt.replace(44, 4, "\x02\x00\xff\xff"s); })},
      {"64 K of target information without an end", with([](auto& f) {
         f.nt.resize(44);
         f.nt.append(60'000, '\x07');
       })},
      {"short session key", with([](auto& f) { f.session_key.resize(8); })},
      {"LM response of another length", with([](auto& f) { f.lm.resize(23); })},
      {"not Unicode", with([](auto& f) { f.flags &= ~ntlm_unicode; })},
      {"challenge cut off", ntlm_challenge().substr(0, 47)},
      {"challenge without an end of its pairs", ntlm_challenge("\x02\x00\x02\x00x\x00"s)},
      {"challenge with a pair too long", ntlm_challenge("\x02\x00\xff\xffx\x00"s)},
      {"unknown type", ntlm_negotiate().replace(8, 1, "\x04")},
      {"negotiate cut off", ntlm_negotiate().substr(0, 20)},
      {"authenticate cut off", ntlm_authenticate({}).substr(0, 63)},
      {"signature only", "NTLMSSP\0"s},
  };
}

INSTANTIATE_TEST_SUITE_P(C3_22, HostileNtlmMessages, ::testing::ValuesIn(hostile_messages()));

struct HostileSpnego {
  std::string what;
  std::string token;
};

class HostileSpnegoTokens : public ::testing::TestWithParam<HostileSpnego> {};

TEST_P(HostileSpnegoTokens, AreRefused) { EXPECT_FALSE(inspect_token(GetParam().token)) << GetParam().what; }

std::vector<HostileSpnego> hostile_spnego() {
  auto const good = spnego_init({ntlm_oid}, ntlm_negotiate());
  return {
      {"empty", ""},
      {"one byte", "\x60"},
      {"length past the end", good.substr(0, good.size() - 1)},
      {"indefinite length", "\x60\x80\x06\x06\x2b\x06\x01\x05\x05\x02"s},
      {"length of five bytes", "\x60\x85\x00\x00\x00\x00\x10"s + std::string(16, 'x')},
      {"length of four bytes, all set", "\x60\x84\xff\xff\xff\xff"s + std::string(16, 'x')},
      {"a thousand mechanisms", spnego_init(std::vector<std::string>(1000, ntlm_oid), "x")},
      {"something else in the list",
       der(0x60,
           "\x06\x06\x2b\x06\x01\x05\x05\x02"s + der(0xa0, der(0x30, der(0xa0, der(0x30, der(0x04, "x"))))))},
      {"unknown mechanism", der(0x60, der(0x06, "\x2a\x03"s) + "x")},
      {"IAKERB", der(0x60, der(0x06, "\x2b\x06\x01\x05\x02\x05"s) + "x")},
      {"nested responses", der(0xa1, der(0xa1, der(0xa1, "x")))},
      {"response without a sequence", der(0xa1, "x")},
      {"text", "Basic YWxpY2U6eA=="},
  };
}

INSTANTIATE_TEST_SUITE_P(C3_23, HostileSpnegoTokens, ::testing::ValuesIn(hostile_spnego()));

TEST(TokenInspection, EveryTruncationIsRefusedOrHarmless) {
  for (auto const& token : {ntlm_authenticate({}), spnego_response(ntlm_authenticate({})),
                            spnego_init({kerberos_oid, ntlm_oid}, ntlm_negotiate())}) {
    for (std::size_t size = 0; size < token.size(); ++size) {
      // A heap copy of that very size, so that the sanitizer sees a read past it.
      std::string const cut(token.data(), size);
      EXPECT_FALSE(inspect_token(cut)) << size;
    }
  }
}

TEST(TokenInspection, RandomChangesNeverReadOutside) {
  std::mt19937 random(20);
  auto const original = spnego_response(ntlm_authenticate({}));
  for (int round = 0; round < 50'000; ++round) {
    std::string changed = original;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    (void)inspect_token(changed);
  }
}

}  // namespace
}  // namespace winrm::auth
