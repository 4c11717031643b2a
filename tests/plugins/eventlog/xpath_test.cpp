#include "plugins/eventlog/xpath.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace winrm::plugins::eventlog {
namespace {

constexpr std::string_view logon_event =
    R"(<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>)"
    R"(<Provider Name="sshd"/><EventID>4625</EventID><Level>2</Level><Task>10</Task>)"
    R"(<Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime="2026-01-02T03:04:05.1234560Z"/>)"
    R"(<Channel>Security</Channel></System><EventData><Data Name="user">root</Data><Data Name="port">22</Data>)"
    R"(</EventData></Event>)";

/// A day after the event.
auto a_day_later() { return parse_xs_date_time("2026-01-03T03:04:05.123456Z").value().utc; }

bool selects(std::string_view path) {
  auto const document = xml::Document::parse(logon_event);
  auto const parsed = XPath::parse(path);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  Effort effort;
  return parsed && parsed->matches(document->root(), a_day_later(), effort);
}

TEST(EventXPath, E16_SelectsByWhatAnEventIs) {
  for (auto const* path : {"*",
                           "Event",
                           "*[System]",
                           "*[System/EventID=4625]",
                           "Event/System[EventID=4625]",
                           "*[System[(EventID=4625)]]",
                           "*[System[EventID='4625']]",
                           "*[System[(Level=1 or Level=2) and Task=10]]",
                           "*[System[Level<=2]]",
                           "*[System[Level < 3 and Level > 1]]",
                           "*[System[Level!=3]]",
                           "*[System[Provider[@Name='sshd']]]",
                           "*[System/Provider/@Name=\"sshd\"]",
                           "*[EventData[Data[@Name='user']='root']]",
                           "*[EventData/Data='22']",
                           "*[EventData/Data[2]='22']",
                           "*[EventData/Data[position()=1]='root']",
                           "*[System[Band(Keywords,4503599627370496)]]",
                           "*[System[band(Keywords,0x8000000000000000)]]",
                           "*[System[TimeCreated[timediff(@SystemTime) <= 86400000]]]",
                           "*[System[TimeCreated[@SystemTime>='2026-01-02T03:00:00Z']]]",
                           "*[System[TimeCreated[@SystemTime>='2026-01-02T00:00:00.000Z' and "
                           "@SystemTime<='2026-01-02T23:59:59.999Z']]]",
                           "*[System[Provider[@Name='sshd']] and EventData[Data[@Name='user']='root']]"}) {
    EXPECT_TRUE(selects(path)) << path;
  }
}

TEST(EventXPath, E16_RefusesWhatAnEventIsNot) {
  for (auto const* path :
       {"*[UserData]", "*[System/EventID=4624]", "*[System[(Level=1 or Level=3) and Task=10]]",
        "*[System[Provider[@Name='su']]]", "*[EventData[Data[@Name='user']='22']]", "*[EventData/Data[3]]",
        "*[System[Band(Keywords,1)]]", "*[System[TimeCreated[timediff(@SystemTime) < 86400000]]]",
        "*[System[TimeCreated[@SystemTime>'2026-01-02T04:00:00Z']]]", "*[System[@Name='sshd']]",
        "*[System[timediff(Level) > 0]]"}) {
    EXPECT_FALSE(selects(path)) << path;
  }
}

TEST(EventXPath, E16_SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string path;
    std::string says;
  };
  std::string deep = "*";
  for (int i = 0; i < 40; ++i) deep += "[System";
  std::string many = "*[Level=1";
  for (int i = 0; i < 40; ++i) many += " or Level=1";
  for (Case const& bad : {Case{"", "a name is missing"}, Case{"System", "must begin with * or Event"},
                          Case{"*[System", "']' is missing"}, Case{"*[System[Level=]]", "character 16"},
                          Case{"*[contains(System,'x')]", "contains() is not known"},
                          Case{"*[a:System]", "no prefixes"}, Case{"*[System='x]", "no end"},
                          Case{"*] more", "more than one path"}, Case{"*[Band(1)]", "1 arguments"},
                          Case{deep, "nested deeper"}, Case{many + "]", "more than 32 comparisons"}}) {
    auto const parsed = XPath::parse(bad.path);
    ASSERT_FALSE(parsed) << bad.path;
    EXPECT_THAT(parsed.error().message, testing::HasSubstr(bad.says));
  }
}

TEST(EventXPath, KnowsWhenNothingNeedsToBeLookedAt) {
  EXPECT_TRUE(XPath::parse(" * ")->matches_everything());
  EXPECT_FALSE(XPath::parse("*[System]")->matches_everything());
  EXPECT_FALSE(XPath::parse("Event/System")->matches_everything());
}

}  // namespace
}  // namespace winrm::plugins::eventlog
