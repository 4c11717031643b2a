#include "client/authentication.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/failure.hpp"
#include "client/target.hpp"

namespace winrm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Mechanism = auth::InitiatorOptions::Mechanism;
using Method = AuthenticationPlan::Method;

SessionOptions options_for(std::string_view target, std::string_view user = {}) {
  SessionOptions options;
  options.endpoint = parse_target(target, false, options.policy);
  if (!user.empty()) options.credentials = Credentials{std::string(user), Secret("secret")};
  options.policy_source = "/home/alice/client.toml";
  return options;
}

std::uint32_t refused_code(SessionOptions const& options) {
  try {
    static_cast<void>(plan_authentication(options));
  } catch (Failure const& failure) {
    EXPECT_TRUE(failure.kind() == Failure::Kind::policy || failure.kind() == Failure::Kind::usage);
    return failure.code();
  }
  return 0;
}

TEST(AuthenticationPlan, A7_DefaultSchemes) {
  struct Case {
    std::string_view target, user, scheme;
    Mechanism mechanism;
  };
  for (auto const& c : {Case{"localhost", "", "Negotiate", Mechanism::kerberos},
                        Case{"127.0.0.1", "alice", "Negotiate", Mechanism::negotiate},
                        Case{"[::1]", "alice", "Negotiate", Mechanism::negotiate},
                        Case{"https://web1", "alice", "Negotiate", Mechanism::negotiate},
                        Case{"web1", "", "Kerberos", Mechanism::kerberos}}) {
    auto const plan = plan_authentication(options_for(c.target, c.user));
    EXPECT_EQ(plan.scheme, c.scheme) << c.target;
    EXPECT_EQ(plan.mechanism, c.mechanism) << c.target;
  }
}

TEST(AuthenticationPlan, A8_NtlmOverHttpIsForTrustedHosts) {
  auto options = options_for("web1", "alice");
  auto const untrusted = plan_authentication(options);
  EXPECT_EQ(untrusted.mechanism, Mechanism::kerberos);
  EXPECT_TRUE(untrusted.ntlm_refused);

  options.policy.trusted_hosts = "db1,web*";
  auto const trusted = plan_authentication(options);
  EXPECT_EQ(trusted.mechanism, Mechanism::negotiate);
  EXPECT_FALSE(trusted.ntlm_refused);

  EXPECT_EQ(refused_code(options_for("198.51.100.7", "alice")), code::server_not_trusted);

  options.policy.trusted_hosts = "[bad";
  EXPECT_EQ(refused_code(options), code::invalid_hostname_pattern);
}

TEST(AuthenticationPlan, A11_HttpIsSealedAndHttpsIsNot) {
  EXPECT_TRUE(plan_authentication(options_for("localhost", "alice")).seal);
  EXPECT_FALSE(plan_authentication(options_for("https://web1", "alice")).seal);
  EXPECT_TRUE(plan_authentication(options_for("web1")).seal);
}

TEST(AuthenticationPlan, A4_BasicNeedsCredentials) {
  auto options = options_for("https://web1");
  options.authentication = Authentication::basic;
  EXPECT_EQ(refused_code(options), code::username_password_needed);
  options.credentials = Credentials{"alice", Secret("x")};
  EXPECT_EQ(plan_authentication(options).method, Method::basic);
}

TEST(AuthenticationPlan, A14_UnencryptedIsOptIn) {
  auto options = options_for("localhost", "alice");
  options.authentication = Authentication::basic;
  EXPECT_EQ(refused_code(options), code::unencrypted_disabled) << "Basic over HTTP without -unencrypted";
  options.unencrypted = true;
  EXPECT_EQ(refused_code(options), code::unencrypted_disabled) << "-unencrypted without AllowUnencrypted";
  options.policy.allow_unencrypted = true;
  EXPECT_EQ(plan_authentication(options).method, Method::basic);
  options.authentication = Authentication::negotiate;
  EXPECT_FALSE(plan_authentication(options).seal);

  auto https = options_for("https://web1", "alice");
  https.policy.allow_unencrypted = true;
  https.unencrypted = true;
  EXPECT_EQ(refused_code(https), code::unencrypted_http_only);
}

TEST(AuthenticationPlan, A8_BasicOverHttpIsForTrustedHosts) {
  auto options = options_for("web1", "alice");
  options.authentication = Authentication::basic;
  options.unencrypted = true;
  options.policy.allow_unencrypted = true;
  EXPECT_EQ(refused_code(options), code::server_not_trusted);
  options.policy.trusted_hosts = "web1";
  EXPECT_EQ(plan_authentication(options).method, Method::basic);
}

TEST(AuthenticationPlan, A5_DisabledSchemesAreRefusedFirst) {
  struct Case {
    Authentication scheme;
    bool config::ClientAuth::*flag;
    std::uint32_t code;
  };
  for (auto const& c :
       {Case{Authentication::basic, &config::ClientAuth::basic, code::basic_disabled},
        Case{Authentication::negotiate, &config::ClientAuth::negotiate, code::negotiate_disabled},
        Case{Authentication::kerberos, &config::ClientAuth::kerberos, code::kerberos_disabled}}) {
    auto options = options_for("https://web1", "alice");
    options.authentication = c.scheme;
    options.policy.auth.*c.flag = false;
    EXPECT_EQ(refused_code(options), c.code);
  }
}

TEST(AuthenticationPlan, A9_KerberosNeedsAName) {
  auto options = options_for("192.0.2.7");
  EXPECT_EQ(refused_code(options), code::default_auth_ip_address);
  options.authentication = Authentication::kerberos;
  EXPECT_EQ(refused_code(options), code::kerberos_ip_address);
}

TEST(AuthenticationPlan, A22_NoCredentialsForTheLocalService) {
  SessionOptions options;
  options.endpoint = local_target(config::Settings{});
  EXPECT_EQ(plan_authentication(options).method, Method::local);
  options.credentials = Credentials{"alice", Secret("x")};
  EXPECT_EQ(refused_code(options), code::local_invalid_credentials);
}

TEST(AuthenticationPlan, RefusalsNameTheConfiguration) {
  auto options = options_for("web1", "alice");
  options.authentication = Authentication::basic;
  try {
    static_cast<void>(plan_authentication(options));
    FAIL();
  } catch (Failure const& failure) {
    EXPECT_THAT(failure.text(), HasSubstr("/home/alice/client.toml"));
    EXPECT_THAT(failure.text(), HasSubstr("-usessl"));
  }
}

TEST(Challenges, SchemesAreReadFromListsAndSeparateHeaders) {
  EXPECT_THAT(offered_schemes({"Negotiate", "Kerberos", "Basic realm=\"WSMAN\""}),
              ElementsAre("Negotiate", "Kerberos", "Basic"));
  EXPECT_THAT(offered_schemes({"Negotiate, Basic realm=\"x\", CredSSP"}),
              ElementsAre("Negotiate", "Basic", "CredSSP"));
  EXPECT_THAT(offered_schemes({"Negotiate oYG2MIGz==", "negotiate"}), ElementsAre("Negotiate"));
  EXPECT_THAT(offered_schemes({"", " ,, "}), ElementsAre());
}

TEST(Challenges, TokenOfAScheme) {
  EXPECT_EQ(challenge_token({"Negotiate abc="}, "Negotiate"), "abc=");
  EXPECT_EQ(challenge_token({"Basic realm=\"WSMAN\"", "negotiate  abc= "}, "Negotiate"), "abc=");
  EXPECT_EQ(challenge_token({"Negotiate"}, "Negotiate"), "");
  EXPECT_EQ(challenge_token({"NegotiateX abc"}, "Negotiate"), "");
  EXPECT_EQ(challenge_token({}, "Negotiate"), "");
}

TEST(Refusals, SayWhatWasTriedOfferedAndToDo) {
  auto options = options_for("https://web1", "alice");
  options.authentication = Authentication::basic;
  auto const basic = plan_authentication(options);
  auto const off = describe_refusal(options, basic, "", {"Negotiate", "Kerberos"});
  EXPECT_THAT(off, HasSubstr("Tried: Basic as alice"));
  EXPECT_THAT(off, HasSubstr("offers: Negotiate, Kerberos"));
  EXPECT_THAT(off, HasSubstr("Basic is off there"));

  auto const wrong = describe_refusal(options, basic, "", {"Negotiate", "Basic realm=\"WSMAN\""});
  EXPECT_THAT(wrong, HasSubstr("winrmd user add"));

  options.authentication = Authentication::negotiate;
  auto const negotiate = plan_authentication(options);
  EXPECT_THAT(describe_refusal(options, negotiate, "NTLM", {"Negotiate"}),
              HasSubstr("Tried: Negotiate (NTLM) as alice"));
  EXPECT_THAT(describe_refusal(options, negotiate, "Kerberos", {"Negotiate"}), HasSubstr("clocks"));
  EXPECT_THAT(describe_refusal(options, negotiate, "", {}), HasSubstr("offers: no scheme"));
}

// windows-surface 10.4, annex C
TEST(ErrorCodes, T9_CodesThatWindowsHostsSendHaveATextEach) {
  for (std::uint32_t const code :
       {2U,          3U,          5U,          50U,         87U,         122U,        995U,
        1113U,       1300U,       1311U,       1326U,       1330U,       1331U,       1385U,
        1396U,       1398U,       1450U,       1717U,       1907U,       10061U,      12002U,
        12007U,      12029U,      12030U,      12044U,      12175U,      0x80072EE2U, 0x80072EE7U,
        0x80072EFDU, 0x80072EFEU, 0x80072F8FU, 0x800705B4U, 0x80070035U, 0x8009030CU, 0x8009030DU,
        0x8009030EU, 0x80090311U, 0x80090322U, 0x80041001U, 0x80041002U, 0x80041003U, 0x80041006U,
        0x8004100EU, 0x80041010U, 0x80041017U, 0x80041024U, 0x8004102FU, 0x80041058U, 0x80041068U,
        0x8004108AU, 0x80042001U, 0x80043001U, 0x80044001U, 0x80044031U})
    EXPECT_FALSE(describe_code(code).empty()) << std::hex << code;
}

TEST(ErrorCodes, TableIsCompleteAndReachable) {
  for (auto const& row : error_code_table()) {
    EXPECT_EQ(describe_code(row.code), row.text);
    EXPECT_FALSE(row.text.empty());
  }
  EXPECT_EQ(describe_code(0x80070005), describe_code(5)) << "HRESULT of a Win32 error";
  EXPECT_FALSE(describe_code(0x80338029).empty()) << "a fault of the service";
  EXPECT_EQ(describe_code(12175), describe_code(0x80072F8F)) << "a Win32 error known as HRESULT";
  EXPECT_FALSE(describe_code(0x800703FA).empty()) << "a fault that is an HRESULT";
  EXPECT_TRUE(describe_code(0xDEADBEEF).empty());
  EXPECT_EQ(to_hresult(5), 0x80070005U);
  EXPECT_EQ(to_hresult(0x80338012), 0x80338012U);
}

}  // namespace
}  // namespace winrm::client
