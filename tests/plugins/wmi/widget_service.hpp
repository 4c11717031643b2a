#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/support.hpp"
#include "plugins/wmi/widgets.hpp"
#include "plugins/wmi/wmi_plugin.hpp"
#include "support/recorded_host.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::widgets {

/// The engine with the widgets behind it, and messages to it.
class WidgetService : public testing::Test {
 protected:
  using Reply = engine::test::Reply;
  using Selectors = std::vector<std::pair<std::string, std::string>>;

  WidgetService() {
    std::vector<std::unique_ptr<engine::Plugin>> plugins;
    plugins.push_back(
        make_wmi_plugin(std::make_unique<winrm::test::RecordedHost>("debian12-server"), make_registry()));
    dispatcher_ = std::make_unique<engine::Dispatcher>(engine::EngineSettings(), std::move(plugins),
                                                       std::vector<std::unique_ptr<engine::ShellPlugin>>());
    Widget lamp;
    lamp.name = "lamp";
    lamp.size = 3;
    lamp.color = "red";
    lamp.tags = {"a", "b"};
    lamp.serial = "S1";
    Widget desk;
    desk.name = "desk";
    desk.size = 40;
    shelf = {{"lamp", lamp}, {"desk", desk}};
    puts = 0;
    associations_made = 0;
    widgets_known = 0;
  }

  static std::string uri(std::string_view class_name) {
    return fmt::format("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/test/{}", class_name);
  }
  static std::string dmtf(std::string_view class_name) {
    return fmt::format("http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/{}", class_name);
  }

  Reply ask(engine::test::RequestText const& request) { return engine::test::ask(*dispatcher_, request); }
  /// An optimized Enumerate for everything at once, with `options` in its body.
  Reply enumerate(std::string const& to, std::string const& options = "", Selectors const& selectors = {}) {
    auto const body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>1000</w:MaxElements>" + options +
                      "</n:Enumerate>";
    return ask({std::string(wsman::action::enumerate), to, body, selectors});
  }
  Reply query(std::string const& wql, std::string const& options = "") {
    std::string escaped;
    xml::append_escaped(escaped, wql);
    return enumerate(uri("*"), fmt::format(R"({}<w:Filter Dialect="{}">{}</w:Filter>)", options,
                                           wsman::dialect::wql, escaped));
  }
  /// The local names of the items of a whole enumeration.
  static std::vector<std::string> names(Reply const& reply) {
    EXPECT_EQ(reply.fault_code(), "") << reply.text;
    std::vector<std::string> found;
    for (auto const item : reply.body().child(ns::wsman, "Items").children())
      found.emplace_back(item.local_name());
    return found;
  }
  static xml::Element first(Reply const& reply) {
    return reply.body().child(ns::wsman, "Items").first_child();
  }
  /// The text of one property of every item, whatever its class.
  static std::vector<std::string> column(Reply const& reply, std::string_view name) {
    EXPECT_EQ(reply.fault_code(), "") << reply.text;
    std::vector<std::string> found;
    for (auto const item : reply.body().child(ns::wsman, "Items").children()) {
      for (auto const property : item.children()) {
        if (property.local_name() == name) found.push_back(property.text());
      }
    }
    return found;
  }

  std::unique_ptr<engine::Dispatcher> dispatcher_;
};

}  // namespace winrm::plugins::widgets
