#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/command.hpp"
#include "http/test_server.hpp"

// The server against HTTP clients that others wrote: curl and Python's http.client.
namespace winrm::http {
namespace {

using testing::HasSubstr;
using testing::Not;

bool is_missing(std::string const& program) { return run_command("command -v " + program).status != 0; }

TEST(IndependentClients, P1_CurlPostsAndReusesItsConnection) {
  if (is_missing("curl")) GTEST_SKIP() << "curl is not installed";
  Script script;
  TestServer server(script);
  auto const url = "http://127.0.0.1:" + std::to_string(server.port()) + "/wsman";
  auto const result = run_command("curl -sv -d one " + url + " --next -sv -d two " + url);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("one"));
  EXPECT_THAT(result.output, HasSubstr("two"));
  EXPECT_THAT(result.output, HasSubstr("Re-using existing connection"));
  EXPECT_EQ(script.handlers, 1);
}

TEST(IndependentClients, CurlWaitsForContinueAndSendsChunks) {
  if (is_missing("curl")) GTEST_SKIP() << "curl is not installed";
  Script script;
  script.admit = [](RequestHead const&) {
    Handler::Admission admission;
    admission.body_limit = 4'000'000;
    return admission;
  };
  TestServer server(script);
  auto const file = std::filesystem::temp_directory_path() / ("winrm-upload-" + std::to_string(::getpid()));
  std::ofstream(file) << std::string(3'000'000, 'c');
  auto const command = "curl -sv -o /dev/null -w '%{size_download} ' --data-binary @" + file.string() +
                       " http://127.0.0.1:" + std::to_string(server.port()) + "/wsman ";
  auto const expecting = run_command(command + "-H 'Expect: 100-continue'");
  auto const chunked = run_command(command + "-H 'Transfer-Encoding: chunked'");
  std::filesystem::remove(file);
  EXPECT_THAT(expecting.output, HasSubstr("HTTP/1.1 100 Continue"));
  EXPECT_THAT(expecting.output, HasSubstr("3000000 "));
  EXPECT_THAT(chunked.output, HasSubstr("3000000 "));
}

TEST(IndependentClients, P2_CurlOverTlsTrustsTheSelfSignedCertificateItWasGiven) {
  if (is_missing("curl")) GTEST_SKIP() << "curl is not installed";
  Script script;
  TestServerOptions options;
  options.tls = true;
  TestServer server(script, options);
  auto const file =
      std::filesystem::temp_directory_path() / ("winrm-curl-anchor-" + std::to_string(::getpid()));
  std::ofstream(file) << test_certificate().certificate_pem;
  auto const url = "https://localhost:" + std::to_string(server.port()) + "/wsman";
  auto const trusted = run_command("curl -s --cacert " + file.string() + " -d secret " + url);
  auto const untrusted = run_command("curl -sS -d secret " + url);
  std::filesystem::remove(file);
  EXPECT_EQ(trusted.output, "secret");
  EXPECT_NE(untrusted.status, 0);
}

TEST(IndependentClients, PythonKeepsOneConnectionThroughRefusals) {
  if (is_missing("python3")) GTEST_SKIP() << "python3 is not installed";
  Script script;
  script.admit = [](RequestHead const& head) {
    Handler::Admission admission;
    admission.body_limit = test_body_limit;
    if (head.count("Authorization") > 0) return admission;
    admission.refusal = std::make_unique<Response>();
    admission.refusal->status = 401;
    return admission;
  };
  TestServer server(script);
  auto const program =
      "python3 -c '\n"
      "import http.client\n"
      "c = http.client.HTTPConnection(\"127.0.0.1\", " +
      std::to_string(server.port()) +
      ", timeout=10)\n"
      "def post(body, headers={}):\n"
      "    c.request(\"POST\", \"/wsman\", body, headers)\n"
      "    r = c.getresponse()\n"
      "    return r.status, r.read()\n"
      "for i in range(20):\n"
      "    assert post(\"x\" * 5000)[0] == 401\n"
      "    assert post(b\"y\" * 5000, {\"Authorization\": \"z\"}) == (200, b\"y\" * 5000)\n"
      "    assert post(iter([b\"a\", b\"b\"]), {\"Authorization\": \"z\"})[0] == 200\n"
      "print(\"all well\")\n'";
  auto const result = run_command(program);
  EXPECT_THAT(result.output, HasSubstr("all well"));
  EXPECT_EQ(script.handlers, 1) << "every request came over one connection";
}

}  // namespace
}  // namespace winrm::http
