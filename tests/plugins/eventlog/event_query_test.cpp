#include "plugins/eventlog/event_query.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::eventlog {
namespace {

/// A filter, and the message it stands in.
struct ReadQuery {
  explicit ReadQuery(std::string const& content, std::string_view dialect = wsman::dialect::event_query)
      : document(xml::Document::parse("<Filter>" + content + "</Filter>").value()) {
    filter.dialect = dialect;
    filter.text = document.root().trimmed_text();
    filter.element = document.root();
  }
  [[nodiscard]] EventQuery query(bool ignore_unknown_logs = false) const {
    return EventQuery::read(filter, ignore_unknown_logs);
  }
  [[nodiscard]] std::string refusal() const {
    try {
      static_cast<void>(query());
    } catch (wsman::Fault const& fault) {
      return std::string(fault.row().subcode) + ": " + fault.text();
    }
    return "accepted";
  }
  xml::Document document;
  wsman::EventFilter filter;
};

bool matches(EventQuery const& query, std::string_view log, std::string const& system) {
  auto const event = xml::Document::parse("<Event><System>" + system + "</System></Event>").value();
  return query.matches(log, event.root(), {});
}

TEST(EventQuery, E16_SelectsByLogAndPathAndSuppressWins) {
  auto const query =
      ReadQuery(R"(<QueryList><Query Id="0" Path="System"><Select>*[System[Level&lt;=3]]</Select>)"
                R"(<Suppress Path="system">*[System[Task=9]]</Suppress></Query>)"
                R"(<Query Id="1"><Select Path="Security">*</Select></Query></QueryList>)")
          .query();
  EXPECT_TRUE(matches(query, "System", "<Level>3</Level>"));
  EXPECT_FALSE(matches(query, "System", "<Level>4</Level>"));
  EXPECT_FALSE(matches(query, "System", "<Level>3</Level><Task>9</Task>"));
  EXPECT_TRUE(matches(query, "Security", "<Level>5</Level><Task>9</Task>"));
  EXPECT_FALSE(query.wants("Application"));
  EXPECT_TRUE(query.wants_all_of("Security"));
  EXPECT_FALSE(query.wants_all_of("System"));
}

TEST(EventQuery, E16_AListMayComeAsText) {
  auto const query =
      ReadQuery(
          "&lt;QueryList&gt;&lt;Query&gt;&lt;Select Path='System'&gt;*&lt;/Select&gt;&lt;/Query&gt;"
          "&lt;/QueryList&gt;")
          .query();
  EXPECT_TRUE(query.wants_all_of("System"));
  EXPECT_FALSE(query.wants("Security"));
}

TEST(EventQuery, E16_APathAloneIsOverEveryLog) {
  EXPECT_TRUE(ReadQuery("*", wsman::dialect::event_root_xpath).query().wants_all_of("Security"));
  auto const errors = ReadQuery("*[System[Level=2]]").query();
  EXPECT_TRUE(errors.wants("Application"));
  EXPECT_FALSE(errors.wants_all_of("Application"));
}

TEST(EventQuery, E16_AnUnknownLogCanBeIgnored) {
  ReadQuery const query(R"(<QueryList><Query><Select Path="Setup">*</Select></Query></QueryList>)");
  EXPECT_THAT(query.refusal(),
              testing::HasSubstr("no log 'Setup'. Its logs are Application, Security, System"));
  EXPECT_FALSE(query.query(true).wants("System"));
}

TEST(EventQuery, AListIsLimitedInBothForms) {
  std::string list = "<QueryList>";
  for (int i = 0; i < 200; ++i)
    list +=
        "<Query Path='System'><Select>*[System[Computer='" + std::string(400, 'x') + "']]</Select></Query>";
  list += "</QueryList>";
  EXPECT_THAT(ReadQuery(list).refusal(), testing::HasSubstr("more than 65536 bytes"));
  EXPECT_THAT(ReadQuery("<![CDATA[" + list + "]]>").refusal(), testing::HasSubstr("more than 65536 bytes"));
}

TEST(EventQuery, ComparingManyFieldsWithEachOtherIsGivenUp) {
  std::string fields;
  for (int i = 0; i < 1000; ++i) fields += fmt::format("<Data Name='F{0}'>value number {0}</Data>", i);
  auto const event = xml::Document::parse("<Event><EventData>" + fields + "</EventData></Event>").value();
  auto const each = ReadQuery("*[EventData[Data[@Name='F999']='value number 999']]").query();
  EXPECT_TRUE(each.matches("System", event.root(), {}));
  auto const quadratic =
      ReadQuery("*[EventData/Data=EventData/Data/@Name or EventData/Data/@Name=EventData/Data]").query();
  EXPECT_THROW(static_cast<void>(quadratic.matches("System", event.root(), {})), wsman::Fault);
}

TEST(EventQuery, TheEffortIsThatOfAllPathsTogether) {
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += fmt::format("<Data Name='F{0}'>value number {0}</Data>", i);
  auto const event = xml::Document::parse("<Event><EventData>" + fields + "</EventData></Event>").value();
  std::string selects;
  for (int i = 0; i < 50; ++i)
    selects += "<Select Path='System'>*[EventData/Data=EventData/Data/@Name]</Select>";
  auto const one = ReadQuery("*[EventData/Data=EventData/Data/@Name]").query();
  EXPECT_FALSE(one.matches("System", event.root(), {}));
  auto const many = ReadQuery("<QueryList><Query>" + selects + "</Query></QueryList>").query();
  EXPECT_THROW(static_cast<void>(many.matches("System", event.root(), {})), wsman::Fault);
}

TEST(EventQuery, E16_ABadQueryIsAClearFault) {
  using testing::HasSubstr;
  EXPECT_THAT(ReadQuery("*", "urn:no").refusal(), HasSubstr("e:FilteringRequestedUnavailable"));
  EXPECT_THAT(ReadQuery("<Query/>").refusal(), HasSubstr("should be a QueryList"));
  EXPECT_THAT(ReadQuery("<QueryList/>").refusal(), HasSubstr("no Query"));
  EXPECT_THAT(ReadQuery("<QueryList><Query/></QueryList>").refusal(), HasSubstr("no Select"));
  EXPECT_THAT(ReadQuery("<QueryList><Query><Select>*</Select></Query></QueryList>").refusal(),
              HasSubstr("names no log"));
  EXPECT_THAT(ReadQuery("&lt;QueryList").refusal(), HasSubstr("not usable XML"));
  EXPECT_THAT(ReadQuery("*[System[Level=").refusal(), HasSubstr("a name is missing"));
}

}  // namespace
}  // namespace winrm::plugins::eventlog
