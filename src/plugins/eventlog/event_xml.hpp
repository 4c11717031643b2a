#pragma once

#include <string>
#include <string_view>

#include "system/journal_follower.hpp"
#include "xml/document.hpp"

namespace winrm::plugins::eventlog {

enum class EventFormat {
  raw,
  rendered,  ///< with RenderingInfo: the texts people read
};

/// An entry of the journal as Windows' event XML (windows-surface 9.10). What the journal does not know is
/// left out, but for EventID, which the schema wants: 0 for an entry without the field EVENT_ID.
[[nodiscard]] std::string write_event(system::JournalRecord const& record, EventFormat format);

/// The log an entry belongs to: "Application", "Security", "System".
[[nodiscard]] std::string_view channel_of(system::JournalRecord const& record);

/// The place behind an entry, as content of w:Bookmark: Windows' bookmark list, with the journal's cursor in
/// it.
[[nodiscard]] std::string write_bookmark(system::JournalRecord const& record);
/// The cursor in a w:Bookmark. Throws wsman::Fault (InvalidBookmark).
[[nodiscard]] std::string read_bookmark(xml::Element const& bookmark);

}  // namespace winrm::plugins::eventlog
