#include "system/journal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "system/journal_handle.hpp"
#include "system/text.hpp"

namespace winrm::system {

namespace {

using journal::Handle;
using journal::open;
using journal::read;

/// The value of a field; valid until the next question.
std::optional<std::string_view> field(sd_journal* journal, std::string_view name) {
  void const* data = nullptr;
  std::size_t size = 0;
  if (::sd_journal_get_data(journal, name.data(), &data, &size) < 0) return std::nullopt;
  auto const text = std::string_view(static_cast<char const*>(data), size);
  return text.substr(std::min(text.size(), name.size() + 1));  // behind "NAME="
}

std::optional<std::string> text_field(sd_journal* journal, std::string_view name) {
  auto const value = field(journal, name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

template <class Integer>
std::optional<Integer> number_field(sd_journal* journal, std::string_view name) {
  auto const value = field(journal, name);
  return value ? text::number<Integer>(*value) : std::nullopt;
}

SystemTime time_of(std::uint64_t microseconds) {
  return SystemTime(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
}

/// "s=…;i=1a2b;b=…": the parts of a cursor (systemd.journal-fields(7), __CURSOR).
struct Cursor {
  std::string file_set;  ///< entries of one file set are counted together
  std::uint64_t sequence = 0;
};
std::optional<Cursor> cursor(sd_journal* journal) {
  char* text = nullptr;
  if (::sd_journal_get_cursor(journal, &text) < 0) return std::nullopt;
  std::unique_ptr<char, decltype(&std::free)> const owner(text, &std::free);
  Cursor found;
  std::string_view rest = text;
  while (!rest.empty()) {
    auto const part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.starts_with("s=")) found.file_set = part.substr(2);
    if (part.starts_with("i=")) {
      std::from_chars(part.data() + 2, part.data() + part.size(), found.sequence, 16);
    }
  }
  return found;
}

}  // namespace

Handle journal::open(std::string const& folder) {
  sd_journal* journal = nullptr;
  int const error = folder.empty() ? ::sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY)
                                   : ::sd_journal_open_directory(&journal, folder.c_str(), 0);
  return Handle(error < 0 ? nullptr : journal);
}

bool journal::read(sd_journal* journal, JournalEntry& entry) {
  auto const place = cursor(journal);
  std::uint64_t received = 0;
  if (!place || ::sd_journal_get_realtime_usec(journal, &received) < 0) return false;
  entry.sequence = place->sequence;
  entry.received = time_of(received);
  entry.sent.reset();
  if (auto const sent = number_field<std::uint64_t>(journal, "_SOURCE_REALTIME_TIMESTAMP")) {
    entry.sent = time_of(*sent);
  }
  entry.message = text_field(journal, "MESSAGE").value_or("");
  entry.identifier = text_field(journal, "SYSLOG_IDENTIFIER");
  if (!entry.identifier) entry.identifier = text_field(journal, "_COMM");
  entry.host_name = text_field(journal, "_HOSTNAME");
  entry.priority = number_field<std::uint8_t>(journal, "PRIORITY");
  entry.facility = number_field<std::uint32_t>(journal, "SYSLOG_FACILITY");
  entry.user = number_field<std::uint32_t>(journal, "_UID");
  auto const transport = text_field(journal, "_TRANSPORT");
  entry.from_kernel = transport == "kernel";
  entry.from_audit = transport == "audit";
  return true;
}

namespace {

class Reader final : public JournalReader {
 public:
  explicit Reader(Handle journal) : journal_(std::move(journal)) {
    if (journal_ && ::sd_journal_seek_tail(journal_.get()) < 0) journal_.reset();
  }
  bool next(JournalEntry& entry) override {
    while (journal_ && ::sd_journal_previous(journal_.get()) > 0) {
      if (read(journal_.get(), entry)) return true;  // one of a damaged file is passed over
    }
    return false;
  }

 private:
  Handle journal_;
};

class RealJournal final : public Journal {
 public:
  explicit RealJournal(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<JournalReader> newest_first() const override {
    return std::make_unique<Reader>(open(folder_));
  }

  std::optional<JournalEntry> find(std::uint64_t sequence) const override {
    auto const journal = open(folder_);
    if (!journal || ::sd_journal_seek_tail(journal.get()) < 0 || ::sd_journal_previous(journal.get()) <= 0) {
      return std::nullopt;
    }
    auto const newest = cursor(journal.get());
    if (!newest) return std::nullopt;
    std::array<char, 17> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), sequence, 16).ptr;
    auto const wanted = "s=" + newest->file_set + ";i=" + std::string(digits.data(), end);
    JournalEntry entry;
    if (::sd_journal_seek_cursor(journal.get(), wanted.c_str()) >= 0 &&
        ::sd_journal_next(journal.get()) > 0 && read(journal.get(), entry) && entry.sequence == sequence) {
      return entry;
    }
    return search(sequence);
  }

  std::optional<std::uint64_t> bytes() const override {
    auto const journal = open(folder_);
    std::uint64_t size = 0;
    if (!journal || ::sd_journal_get_usage(journal.get(), &size) < 0 || size == 0) return std::nullopt;
    return size;
  }

 private:
  /// Among the entries of every file set: a journal that was set up anew counts from the beginning.
  [[nodiscard]] std::optional<JournalEntry> search(std::uint64_t sequence) const {
    auto const reader = newest_first();
    JournalEntry entry;
    while (reader->next(entry)) {
      if (entry.sequence == sequence) return entry;
    }
    return std::nullopt;
  }

  std::string folder_;
};

}  // namespace

std::unique_ptr<Journal> make_journal(std::string folder) {
  return std::make_unique<RealJournal>(std::move(folder));
}

}  // namespace winrm::system
