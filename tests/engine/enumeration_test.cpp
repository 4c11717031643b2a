#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <semaphore>
#include <set>
#include <thread>

#include "base/limits.hpp"
#include "engine/fake_plugin.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::engine::test {
namespace {

using namespace std::chrono_literals;
namespace action = wsman::action;

/// What an EnumerateResponse or PullResponse says.
struct Page {
  std::string context;
  bool has_items = false;
  std::vector<std::string> ids;  ///< Id of each object in Items
  bool end = false;
};

class EnumerationTest : public testing::Test {
 protected:
  void make(EngineSettings settings = {}) {
    std::vector<std::unique_ptr<Plugin>> plugins;
    plugins.push_back(std::make_unique<FakePlugin>(script_));
    dispatcher_ = std::make_unique<Dispatcher>(settings, std::move(plugins),
                                               std::vector<std::unique_ptr<ShellPlugin>>());
  }
  Dispatcher& dispatcher() {
    if (!dispatcher_) make();
    return *dispatcher_;
  }

  static RequestText request(std::string_view action, std::string body) {
    return {.action = std::string(action), .resource_uri = std::string(fake_uri), .body = std::move(body)};
  }
  static RequestText enumerate_request(std::string_view content) {
    return request(action::enumerate, fmt::format("<n:Enumerate>{}</n:Enumerate>", content));
  }
  static RequestText pull_request(std::string const& context, std::string_view content = {}) {
    return request(
        action::pull,
        fmt::format("<n:Pull><n:EnumerationContext>{}</n:EnumerationContext>{}</n:Pull>", context, content));
  }
  static RequestText release_request(std::string const& context) {
    return request(
        action::release,
        fmt::format("<n:Release><n:EnumerationContext>{}</n:EnumerationContext></n:Release>", context));
  }

  static Page read(Reply const& reply) {
    EXPECT_EQ(reply.status, 200) << reply.text;
    bool const pulled = reply.body().local_name() == "PullResponse";
    // w: in an EnumerateResponse, n: in a PullResponse.
    std::string_view const items_ns = pulled ? ns::enumeration : ns::wsman;
    Page page;
    page.context = reply.body().child(ns::enumeration, "EnumerationContext").text();
    xml::Element const items = reply.body().child(items_ns, "Items");
    page.has_items = static_cast<bool>(items);
    for (xml::Element const item : items.children())
      page.ids.push_back(item.attribute("", "Id").value_or(""));
    page.end = static_cast<bool>(reply.body().child(items_ns, "EndOfSequence"));
    return page;
  }
  Page enumerate(std::string_view content = {}) {
    return read(ask(dispatcher(), enumerate_request(content)));
  }
  Page pull(std::string const& context, std::string_view content = {}) {
    return read(ask(dispatcher(), pull_request(context, content)));
  }

  std::shared_ptr<FakePlugin::Script> script_ = std::make_shared<FakePlugin::Script>();
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(EnumerationTest, P5_HundredItemsInTenPullsAndTheEndWithTheLast) {
  script_->items = 100;
  Page page = enumerate();
  EXPECT_TRUE(page.context.starts_with("uuid:"));
  EXPECT_FALSE(page.has_items);
  std::size_t seen = 0;
  for (int turn = 1; turn <= 10; ++turn) {
    page = pull(page.context, "<n:MaxElements>10</n:MaxElements>");
    ASSERT_EQ(page.ids.size(), 10U);
    for (auto const& id : page.ids) EXPECT_EQ(id, std::to_string(seen++));
    EXPECT_EQ(page.end, turn == 10);
  }
  EXPECT_EQ(page.context, "") << "clients that ignore EndOfSequence stop at an empty context";
  EXPECT_EQ(script_->open_sources, 0);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(EnumerationTest, P5_PullWithoutMaxElementsGivesOne) {
  script_->items = 3;
  EXPECT_EQ(pull(enumerate().context).ids.size(), 1U);
}

TEST_F(EnumerationTest, P5_PullAfterReleaseIsInvalidEnumerationContext) {
  script_->items = 100;
  std::string const context = enumerate().context;
  EXPECT_EQ(ask(dispatcher(), release_request(context)).status, 200);
  Reply const reply = ask(dispatcher(), pull_request(context));
  EXPECT_EQ(reply.fault_code(), "2150858779");
  EXPECT_EQ(reply.fault_subcode(), "n:InvalidEnumerationContext");
  EXPECT_EQ(ask(dispatcher(), release_request(context)).fault_code(), "2150858779");
  EXPECT_EQ(script_->open_sources, 0);
}

TEST_F(EnumerationTest, P5_OptimizedAnswersWithItems) {
  script_->items = 25;
  Page page = enumerate("<w:OptimizeEnumeration/><w:MaxElements>20</w:MaxElements>");
  EXPECT_EQ(page.ids.size(), 20U);
  EXPECT_FALSE(page.end);
  page = pull(page.context, "<n:MaxElements>20</n:MaxElements>");
  EXPECT_EQ(page.ids.size(), 5U);
  EXPECT_TRUE(page.end);
}

TEST_F(EnumerationTest, P5_OptimizedWithoutMaxElementsGivesOne) {
  script_->items = 3;
  EXPECT_EQ(enumerate("<w:OptimizeEnumeration/>").ids.size(), 1U);
}

TEST_F(EnumerationTest, P5_OptimizedAndCompleteHasAnEmptyContext) {
  script_->items = 2;
  Page const page = enumerate("<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>");
  EXPECT_EQ(page.ids.size(), 2U);
  EXPECT_EQ(page.context, "");
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(EnumerationTest, P5_NothingFoundHasNoItemsElement) {
  Page const page = enumerate("<w:OptimizeEnumeration/><w:MaxElements>5</w:MaxElements>");
  EXPECT_FALSE(page.has_items);
  EXPECT_EQ(page.context, "");
  EXPECT_TRUE(page.end);
  Page const pulled = pull(enumerate().context, "<n:MaxElements>5</n:MaxElements>");
  EXPECT_FALSE(pulled.has_items);
  EXPECT_TRUE(pulled.end);
}

TEST_F(EnumerationTest, P5_MaxElementsThatIsNoPositiveNumberIsRefused) {
  std::string const context = enumerate().context;
  for (std::string const value : {"0", "-1", "", "many", "1.5"}) {
    Reply const enumerated = ask(dispatcher(), enumerate_request("<w:OptimizeEnumeration/><w:MaxElements>" +
                                                                 value + "</w:MaxElements>"));
    EXPECT_EQ(enumerated.fault_code(), "2150858799") << value;
    Reply const pulled =
        ask(dispatcher(), pull_request(context, "<n:MaxElements>" + value + "</n:MaxElements>"));
    EXPECT_EQ(pulled.fault_code(), "2150858799") << value;
  }
}

TEST_F(EnumerationTest, Q9_MaxBatchItemsCapsWhatAClientAsksFor) {
  make({.max_batch_items = 7});
  script_->items = 20;
  Page page = enumerate("<w:OptimizeEnumeration/><w:MaxElements>99999999999999999999</w:MaxElements>");
  EXPECT_EQ(page.ids.size(), 7U);
  EXPECT_EQ(pull(page.context, "<n:MaxElements>4294967296</n:MaxElements>").ids.size(), 7U);
}

TEST_F(EnumerationTest, P21_ReferencesAndObjectsWithReferences) {
  script_->items = 1;
  std::string const optimized = "<w:OptimizeEnumeration/><w:MaxElements>5</w:MaxElements>";
  Reply const references =
      ask(dispatcher(), enumerate_request(optimized + "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>"));
  xml::Element item = references.body().child(ns::wsman, "Items").first_child();
  EXPECT_TRUE(item.is(ns::addressing, "EndpointReference")) << references.text;
  Reply const both =
      ask(dispatcher(),
          enumerate_request(optimized + "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>"));
  item = both.body().child(ns::wsman, "Items").first_child();
  EXPECT_TRUE(item.is(ns::wsman, "Item")) << both.text;
  EXPECT_EQ(item.first_child().attribute("", "Id"), "0");
  EXPECT_TRUE(item.first_child().next_sibling().is(ns::addressing, "EndpointReference"));
  EXPECT_EQ(ask(dispatcher(), enumerate_request("<w:EnumerationMode>EnumerateDreams</w:EnumerationMode>"))
                .fault_detail(),
            "EnumerationMode");
}

TEST_F(EnumerationTest, P21_ModeHoldsForLaterPulls) {
  script_->items = 3;
  std::string const context = enumerate("<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>").context;
  Reply const reply = ask(dispatcher(), pull_request(context, "<n:MaxElements>2</n:MaxElements>"));
  EXPECT_TRUE(
      reply.body().child(ns::enumeration, "Items").first_child().is(ns::addressing, "EndpointReference"));
}

TEST_F(EnumerationTest, PolymorphismModeReachesThePlugin) {
  enumerate("<b:PolymorphismMode>ExcludeSubClassProperties</b:PolymorphismMode>");
  EXPECT_EQ(script_->last_request.polymorphism, Polymorphism::exclude_subclass_properties);
  enumerate("<b:PolymorphismMode>None</b:PolymorphismMode>");
  EXPECT_EQ(script_->last_request.polymorphism, Polymorphism::none);
  enumerate();
  EXPECT_EQ(script_->last_request.polymorphism, Polymorphism::include_subclass_properties);
  Reply const reply = ask(dispatcher(), enumerate_request("<b:PolymorphismMode>Some</b:PolymorphismMode>"));
  EXPECT_EQ(reply.fault_code(), "2150859063");
}

TEST_F(EnumerationTest, FilterMayBeOfEitherNamespaceButNotOfBoth) {
  enumerate("<w:Filter Dialect=\"http://example.test/d\">where</w:Filter>");
  ASSERT_TRUE(script_->last_request.filter);
  EXPECT_EQ(script_->last_request.filter->dialect, "http://example.test/d");
  EXPECT_EQ(script_->last_request.filter->text, "where");
  enumerate("<n:Filter>*</n:Filter>");
  ASSERT_TRUE(script_->last_request.filter);
  EXPECT_EQ(script_->last_request.filter->dialect, wsman::dialect::xpath);
  Reply const reply = ask(dispatcher(), enumerate_request("<n:Filter>a</n:Filter><w:Filter>b</w:Filter>"));
  EXPECT_EQ(reply.fault_subcode().substr(2), "CannotProcessFilter");
}

TEST_F(EnumerationTest, Q8_BatchesAreSplitToFitTheClientsEnvelope) {
  script_->items = 40;
  script_->item_bytes = 1000;
  for (auto const encoding : {wsman::Encoding::utf8, wsman::Encoding::utf16}) {
    std::string context = enumerate().context;
    std::set<std::string> ids;
    std::size_t pages = 0;
    while (!context.empty()) {
      Pending pending = start(
          dispatcher(),
          pull_request(context, "<n:MaxElements>40</n:MaxElements>").with_envelope(16384).text(), encoding);
      Reply const reply = pending.reply();
      EXPECT_LE(reply.bytes.size(), 16384U);
      Page const page = read(reply);
      ids.insert(page.ids.begin(), page.ids.end());
      context = page.context;
      ++pages;
    }
    EXPECT_EQ(ids.size(), 40U);
    EXPECT_GE(pages, encoding == wsman::Encoding::utf8 ? 3U : 6U);
    EXPECT_LE(pages, encoding == wsman::Encoding::utf8 ? 4U : 8U);
  }
}

TEST_F(EnumerationTest, Q8_ItemThatIsTooLargeIsAFaultAndCanBeAskedForAgain) {
  script_->items = 2;
  script_->item_bytes = 20000;
  std::string const context = enumerate().context;
  Reply const refused = ask(dispatcher(), pull_request(context).with_envelope(16384));
  EXPECT_EQ(refused.fault_code(), "2150858824");
  EXPECT_EQ(refused.fault_detail(), "MaxEnvelopeSizeExceeded");
  Page const page = read(ask(dispatcher(), pull_request(context).with_envelope(64000)));
  ASSERT_EQ(page.ids.size(), 1U);
  EXPECT_EQ(page.ids[0], "0");
}

TEST_F(EnumerationTest, P11_OptimizedItemTooLargeLeavesNothingOpen) {
  script_->items = 2;
  script_->item_bytes = 20000;
  Reply const refused = ask(dispatcher(), enumerate_request("<w:OptimizeEnumeration/>").with_envelope(16384));
  EXPECT_EQ(refused.fault_code(), "2150858824");
  EXPECT_EQ(script_->open_sources, 0);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(EnumerationTest, MaxCharactersLimitsAPull) {
  script_->items = 10;
  script_->item_bytes = 100;
  Page const page =
      pull(enumerate().context, "<n:MaxElements>10</n:MaxElements><n:MaxCharacters>500</n:MaxCharacters>");
  EXPECT_GE(page.ids.size(), 3U);
  EXPECT_LE(page.ids.size(), 4U);
}

TEST_F(EnumerationTest, MaxTimeEndsABatchEarly) {
  script_->items = 1000;
  script_->item_delay = 10ms;
  auto const began = std::chrono::steady_clock::now();
  Page const page =
      pull(enumerate().context, "<n:MaxElements>1000</n:MaxElements><n:MaxTime>PT0.2S</n:MaxTime>");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_GE(page.ids.size(), 1U);
  EXPECT_FALSE(page.end);
  EXPECT_EQ(ask(dispatcher(), pull_request(page.context, "<n:MaxTime>soon</n:MaxTime>")).fault_code(),
            "2150858799");
}

TEST_F(EnumerationTest, Q10_PullIsNotCappedByMaxTimeout) {
  make({.max_timeout = 50ms});
  script_->items = 1;
  std::string const context = enumerate().context;
  script_->item_delay = 300ms;
  EXPECT_EQ(read(ask(dispatcher(), pull_request(context).with_timeout("PT30S"))).ids.size(), 1U);
}

TEST_F(EnumerationTest, ItemsOfAPullThatTimedOutComeWithTheNext) {
  script_->items = 2;
  std::string const context = enumerate().context;
  script_->item_delay = 300ms;
  RequestText slow = pull_request(context, "<n:MaxElements>2</n:MaxElements>");
  Pending pending = start(dispatcher(), slow.with_timeout("PT0.1S"));
  EXPECT_EQ(pending.reply().fault_code(), "2150858793");
  script_->item_delay = 0ms;
  Page const page = pull(context, "<n:MaxElements>2</n:MaxElements>");
  ASSERT_EQ(page.ids.size(), 2U);
  EXPECT_EQ(page.ids[0], "0");
}

TEST_F(EnumerationTest, WhatWasFoundComesBeforeTheOperationTimesOut) {
  script_->items = 1000;
  script_->item_delay = 10ms;
  constexpr std::string_view all = "<w:OptimizeEnumeration/><w:MaxElements>1000</w:MaxElements>";
  Page page = read(ask(dispatcher(), enumerate_request(all).with_timeout("PT2S")));
  EXPECT_GE(page.ids.size(), 1U);
  ASSERT_FALSE(page.end);
  std::size_t const seen = page.ids.size();
  page = read(ask(dispatcher(),
                  pull_request(page.context, "<n:MaxElements>1000</n:MaxElements>").with_timeout("PT2S")));
  ASSERT_GE(page.ids.size(), 1U);
  EXPECT_EQ(page.ids[0], std::to_string(seen));
}

TEST_F(EnumerationTest, SecondPullAtTheSameTimeIsRefused) {
  script_->items = 5;
  std::string const context = enumerate().context;
  std::counting_semaphore<> reading(0);
  std::latch go_on(1);
  script_->on_item = [&] {
    reading.release();
    go_on.wait();
  };
  std::jthread const first([&] { pull(context); });
  reading.acquire();
  Reply const second = ask(dispatcher(), pull_request(context));
  go_on.count_down();
  EXPECT_EQ(second.fault_code(), "2150858758");
  EXPECT_EQ(second.fault_subcode(), "w:Concurrency");
}

TEST_F(EnumerationTest, Q11_IdleEnumerationExpires) {
  make({.enumeration_timeout = 200ms});
  script_->items = 5;
  std::string const context = enumerate().context;
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(pull(context).ids.size(), 1U) << "use keeps it alive";
  }
  for (int i = 0; i < 100 && script_->open_sources != 0; ++i) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(script_->open_sources, 0);
  EXPECT_EQ(ask(dispatcher(), pull_request(context)).fault_code(), "2150858779");
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(EnumerationTest, ExpiresIsGrantedUpToTheServicesLimit) {
  make({.enumeration_timeout = 60s});
  Reply const shorter = ask(dispatcher(), enumerate_request("<n:Expires>PT30S</n:Expires>"));
  EXPECT_EQ(shorter.body().child(ns::enumeration, "Expires").text(), "PT30.000S");
  Reply const longer = ask(dispatcher(), enumerate_request("<n:Expires>PT1H</n:Expires>"));
  EXPECT_EQ(longer.body().child(ns::enumeration, "Expires").text(), "PT60.000S");
  Reply const moment = ask(dispatcher(), enumerate_request("<n:Expires>2030-01-01T00:00:00Z</n:Expires>"));
  EXPECT_EQ(moment.fault_subcode(), "n:UnsupportedExpirationType");
}

TEST_F(EnumerationTest, SourceThatFailsGivesWhatItHadAndThenTheFault) {
  script_->items = 10;
  script_->fail_at = 3;
  Page const page = enumerate("<w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements>");
  EXPECT_EQ(page.ids.size(), 3U);
  EXPECT_FALSE(page.end);
  EXPECT_EQ(ask(dispatcher(), pull_request(page.context)).fault_subcode(), "w:InternalError");
  EXPECT_EQ(ask(dispatcher(), pull_request(page.context)).fault_code(), "2150858779");
  EXPECT_EQ(script_->open_sources, 0);
}

TEST_F(EnumerationTest, TotalItemsCountEstimateIsNil) {
  RequestText request = enumerate_request("");
  request.headers += "<w:RequestTotalItemsCountEstimate/>";
  Reply const reply = ask(dispatcher(), request);
  EXPECT_TRUE(reply.header(ns::wsman, "TotalItemsCountEstimate").is_nil()) << reply.text;
}

TEST_F(EnumerationTest, OpenEnumerationsAreLimited) {
  script_->items = 1;
  for (std::size_t i = 0; i < limits::open_enumerations; ++i) enumerate();
  EXPECT_EQ(ask(dispatcher(), enumerate_request("")).fault_subcode(), "w:QuotaLimit");
  EXPECT_EQ(script_->open_sources, static_cast<int>(limits::open_enumerations));
  dispatcher().shutdown();
  EXPECT_EQ(script_->open_sources, 0);
}

TEST_F(EnumerationTest, HostileContextsAndBodiesAreFaults) {
  for (std::string const context :
       {"", "uuid:", "uuid:0A8B6C2E-3D0F-4A51-9C7B-5E2F1D4A7B60", "&#10;", "a b"}) {
    EXPECT_EQ(ask(dispatcher(), pull_request(context)).fault_code(), "2150858779");
  }
  for (auto const wrong : {action::enumerate, action::pull, action::release}) {
    EXPECT_EQ(ask(dispatcher(), request(wrong, "")).fault_subcode(), "w:SchemaValidationError");
    EXPECT_EQ(ask(dispatcher(), request(wrong, "<w:Enumerate/>")).fault_subcode(), "w:SchemaValidationError");
  }
  EXPECT_EQ(ask(dispatcher(), request("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Renew", ""))
                .fault_subcode(),
            "a:ActionNotSupported");
}

}  // namespace
}  // namespace winrm::engine::test
