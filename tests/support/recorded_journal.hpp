#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "system/journal.hpp"

namespace winrm::test {

/// The journal of a recorded machine: lines, oldest first, of sequence number, seconds since the epoch,
/// transport, priority, facility ("-" for none), user id, identifier and the message.
class RecordedJournal final : public system::Journal {
 public:
  explicit RecordedJournal(std::filesystem::path const& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) entries_.push_back(entry_of(line));
  }

  std::unique_ptr<system::JournalReader> newest_first() const override {
    return std::make_unique<Reader>(entries_);
  }
  std::optional<system::JournalEntry> find(std::uint64_t sequence) const override {
    for (auto const& entry : entries_) {
      if (entry.sequence == sequence) return entry;
    }
    return std::nullopt;
  }
  std::optional<std::uint64_t> bytes() const override { return 8U << 20U; }

 private:
  class Reader final : public system::JournalReader {
   public:
    explicit Reader(std::vector<system::JournalEntry> const& entries)
        : next_(entries.rbegin()), end_(entries.rend()) {}
    bool next(system::JournalEntry& entry) override {
      if (next_ == end_) return false;
      entry = *next_++;
      return true;
    }

   private:
    std::vector<system::JournalEntry>::const_reverse_iterator next_;
    std::vector<system::JournalEntry>::const_reverse_iterator end_;
  };

  static system::JournalEntry entry_of(std::string const& line) {
    std::istringstream words(line);
    system::JournalEntry entry;
    std::int64_t seconds = 0;
    std::string transport;
    unsigned priority = 0;
    std::string facility;
    std::uint32_t user = 0;
    std::string identifier;
    words >> entry.sequence >> seconds >> transport >> priority >> facility >> user >> identifier >> std::ws;
    std::getline(words, entry.message);
    entry.received = system::SystemTime(std::chrono::seconds(seconds));
    entry.priority = static_cast<std::uint8_t>(priority);
    if (facility != "-") entry.facility = static_cast<std::uint32_t>(std::stoul(facility));
    entry.user = user;
    entry.identifier = identifier;
    entry.host_name = "db1";
    entry.from_kernel = transport == "kernel";
    entry.from_audit = transport == "audit";
    return entry;
  }

  std::vector<system::JournalEntry> entries_;
};

}  // namespace winrm::test
