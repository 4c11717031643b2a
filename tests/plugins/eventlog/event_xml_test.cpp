#include "plugins/eventlog/event_xml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::eventlog {
namespace {

system::JournalRecord failed_logon() {
  system::JournalRecord record;
  record.entry.sequence = 42;
  record.entry.received = system::SystemTime(std::chrono::microseconds(1'767'323'045'123'456));
  record.entry.message = "Failed password for <root>";
  record.entry.identifier = "sshd";
  record.entry.host_name = "db1";
  record.entry.priority = 4;
  record.entry.facility = 10;
  record.entry.user = 0;
  record.cursor = "s=abc;i=2a;b=def;m=1;t=2;x=3";
  record.fields = {{"MESSAGE", "Failed password for <root>"}, {"_PID", "77"}, {"EVENT_ID", "4625"}};
  return record;
}

TEST(EventXml, AnEntryIsAWindowsEvent) {
  auto const document = xml::Document::parse(write_event(failed_logon(), EventFormat::raw)).value();
  auto const event = document.root();
  ASSERT_TRUE(event.is(ns::event, "Event"));
  auto const system = event.child(ns::event, "System");
  auto const text = [&](std::string_view name) { return system.child(ns::event, name).trimmed_text(); };
  EXPECT_EQ(system.child(ns::event, "Provider").attribute("", "Name"), "sshd");
  EXPECT_EQ(text("EventID"), "4625");
  EXPECT_EQ(text("Level"), "3");
  EXPECT_EQ(text("Task"), "10");
  EXPECT_EQ(text("EventRecordID"), "42");
  EXPECT_EQ(text("Channel"), "Security");
  EXPECT_EQ(text("Computer"), "db1");
  EXPECT_EQ(system.child(ns::event, "TimeCreated").attribute("", "SystemTime"),
            "2026-01-02T03:04:05.1234560Z");
  EXPECT_EQ(system.child(ns::event, "Execution").attribute("", "ProcessID"), "77");
  EXPECT_EQ(system.child(ns::event, "Security").attribute("", "UserID"), "S-1-22-1-0");
  auto const data = event.child(ns::event, "EventData").first_child();
  EXPECT_EQ(data.attribute("", "Name"), "MESSAGE");
  EXPECT_EQ(data.text(), "Failed password for <root>");
  EXPECT_FALSE(event.child(ns::event, "RenderingInfo"));
}

TEST(EventXml, E6_RenderingIsThereOnlyWhenItWasAskedFor) {
  auto const document = xml::Document::parse(write_event(failed_logon(), EventFormat::rendered)).value();
  auto const rendering = document.root().child(ns::event, "RenderingInfo");
  EXPECT_EQ(rendering.child(ns::event, "Message").text(), "Failed password for <root>");
  EXPECT_EQ(rendering.child(ns::event, "Level").text(), "Warning");
}

TEST(EventXml, WhatTheJournalDoesNotKnowIsLeftOut) {
  system::JournalRecord bare;
  auto const document = xml::Document::parse(write_event(bare, EventFormat::raw)).value();
  auto const system = document.root().child(ns::event, "System");
  for (auto const* name : {"Level", "Task", "Execution", "Computer", "Security"})
    EXPECT_FALSE(system.child(ns::event, name)) << name;
  EXPECT_EQ(system.child(ns::event, "EventID").trimmed_text(), "0");
}

TEST(EventXml, BytesThatAreNoTextDoNotBreakIt) {
  auto record = failed_logon();
  record.fields = {{"MESSAGE", std::string("a\x01\xff\0b", 5)}};
  EXPECT_TRUE(xml::Document::parse(write_event(record, EventFormat::raw)));
}

std::string cursor_of(std::string const& content) {
  auto const document = xml::Document::parse("<Bookmark>" + content + "</Bookmark>").value();
  return read_bookmark(document.root());
}

TEST(EventBookmark, P6_ComesBackAsItWent) {
  auto const written = write_bookmark(failed_logon());
  EXPECT_THAT(written, testing::HasSubstr("Channel=\"Security\" RecordId=\"42\" IsCurrent=\"true\""));
  EXPECT_EQ(cursor_of(written), failed_logon().cursor);
  EXPECT_EQ(cursor_of("&lt;BookmarkList&gt;&lt;Bookmark Cursor='c'/&gt;&lt;/BookmarkList&gt;"), "c");
  EXPECT_EQ(
      cursor_of("<BookmarkList><Bookmark Cursor='a'/><Bookmark Cursor='b' IsCurrent='true'/></BookmarkList>"),
      "b");
}

TEST(EventBookmark, P6_OneOfAnotherHostIsRefused) {
  for (auto const* bad : {"", "text", "<BookmarkList/>", "<Other><Bookmark Cursor='c'/></Other>",
                          "<BookmarkList><Bookmark Channel='System' RecordId='7'/></BookmarkList>"}) {
    EXPECT_THROW(cursor_of(bad), wsman::Fault) << bad;
  }
}

}  // namespace
}  // namespace winrm::plugins::eventlog
