#include <chrono>

#include "plugins/wmi/widget_service.hpp"

/// Enumerations that pass over much before they find something.
namespace winrm::plugins::widgets {
namespace {

using namespace std::chrono_literals;

class TimeLimits : public WidgetService {
 protected:
  static constexpr int shelf_size = 60;

  TimeLimits() {
    shelf.clear();
    for (int i = 0; i < shelf_size; ++i) {
      Widget widget;
      widget.name = fmt::format("widget-{:02}", i);
      widget.size = static_cast<std::uint32_t>(i);
      shelf.emplace(widget.name, widget);
    }
    widgets_made = 0;
  }
  ~TimeLimits() override { widget_delay = 0ms; }

  Reply enumerate_within(std::string_view timeout, std::string const& wql, std::string_view optimized) {
    engine::test::RequestText request{
        std::string(wsman::action::enumerate), uri("*"),
        fmt::format("<n:Enumerate>{}<w:Filter Dialect=\"{}\">{}</w:Filter></n:Enumerate>", optimized,
                    wsman::dialect::wql, wql)};
    return ask(request.with_timeout(timeout));
  }
  Reply pull_within(std::string_view timeout, std::string const& context) {
    engine::test::RequestText request{
        std::string(wsman::action::pull), uri("*"),
        fmt::format("<n:Pull><n:EnumerationContext>{}</n:EnumerationContext></n:Pull>", context)};
    return ask(request.with_timeout(timeout));
  }
  static std::string context_of(Reply const& reply) {
    return reply.body().child(ns::enumeration, "EnumerationContext").text();
  }
  /// Pulls until there is something or the end.
  Reply pull_to_the_end(std::string const& context) {
    for (int turn = 0; turn < 100; ++turn) {
      auto reply = pull_within("PT0.3S", context);
      if (reply.fault_code() != "2150858793") return reply;
    }
    ADD_FAILURE() << "it never ends";
    return {};
  }
};

TEST_F(TimeLimits, P12_ASearchRestsWhenTheOperationTimesOutAndGoesOnWithTheNextPull) {
  widget_delay = 40ms;
  auto const begun =
      enumerate_within("PT2S", "SELECT * FROM Test_Widget WHERE Size = 59", "<w:OptimizeEnumeration/>");
  auto const context = context_of(begun);
  ASSERT_FALSE(context.empty()) << begun.text;
  EXPECT_FALSE(static_cast<bool>(begun.body().child(ns::wsman, "Items")));
  EXPECT_LT(widgets_made, shelf_size);
  EXPECT_EQ(pull_within("PT0.1S", context).fault_code(), "2150858793");
  EXPECT_LT(widgets_made, shelf_size);
  auto const found = pull_to_the_end(context);
  EXPECT_EQ(found.body().child(ns::enumeration, "Items").child_count(), 1U) << found.text;
  EXPECT_EQ(widgets_made, shelf_size) << "nothing was looked at twice";
}

TEST_F(TimeLimits, P12_TheSameForAssociations) {
  widget_delay = 1ms;
  auto const context = context_of(
      enumerate_within("PT30S", "ASSOCIATORS OF {Test_Box.Number=7} WHERE RequiredQualifier=Singleton", ""));
  EXPECT_EQ(pull_within("PT0.3S", context).fault_code(), "2150858793");
  EXPECT_LT(associations_made, shelf_size);
  auto const end = pull_to_the_end(context);
  EXPECT_TRUE(static_cast<bool>(end.body().child(ns::enumeration, "EndOfSequence"))) << end.text;
  EXPECT_EQ(associations_made, shelf_size);
}

}  // namespace
}  // namespace winrm::plugins::widgets
