#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "system/host.hpp"

namespace winrm::system {

/// One entry of the systemd journal (systemd.journal-fields(7)). What an entry lacks is absent.
struct JournalEntry {
  std::uint64_t sequence = 0;      ///< counts the entries of a machine, through all of its files
  SystemTime received;             ///< by the journal
  std::optional<SystemTime> sent;  ///< by the program, where it said so
  std::string message;
  std::optional<std::string> identifier;  ///< of the program, SYSLOG_IDENTIFIER or its name
  std::optional<std::string> host_name;
  std::optional<std::uint8_t> priority;   ///< syslog(3): 0 emergency … 7 debug
  std::optional<std::uint32_t> facility;  ///< syslog(3), as a number: 3 daemon, 4 auth …
  std::optional<std::uint32_t> user;      ///< of the program that sent it
  bool from_kernel = false;
  bool from_audit = false;
};

/// Entries one after the other. Used by one thread at a time.
class JournalReader {
 public:
  virtual ~JournalReader() = default;
  /// The next entry; false at the end.
  [[nodiscard]] virtual bool next(JournalEntry& entry) = 0;
};

/// The journal of this machine, as far as the calling account may read it. Blocking; thread-safe.
class Journal {
 public:
  virtual ~Journal() = default;
  /// Every entry, newest first. Without a journal there is none.
  [[nodiscard]] virtual std::unique_ptr<JournalReader> newest_first() const = 0;
  /// The entry with this number.
  [[nodiscard]] virtual std::optional<JournalEntry> find(std::uint64_t sequence) const = 0;
  /// What its files take on disk; nothing without a journal.
  [[nodiscard]] virtual std::optional<std::uint64_t> bytes() const = 0;
};

/// The local journal, or the one in `folder` when it is not empty. libsystemd reads it.
[[nodiscard]] std::unique_ptr<Journal> make_journal(std::string folder = {});

}  // namespace winrm::system
