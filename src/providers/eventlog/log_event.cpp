#include <algorithm>
#include <array>
#include <map>

#include "base/unicode.hpp"
#include "cim/schema.hpp"
#include "providers/common/long_text.hpp"
#include "providers/eventlog/classes.hpp"
#include "providers/eventlog/logs.hpp"
#include "system/accounts.hpp"
#include "system/host.hpp"
#include "system/journal.hpp"

namespace winrm::providers {

namespace {

struct LogEvent {
  std::string log;
  std::uint32_t number = 0;
  std::string message;
  std::optional<std::string> source;
  std::optional<std::string> computer;
  std::optional<std::string> user;
  std::optional<std::uint16_t> category;
  std::optional<std::string> category_name;
  std::optional<std::uint8_t> type;
  std::optional<std::string> type_name;
  std::optional<DateTime> generated;
  std::optional<DateTime> written;
};

enum EventType : std::uint8_t { error = 1, warning = 2, information = 3 };
constexpr cim::ValueName event_types[] = {{1, "Error"},
                                          {2, "Warning"},
                                          {3, "Information"},
                                          {4, "Security Audit Success"},
                                          {5, "Security Audit Failure"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LogEvent> = [] {
  using E = winrm::providers::LogEvent;
  return describe(
      ClassName("root/cimv2", "Win32_NTLogEvent", "")
          .described("An entry of the systemd journal. Logfile follows from its syslog facility, RecordNumber is "
                     "the number the journal counts it with."),
      key<&E::log>("Logfile"),
      key<&E::number>("RecordNumber"),
      prop<&E::category>("Category").described("The syslog facility."),
      prop<&E::category_name>("CategoryString"),
      prop<&E::computer>("ComputerName"),
      unknown<std::vector<std::uint8_t>>("Data"),
      unknown<std::uint16_t>("EventCode"),
      unknown<std::uint32_t>("EventIdentifier"),
      prop<&E::type>("EventType").values(winrm::providers::event_types),
      unknown<std::vector<std::string>>("InsertionStrings"),
      prop<&E::message>("Message"),
      prop<&E::source>("SourceName"),
      prop<&E::generated>("TimeGenerated"),
      prop<&E::written>("TimeWritten"),
      prop<&E::type_name>("Type"),
      prop<&E::user>("User"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

/// syslog(3); numbers from 16 on are local0 to local7.
constexpr std::array<std::string_view, 12> facility_names{
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"};

std::optional<std::string> facility_name(std::uint32_t facility) {
  constexpr std::uint32_t first_local = 16;
  constexpr std::uint32_t last_local = 23;
  if (facility < facility_names.size()) return std::string(facility_names[facility]);
  if (facility < first_local || facility > last_local) return std::nullopt;
  return "local" + std::to_string(facility - first_local);
}

EventType event_type(std::uint8_t priority) {
  constexpr std::uint8_t syslog_error = 3;
  constexpr std::uint8_t syslog_warning = 4;
  if (priority <= syslog_error) return error;
  return priority == syslog_warning ? warning : information;
}

class Filler {
 public:
  explicit Filler(Host const& host) : host_(host) {}

  [[nodiscard]] LogEvent fill(system::JournalEntry const& entry) {
    LogEvent row;
    row.log = log_of(entry);
    row.number = static_cast<std::uint32_t>(entry.sequence);
    row.message = within_bounds(entry.message);
    row.source = entry.identifier;
    row.computer = entry.host_name;
    if (entry.user) row.user = name_of(*entry.user);
    if (entry.facility) {
      row.category = static_cast<std::uint16_t>(*entry.facility);
      row.category_name = facility_name(*entry.facility);
    }
    if (entry.priority) {
      row.type = event_type(*entry.priority);
      row.type_name = event_types[*row.type - 1].name;
    }
    row.generated = host_.local(entry.sent.value_or(entry.received));
    row.written = host_.local(entry.received);
    return row;
  }

 private:
  /// Looked up once for each account: a directory service may be slow.
  [[nodiscard]] std::optional<std::string> name_of(std::uint32_t uid) {
    auto const [known, is_new] = names_.try_emplace(uid);
    if (is_new) {
      if (auto const account = system::find_account(uid)) known->second = account->name;
    }
    return known->second;
  }

  Host const& host_;
  std::map<std::uint32_t, std::optional<std::string>> names_;
};

/// What a query says about the entries it is after.
class Limits {
 public:
  explicit Limits(cim::Query const& query) : log_(query.equals_in_any_case<&LogEvent::log>()) {
    for (auto const& least : {query.at_least<&LogEvent::generated>(), query.at_least<&LogEvent::written>()}) {
      if (least) earliest_ = std::max(earliest_.value_or(least->utc), least->utc);
    }
  }

  /// The journal is read from its newest entry on. A program says it wrote an entry before the journal
  /// received it; clocks that were set back meanwhile are borne with.
  [[nodiscard]] bool ends_before(system::JournalEntry const& entry) const {
    constexpr std::chrono::hours clock_changes{1};
    return earliest_ && entry.received + clock_changes < *earliest_;
  }
  [[nodiscard]] bool admits(system::JournalEntry const& entry) const {
    return !log_ || unicode::equals_ignoring_case(*log_, log_of(entry));
  }

 private:
  std::optional<std::string> log_;
  std::optional<system::SystemTime> earliest_;
};

std::optional<LogEvent> get(Host const& host, cim::Query const& query) {
  auto const number = query.equals<&LogEvent::number>();
  if (!number) return std::nullopt;
  auto const entry = host.journal().find(*number);
  if (!entry) return std::nullopt;
  return Filler(host).fill(*entry);
}

cim::Generator<LogEvent> enumerate(Host const& host, cim::Query const& query) {
  if (query.equals<&LogEvent::number>()) {
    auto const only = get(host, query);
    if (only) co_yield *only;
    co_return;
  }
  Filler filler(host);
  Limits const limits(query);
  auto const reader = host.journal().newest_first();
  system::JournalEntry entry;
  while (reader->next(entry)) {
    if (limits.ends_before(entry)) co_return;
    if (!limits.admits(entry)) continue;
    auto const row = filler.fill(entry);
    co_yield row;
  }
}

}  // namespace

void add_log_event(cim::Registry& registry) { registry.add<LogEvent>({.enumerate = enumerate, .get = get}); }

}  // namespace winrm::providers
