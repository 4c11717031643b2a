#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "system/journal.hpp"

namespace winrm::system {

/// An entry with everything the journal has of it.
struct JournalRecord {
  JournalEntry entry;
  std::string cursor;  ///< its place (sd_journal_get_cursor(3))
  /// Every field, trusted ones ("_PID") too, in the journal's order. Values are cut at
  /// `journal_value_bytes`.
  std::vector<std::pair<std::string, std::string>> fields;
};

inline constexpr std::size_t journal_value_bytes = 32 * std::size_t{1024};

/// Where following begins.
struct JournalStart {
  enum class At { oldest, newest, cursor };
  At at = At::newest;  ///< newest: with the next entry that comes
  std::string cursor;  ///< with the entry behind this one
};

/// The journal from one entry on, and what comes. All calls, and its end, on one thread.
class JournalFollower {
 public:
  enum class Opened {
    yes,
    no_journal,      ///< this machine keeps none, or none that this account may read
    bad_cursor,      ///< no cursor of a journal
    cursor_gone,     ///< the entry is not kept any more
    no_descriptors,  ///< files of the journal may not have been opened
  };
  virtual ~JournalFollower() = default;
  [[nodiscard]] virtual Opened open(JournalStart const& start) = 0;
  /// The next entry; false when there is none yet. Throws std::system_error when files came to the journal
  /// and this process may have no descriptor left for them.
  [[nodiscard]] virtual bool next(JournalRecord& record) = 0;
  /// Readable when there may be more; -1 before open().
  [[nodiscard]] virtual int fd() const = 0;
  /// After so long next() should be asked in any case (journals on network file systems).
  [[nodiscard]] virtual Milliseconds wait_limit() const = 0;
};

/// The local journal, or the one in `folder` when it is not empty.
[[nodiscard]] std::unique_ptr<JournalFollower> make_journal_follower(std::string folder = {});

}  // namespace winrm::system
