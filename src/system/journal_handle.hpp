#pragma once

#include <systemd/sd-journal.h>

#include <memory>
#include <string>

#include "system/journal.hpp"

/// What readers of the journal share.
namespace winrm::system::journal {

struct Close {
  void operator()(sd_journal* journal) const { ::sd_journal_close(journal); }
};
using Handle = std::unique_ptr<sd_journal, Close>;

/// The local journal, or the one in `folder` when it is not empty. Null when it cannot be read.
[[nodiscard]] Handle open(std::string const& folder);

/// The entry the handle stands at. False for one of a damaged file.
[[nodiscard]] bool read(sd_journal* journal, JournalEntry& entry);

}  // namespace winrm::system::journal
