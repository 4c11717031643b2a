#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/eventlog/xpath.hpp"
#include "wsman/eventing.hpp"

namespace winrm::plugins::eventlog {

/// Which events of which logs: a query list (windows-surface 9.11) or one path over all logs. Immutable.
class EventQuery {
 public:
  /// Every event of every log.
  EventQuery() = default;
  /// Throws wsman::Fault for a dialect or a query that cannot be used. `ignore_unknown_logs`: a log that this
  /// host does not have selects nothing.
  [[nodiscard]] static EventQuery read(wsman::EventFilter const& filter, bool ignore_unknown_logs);

  /// Whether an event of this log can be selected at all.
  [[nodiscard]] bool wants(std::string_view log) const;
  /// Whether every event of this log is selected, so that matches() need not be asked.
  [[nodiscard]] bool wants_all_of(std::string_view log) const;
  /// Throws wsman::Fault for an event that costs more than limits::event_query_effort.
  [[nodiscard]] bool matches(std::string_view log, xml::Element const& event,
                             std::chrono::sys_time<std::chrono::microseconds> now) const;

 private:
  struct Clause {
    std::string log;  ///< "" for every log
    XPath path;
  };
  /// Suppress wins over Select.
  struct Query {
    std::vector<Clause> selects;
    std::vector<Clause> suppresses;
  };
  [[nodiscard]] static EventQuery read_list(xml::Element const& list, bool ignore_unknown_logs);
  [[nodiscard]] static EventQuery read_path(std::string_view text);
  [[nodiscard]] static Query read_query(xml::Element const& element, bool ignore_unknown_logs);

  bool everything_ = true;
  std::vector<Query> queries_;
};

}  // namespace winrm::plugins::eventlog
