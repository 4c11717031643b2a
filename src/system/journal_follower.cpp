#include "system/journal_follower.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "base/unique_fd.hpp"
#include "system/journal_handle.hpp"

namespace winrm::system {

namespace {

std::string cursor_of(sd_journal* journal) {
  char* text = nullptr;
  if (::sd_journal_get_cursor(journal, &text) < 0) return {};
  std::unique_ptr<char, decltype(&std::free)> const owner(text, &std::free);
  return text;
}

/// Whether this process may open more files. The journal's library passes over those that it cannot open,
/// and their entries would be missing without a word.
template <std::size_t count>
bool has_spare_descriptors() {
  std::array<UniqueFd, count> spare;
  return std::ranges::all_of(spare, [](UniqueFd& one) {
    one.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return static_cast<bool>(one);
  });
}

void read_fields(sd_journal* journal, JournalRecord& record) {
  record.fields.clear();
  ::sd_journal_restart_data(journal);
  void const* data = nullptr;
  std::size_t size = 0;
  while (::sd_journal_enumerate_available_data(journal, &data, &size) > 0) {
    auto const text = std::string_view(static_cast<char const*>(data), size);
    auto const equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    record.fields.emplace_back(text.substr(0, equals), text.substr(equals + 1, journal_value_bytes));
  }
}

class Follower final : public JournalFollower {
 public:
  explicit Follower(std::string folder) : folder_(std::move(folder)) {}

  Opened open(JournalStart const& start) override {
    journal_ = journal::open(folder_);
    if (!has_spare_descriptors<16>()) return Opened::no_descriptors;
    if (!journal_ || !has_files()) return Opened::no_journal;
    ::sd_journal_set_data_threshold(journal_.get(), journal_value_bytes);
    // Asked for once, the descriptor is told of every change from now on.
    fd_ = ::sd_journal_get_fd(journal_.get());
    switch (start.at) {
      case JournalStart::At::oldest:
        ::sd_journal_seek_head(journal_.get());
        return Opened::yes;
      case JournalStart::At::newest:
        seek_end();
        return Opened::yes;
      case JournalStart::At::cursor:
        break;
    }
    return seek_behind(start.cursor);
  }

  bool next(JournalRecord& record) override {
    // Before the entries are looked at: what is written meanwhile makes the descriptor readable again.
    // It does not say whether a file came that it could not open.
    if (at_end_ && ::sd_journal_process(journal_.get()) != SD_JOURNAL_NOP && !has_spare_descriptors<4>())
      throw std::system_error(EMFILE, std::generic_category(), "files of the journal cannot be opened");
    while (::sd_journal_next(journal_.get()) > 0) {
      at_end_ = false;
      if (!journal::read(journal_.get(), record.entry)) continue;  // one of a damaged file is passed over
      record.cursor = cursor_of(journal_.get());
      read_fields(journal_.get(), record);
      return true;
    }
    at_end_ = true;
    return false;
  }

  int fd() const override { return fd_; }

  Milliseconds wait_limit() const override {
    constexpr Milliseconds local{60'000};
    constexpr Milliseconds remote{1000};
    return ::sd_journal_reliable_fd(journal_.get()) > 0 ? local : remote;
  }

 private:
  [[nodiscard]] bool has_files() const {
    std::uint64_t bytes = 0;
    return ::sd_journal_get_usage(journal_.get(), &bytes) >= 0 && bytes > 0;
  }

  /// Behind the last entry; seeking to the tail alone is no place to go on from.
  void seek_end() {
    if (::sd_journal_seek_tail(journal_.get()) >= 0 && ::sd_journal_previous(journal_.get()) > 0) return;
    ::sd_journal_seek_head(journal_.get());
  }

  Opened seek_behind(std::string const& cursor) {
    if (::sd_journal_seek_cursor(journal_.get(), cursor.c_str()) < 0) return Opened::bad_cursor;
    // What is found is the entry itself, or the next one that is kept.
    if (::sd_journal_next(journal_.get()) <= 0) return Opened::cursor_gone;
    return ::sd_journal_test_cursor(journal_.get(), cursor.c_str()) > 0 ? Opened::yes : Opened::cursor_gone;
  }

  std::string folder_;
  journal::Handle journal_;
  int fd_ = -1;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<JournalFollower> make_journal_follower(std::string folder) {
  return std::make_unique<Follower>(std::move(folder));
}

}  // namespace winrm::system
