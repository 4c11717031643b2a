#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/dispatcher.hpp"
#include "engine/fake_plugin.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"

namespace winrm::engine::test {
namespace {

namespace action = wsman::action;

constexpr std::string_view access_denied = "5";
constexpr std::string_view resource_not_found = "2150858752";

/// A service whose only descriptor is `root`; the caller is an administrator (support.hpp).
class Authorization : public testing::Test {
 protected:
  Reply ask_under(std::string_view root, RequestText const& request) {
    EngineSettings settings;
    settings.access = std::make_shared<auth::AccessRules>(*auth::AccessRules::make(root, {}));
    return ask_with(std::move(settings), request);
  }
  Reply ask_with(EngineSettings settings, RequestText const& request) {
    std::vector<std::unique_ptr<Plugin>> plugins;
    plugins.push_back(std::make_unique<FakePlugin>(script_));
    Dispatcher dispatcher(std::move(settings), std::move(plugins), {});
    return ask(dispatcher, request);
  }
  static RequestText request(std::string_view wanted) {
    RequestText text;
    text.action = wanted;
    text.resource_uri = fake_uri;
    if (wanted == action::enumerate)
      text.body = R"(<n:Enumerate xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"/>)";
    return text;
  }

  std::shared_ptr<FakePlugin::Script> script_ = std::make_shared<FakePlugin::Script>();
};

TEST_F(Authorization, Z3_EachActionNeedsItsRight) {
  std::string const method = std::string(fake_uri) + "/Run";
  struct Row {
    std::string_view wanted;
    std::string_view right;
  };
  for (auto const& [wanted, right] : {Row{action::get, "GR"},
                                      {action::enumerate, "GR"},
                                      {action::pull, "GR"},
                                      {action::release, "GR"},
                                      {action::put, "GW"},
                                      {action::create, "GW"},
                                      {action::remove, "GW"},
                                      {method, "GX"},
                                      {action::shell_command, "GX"},
                                      {action::shell_send, "GX"},
                                      {action::shell_receive, "GX"},
                                      {action::shell_signal, "GX"},
                                      {"http://example.test/unknown", "GX"}}) {
    for (std::string_view const given : {"GR", "GW", "GX", "GA"}) {
      bool const allowed = given == right || given == "GA";
      auto const reply = ask_under(fmt::format("D:P(A;;{};;;BA)", given), request(wanted));
      EXPECT_EQ(reply.fault_code() != access_denied, allowed) << wanted << " with " << given;
    }
  }
}

TEST_F(Authorization, Z1_WhoIsDeniedReachesNoPlugin) {
  bool reached = false;
  script_->on_get = [&](Call const&, xml::Writer&) { reached = true; };
  auto const reply = ask_under("D:P(D;;GA;;;BA)(A;;GA;;;WD)", request(action::get));
  EXPECT_EQ(reply.fault_code(), access_denied);
  EXPECT_EQ(reply.fault_subcode(), "w:AccessDenied");
  EXPECT_EQ(reply.status, 500);
  EXPECT_FALSE(reached);
}

TEST_F(Authorization, NobodyLearnsWhatThereIsWhoMayNotUseIt) {
  auto unknown = request(action::get);
  unknown.resource_uri = "http://example.test/other";
  EXPECT_EQ(ask_under("D:P", unknown).fault_code(), access_denied);
  EXPECT_EQ(ask_under("D:P(A;;GA;;;BA)", unknown).fault_code(), resource_not_found);
}

TEST_F(Authorization, WithoutRulesAdministratorsAreServed) {
  EXPECT_EQ(ask_with({}, request(action::get)).status, 200);
}

TEST_F(Authorization, C10_ADisabledPluginHasNoResources) {
  EngineSettings settings;
  settings.disabled_plugins = {"fake"};
  EXPECT_EQ(ask_with(settings, request(action::get)).fault_code(), resource_not_found);
}

}  // namespace
}  // namespace winrm::engine::test
