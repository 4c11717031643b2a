#include "plugins/eventlog/event_xml.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "base/sid.hpp"
#include "providers/eventlog/logs.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_limits.hpp"
#include "wsman/eventing_uris.hpp"
#include "xml/writer.hpp"

namespace winrm::plugins::eventlog {

namespace {

using system::JournalRecord;
namespace faults = wsman::faults;

std::optional<std::string_view> field(JournalRecord const& record, std::string_view name) {
  for (auto const& [field_name, value] : record.fields)
    if (field_name == name) return value;
  return std::nullopt;
}

/// windows-surface 9.10: syslog's 0 to 2 are critical, 5 and 6 information.
std::uint8_t level_of(std::uint8_t priority) {
  constexpr std::array<std::uint8_t, 8> levels{1, 1, 1, 2, 3, 4, 4, 5};
  return priority < levels.size() ? levels[priority] : 0;
}

constexpr std::array<std::string_view, 6> level_names{"",        "Critical",    "Error",
                                                      "Warning", "Information", "Verbose"};

/// Applications that have numbered events log them with the field EVENT_ID.
std::uint16_t event_id(JournalRecord const& record) {
  auto const text = field(record, "EVENT_ID").value_or("");
  std::uint16_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// "2026-01-02T03:04:05.1234560Z": seven digits, as Windows writes it.
std::string format_time(system::SystemTime time) {
  auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  auto const seconds = std::chrono::floor<std::chrono::seconds>(micros);
  std::time_t const whole = seconds.count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}0Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, (micros - seconds).count());
}

void write_system(xml::Writer& writer, JournalRecord const& record) {
  auto const& entry = record.entry;
  writer.open("System").open("Provider");
  if (entry.identifier) writer.attribute("Name", *entry.identifier);
  writer.close().element("EventID", std::to_string(event_id(record)));
  if (entry.priority) writer.element("Level", std::to_string(level_of(*entry.priority)));
  if (entry.facility) writer.element("Task", std::to_string(*entry.facility));
  writer.open("TimeCreated").attribute("SystemTime", format_time(entry.received)).close();
  writer.element("EventRecordID", std::to_string(entry.sequence));
  // Windows' 0 for what has no thread.
  if (auto const process = field(record, "_PID"))
    writer.open("Execution").attribute("ProcessID", *process).attribute("ThreadID", "0").close();
  writer.element("Channel", channel_of(record));
  if (entry.host_name) writer.element("Computer", *entry.host_name);
  if (entry.user) writer.open("Security").attribute("UserID", Sid::of_user(*entry.user).text()).close();
  writer.close();
}

/// Every field the journal has, under its name (systemd.journal-fields(7)).
void write_data(xml::Writer& writer, JournalRecord const& record) {
  writer.open("EventData");
  for (auto const& [name, value] : record.fields)
    writer.open("Data").attribute("Name", name).text(value).close();
  writer.close();
}

void write_rendering(xml::Writer& writer, JournalRecord const& record) {
  auto const& entry = record.entry;
  writer.open("RenderingInfo").attribute("Culture", "en-US").element("Message", entry.message);
  if (entry.priority) writer.element("Level", level_names[level_of(*entry.priority)]);
  writer.element("Channel", channel_of(record));
  if (entry.identifier) writer.element("Provider", *entry.identifier);
  writer.close();
}

/// The bookmark that is marked as current, or the only one.
xml::Element current_of(xml::Element const& list) {
  xml::Element found;
  for (xml::Element const child : list.children()) {
    if (child.local_name() != "Bookmark") continue;
    if (!found || child.attribute_view("", "IsCurrent") == "true") found = child;
  }
  return found;
}

std::string cursor_in(xml::Element const& list) {
  auto cursor = current_of(list).attribute("", "Cursor").value_or("");
  if (list.local_name() != "BookmarkList" || cursor.empty())
    throw faults::invalid_bookmark(
        "The bookmark is none of this host's event log: send what the header Bookmark of the last delivery "
        "said, "
        "or begin anew without one.");
  return cursor;
}

}  // namespace

std::string_view channel_of(JournalRecord const& record) { return providers::log_of(record.entry); }

std::string write_event(JournalRecord const& record, EventFormat format) {
  std::string out;
  xml::Writer writer(out);
  writer.open("Event").attribute("xmlns", ns::event);
  write_system(writer, record);
  write_data(writer, record);
  if (format == EventFormat::rendered) write_rendering(writer, record);
  writer.close();
  return out;
}

std::string write_bookmark(JournalRecord const& record) {
  std::string out;
  xml::Writer writer(out);
  writer.open("BookmarkList").open("Bookmark").attribute("Channel", channel_of(record));
  writer.attribute("RecordId", std::to_string(record.entry.sequence)).attribute("IsCurrent", "true");
  writer.attribute("Cursor", record.cursor).close().close();
  return out;
}

std::string read_bookmark(xml::Element const& bookmark) {
  if (auto const list = bookmark.first_child()) return cursor_in(list);
  auto const text = bookmark.trimmed_text();
  if (text.size() > limits::bookmark_bytes)
    throw faults::invalid_bookmark(
        fmt::format("The bookmark has more than {} bytes.", limits::bookmark_bytes));
  auto const document = xml::Document::parse(text);
  if (!document)
    throw faults::invalid_bookmark(fmt::format("The bookmark is not usable: {}.", document.error().message));
  return cursor_in(document->root());
}

}  // namespace winrm::plugins::eventlog
