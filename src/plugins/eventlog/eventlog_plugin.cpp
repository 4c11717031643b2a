#include "plugins/eventlog/eventlog_plugin.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/unicode.hpp"
#include "engine/event_source.hpp"
#include "plugins/eventlog/event_query.hpp"
#include "plugins/eventlog/event_xml.hpp"
#include "system/journal_follower.hpp"
#include "wsman/eventing.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_uris.hpp"

namespace winrm::plugins {

namespace eventlog {

namespace {

namespace faults = wsman::faults;
using system::JournalFollower;
using system::JournalStart;
using unicode::equals_ignoring_case;

wsman::Fault out_of_descriptors() {
  return faults::event_source_unable(
      "The account's process has too few file descriptors left to read every file of the journal. "
      "Unsubscribe from others, or raise LimitNOFILE of the service; then go on with the last bookmark.");
}

/// The events of the journal that a query selects.
class JournalEvents final : public engine::EventSource {
 public:
  JournalEvents(std::string folder, EventQuery query, EventFormat format, JournalStart start)
      : query_(std::move(query)),
        format_(format),
        start_(std::move(start)),
        follower_(system::make_journal_follower(std::move(folder))) {}

  void open() override {
    switch (follower_->open(start_)) {
      case JournalFollower::Opened::yes:
        return;
      case JournalFollower::Opened::no_journal:
        throw faults::event_source_unable(
            "This host has no journal that the account may read. The group systemd-journal may read the "
            "system's; "
            "journald(8) keeps it.");
      case JournalFollower::Opened::no_descriptors:
        throw out_of_descriptors();
      case JournalFollower::Opened::bad_cursor:
        throw faults::invalid_bookmark("The bookmark is none of this host's event log.");
      case JournalFollower::Opened::cursor_gone:
        throw faults::bookmark_expired(
            "The journal does not keep the bookmark's event any more, and perhaps others behind it. Begin "
            "anew: without a bookmark, or with the earliest.");
    }
  }

  Step next(engine::Event& event) override {
    constexpr Milliseconds at_most{20};
    Deadline const until = SteadyClock::now() + at_most;
    do {
      if (!read_next()) return Step::nothing;
      auto const log = channel_of(record_);
      if (!query_.wants(log)) continue;
      event.xml = write_event(record_, format_);
      if (!query_.wants_all_of(log) && !is_selected(log, event.xml)) continue;
      event.bookmark = write_bookmark(record_);
      return Step::event;
    } while (SteadyClock::now() < until);
    return Step::searching;
  }

  int wait_fd() const override { return follower_->fd(); }
  Milliseconds wait_limit() const override { return follower_->wait_limit(); }

 private:
  [[nodiscard]] bool read_next() try { return follower_->next(record_); } catch (std::system_error const&) {
    throw out_of_descriptors();
  }

  [[nodiscard]] bool is_selected(std::string_view log, std::string const& xml) const {
    auto const document = xml::Document::parse(xml);
    auto const now =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    return document && query_.matches(log, document->root(), now);
  }

  EventQuery const query_;
  EventFormat const format_;
  JournalStart const start_;
  std::unique_ptr<JournalFollower> const follower_;
  system::JournalRecord record_;
};

/// The options of Windows' collector (wire reference 7.4).
struct Options {
  EventFormat format = EventFormat::raw;
  bool ignore_unknown_logs = false;
  bool read_existing = false;
};

Options read_options(wsman::OptionSet const& options) {
  constexpr std::array<std::string_view, 6> known{
      "SubscriptionName", "Compression",        "CDATA",
      "ContentFormat",    "IgnoreChannelError", "ReadExistingEvents"};
  for (auto const& option : options) {
    bool const is_known = std::ranges::any_of(
        known, [&](std::string_view name) { return equals_ignoring_case(name, option.name); });
    if (!is_known && option.must_comply) throw faults::options_not_supported(option.name);
  }
  Options result;
  if (auto const* format = options.find("ContentFormat")) {
    if (equals_ignoring_case(format->value, "RenderedText"))
      result.format = EventFormat::rendered;
    else if (!equals_ignoring_case(format->value, "Raw") && !equals_ignoring_case(format->value, "Events"))
      throw faults::invalid_option_value(format->name, format->value);
  }
  result.ignore_unknown_logs = options.find("IgnoreChannelError") != nullptr;
  result.read_existing = options.flag("ReadExistingEvents");
  return result;
}

JournalStart start_of(wsman::SubscribeRequest const& request, Options const& options) {
  using At = JournalStart::At;
  if (request.bookmark && !request.bookmark->earliest)
    return {At::cursor, read_bookmark(request.bookmark->element)};
  return {request.bookmark || options.read_existing ? At::oldest : At::newest, {}};
}

class EventLogPlugin final : public engine::Plugin {
 public:
  explicit EventLogPlugin(std::string folder) : folder_(std::move(folder)) {}

  std::string_view name() const override { return "Event Forwarding Plugin"; }
  bool serves(std::string_view resource_uri) const override {
    return equals_ignoring_case(resource_uri, wsman::resource::event_log);
  }

  std::unique_ptr<engine::EventSource> subscribe(engine::Call const& call,
                                                 wsman::SubscribeRequest const& request) override {
    auto const options = read_options(call.request().options);
    auto query =
        request.filter ? EventQuery::read(*request.filter, options.ignore_unknown_logs) : EventQuery();
    return std::make_unique<JournalEvents>(folder_, std::move(query), options.format,
                                           start_of(request, options));
  }

 private:
  std::string const folder_;
};

}  // namespace

}  // namespace eventlog

std::unique_ptr<engine::Plugin> make_eventlog_plugin(std::string journal_folder) {
  return std::make_unique<eventlog::EventLogPlugin>(std::move(journal_folder));
}

}  // namespace winrm::plugins
