#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "plugins/config/config_plugin.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "wsman/request_writer.hpp"

namespace winrm::plugins::config_resource {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::string_view before = "# mine\n[Service.Auth]\nBasic = true\n";

class ConfigOperations : public ::testing::Test {
 protected:
  ConfigOperations() : file_(fs::path(::testing::TempDir()) / "winrm_operations_test.toml") {
    std::ofstream(file_) << before;
  }
  ~ConfigOperations() override {
    fs::remove(file_);
    fs::remove(file_.parent_path() / ("." + file_.filename().string() + ".lock"));
  }

  [[nodiscard]] std::string text() const {
    std::ostringstream content;
    content << std::ifstream(file_).rdbuf();
    return std::move(content).str();
  }

  static wsman::Request request(std::string_view part, std::string_view body = {},
                                wsman::SelectorSet const& selectors = {}) {
    wsman::RequestHeaders headers("http://x/wsman", std::string(wsman::action::put),
                                  std::string(wsman::resource::config).append(part));
    headers.selectors = selectors;
    wsman::RequestWriter writer(headers);
    writer.body().raw(body);
    return wsman::Request::parse(writer.finish());
  }

  Operations operations(Reload reload = nullptr) { return Operations(file_, std::move(reload)); }

  fs::path file_;
};

TEST_F(ConfigOperations, C1_APartHasTheNamespaceOfItsUri) {
  std::string out;
  xml::Writer body(out);
  operations().get(request("/Client/DefaultPorts"), body);
  EXPECT_EQ(
      out,
      "<cfg:DefaultPorts xmlns:cfg=\"http://schemas.microsoft.com/wbem/wsman/1/config/client/defaultports\">"
      "<cfg:HTTP>5985</cfg:HTTP><cfg:HTTPS>5986</cfg:HTTPS></cfg:DefaultPorts>");
}

TEST_F(ConfigOperations, C2_PutOfUnchangedValuesWritesNothing) {
  int reloads = 0;
  auto all = operations([&]() -> Result<void> {
    ++reloads;
    return {};
  });
  std::string current;
  xml::Writer writer(current);
  all.get(request(""), writer);
  std::string out;
  xml::Writer body(out);
  all.put(request("", current), body);
  EXPECT_EQ(out, current);
  EXPECT_EQ(text(), before);
  EXPECT_EQ(reloads, 0);
}

TEST_F(ConfigOperations, AChangeThatTheServiceRefusesIsTakenBack) {
  auto all = operations([]() -> Result<void> { return fail("port 80 is taken"); });
  std::string out;
  xml::Writer body(out);
  try {
    all.put(request("", "<c:Config xmlns:c=\"urn:x\"><c:MaxTimeoutms>700</c:MaxTimeoutms></c:Config>"), body);
    FAIL() << "the refusal was lost";
  } catch (wsman::Fault const& fault) {
    EXPECT_THAT(fault.text(), HasSubstr("port 80 is taken"));
  }
  EXPECT_EQ(text(), before);
}

TEST_F(ConfigOperations, ARefusedChangeIsNotTakenBackOverAnEditors) {
  constexpr std::string_view edited = "# edited\n";
  auto all = operations([&]() -> Result<void> {
    std::ofstream(file_) << edited;
    return fail("port 80 is taken");
  });
  std::string out;
  xml::Writer body(out);
  EXPECT_THROW(
      all.put(request("", "<c:Config xmlns:c=\"urn:x\"><c:MaxTimeoutms>700</c:MaxTimeoutms></c:Config>"),
              body),
      wsman::Fault);
  EXPECT_EQ(text(), edited);
}

TEST_F(ConfigOperations, L10_DeletionsAtOnceEachTakeTheirOwnListener) {
  constexpr int listeners = 12;
  constexpr int deleted = 6;
  auto const address = [](int i) { return "IP:127.0.0." + std::to_string(i + 1); };
  {
    std::ofstream file(file_);
    for (int i = 0; i < listeners; ++i) file << "[[Listener]]\nAddress = '" << address(i) << "'\n";
  }
  std::vector<std::thread> programs;
  for (int i = 0; i < deleted; ++i)
    programs.emplace_back([&, i] {
      wsman::SelectorSet keys;
      keys.add("Address", address(i));
      keys.add("Transport", "HTTP");
      // Each with a store of its own, as another process has it.
      operations([]() -> Result<void> {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return {};
      }).remove(request("/listener", {}, keys));
    });
  for (auto& program : programs) program.join();
  for (int i = 0; i < listeners; ++i)
    EXPECT_EQ(text().find("'" + address(i) + "'") != std::string::npos, i >= deleted) << address(i);
}

TEST_F(ConfigOperations, C2_BlanksAroundAValueAreNoPartOfIt) {
  std::string out;
  xml::Writer body(out);
  operations().put(
      request("", "<c:Config xmlns:c=\"urn:x\"><c:MaxTimeoutms>\n  700\n</c:MaxTimeoutms></c:Config>"), body);
  EXPECT_THAT(text(), HasSubstr("MaxTimeoutms = 700\n"));
}

TEST_F(ConfigOperations, C4_FalseInAnyCaseLeavesWhatCanOnlyBeFalse) {
  std::string out;
  xml::Writer body(out);
  operations().put(
      request("/service/auth",
              "<c:Auth xmlns:c=\"urn:x\"><c:Basic>True</c:Basic><c:CredSSP>False</c:CredSSP></c:Auth>"),
      body);
  EXPECT_EQ(text(), before);
}

TEST_F(ConfigOperations, UnknownSettingsAndResourcesAreRefused) {
  auto all = operations();
  std::string out;
  xml::Writer body(out);
  EXPECT_THROW(all.put(request("", "<c:Config xmlns:c=\"urn:x\"><c:Colour>red</c:Colour></c:Config>"), body),
               wsman::Fault);
  EXPECT_THROW(all.put(request("", "<c:Other xmlns:c=\"urn:x\"/>"), body), wsman::Fault);
  EXPECT_THROW(all.get(request("/daemon"), body), wsman::Fault);
  EXPECT_THROW(all.remove(request("/winrs")), wsman::Fault);
  EXPECT_EQ(text(), before);
}

TEST_F(ConfigOperations, C14_OnlyRootAndTheOwnerMayConfigure) {
  EXPECT_TRUE(may_configure(file_, 0));
  EXPECT_TRUE(may_configure(file_, ::geteuid()));
  EXPECT_FALSE(may_configure(file_, 65534));
  EXPECT_FALSE(may_configure("/nowhere/winrm.toml", 65534));
}

}  // namespace
}  // namespace winrm::plugins::config_resource
