#include "plugins/eventlog/event_query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "providers/eventlog/logs.hpp"
#include "wsman/actions.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_limits.hpp"
#include "wsman/eventing_uris.hpp"

namespace winrm::plugins::eventlog {

namespace {

namespace faults = wsman::faults;
using unicode::equals_ignoring_case;

bool is_log(std::string_view name) {
  return std::ranges::any_of(providers::log_names,
                             [&](std::string_view log) { return equals_ignoring_case(log, name); });
}

XPath parse_path(std::string_view text) {
  auto path = XPath::parse(text);
  if (!path)
    throw faults::cannot_process_filter(
        fmt::format("The event query cannot be used: {}.", path.error().message));
  return std::move(*path);
}

void require_size(std::size_t bytes) {
  if (bytes > limits::event_query_bytes)
    throw faults::cannot_process_filter(
        fmt::format("The event query has more than {} bytes.", limits::event_query_bytes));
}

void require_log(std::string const& log) {
  if (log.empty())
    throw faults::cannot_process_filter(
        "A Select or Suppress of the event query names no log: give it, or its Query, a Path.");
  if (!is_log(log))
    throw faults::cannot_process_filter(
        fmt::format("This host has no log '{}'. Its logs are {}; the option IgnoreChannelError passes over "
                    "others.",
                    log.substr(0, 256), fmt::join(providers::log_names, ", ")));
}

}  // namespace

EventQuery EventQuery::read(wsman::EventFilter const& filter, bool ignore_unknown_logs) {
  bool const known = filter.dialect == wsman::dialect::event_query ||
                     filter.dialect == wsman::dialect::event_root_xpath ||
                     filter.dialect == wsman::dialect::xpath;
  if (!known) throw faults::event_filter_dialect_unavailable(filter.dialect);
  if (auto const list = filter.element.first_child()) {
    require_size(filter.element.serialize().size());
    return read_list(list, ignore_unknown_logs);
  }
  require_size(filter.text.size());
  if (!filter.text.starts_with('<')) return read_path(filter.text);
  auto const document = xml::Document::parse(filter.text);
  if (!document)
    throw faults::cannot_process_filter(
        fmt::format("The event query is not usable XML: {}.", document.error().message));
  return read_list(document->root(), ignore_unknown_logs);
}

EventQuery EventQuery::read_path(std::string_view text) {
  EventQuery query;
  auto path = parse_path(text);
  query.everything_ = path.matches_everything();
  Query only;
  only.selects.push_back({"", std::move(path)});
  query.queries_.push_back(std::move(only));
  return query;
}

EventQuery EventQuery::read_list(xml::Element const& list, bool ignore_unknown_logs) {
  if (list.local_name() != "QueryList")
    throw faults::cannot_process_filter(
        fmt::format("The event query is a '{}', and should be a QueryList.", list.local_name()));
  EventQuery query;
  query.everything_ = false;
  for (xml::Element const child : list.children()) {
    if (child.local_name() != "Query")
      throw faults::cannot_process_filter(
          fmt::format("The QueryList holds a '{}', and should hold Query elements.", child.local_name()));
    query.queries_.push_back(read_query(child, ignore_unknown_logs));
    if (query.queries_.size() > limits::event_queries)
      throw faults::cannot_process_filter(
          fmt::format("The QueryList has more than {} queries.", limits::event_queries));
  }
  if (query.queries_.empty()) throw faults::cannot_process_filter("The QueryList has no Query.");
  return query;
}

EventQuery::Query EventQuery::read_query(xml::Element const& element, bool ignore_unknown_logs) {
  Query query;
  auto const inherited = element.attribute("", "Path").value_or("");
  bool selects = false;
  for (xml::Element const child : element.children()) {
    bool const is_select = child.local_name() == "Select";
    if (!is_select && child.local_name() != "Suppress")
      throw faults::cannot_process_filter(
          fmt::format("The Query holds a '{}', and should hold Select and Suppress.", child.local_name()));
    selects |= is_select;
    Clause clause{child.attribute("", "Path").value_or(inherited), parse_path(child.trimmed_text())};
    if (ignore_unknown_logs && !clause.log.empty() && !is_log(clause.log)) continue;
    require_log(clause.log);
    (is_select ? query.selects : query.suppresses).push_back(std::move(clause));
    if (query.selects.size() + query.suppresses.size() > limits::event_queries)
      throw faults::cannot_process_filter(
          fmt::format("A Query has more than {} Select and Suppress.", limits::event_queries));
  }
  if (!selects) throw faults::cannot_process_filter("A Query of the event query has no Select.");
  return query;
}

bool EventQuery::wants(std::string_view log) const {
  if (everything_) return true;
  return std::ranges::any_of(queries_, [&](Query const& query) {
    return std::ranges::any_of(query.selects, [&](Clause const& clause) {
      return clause.log.empty() || equals_ignoring_case(clause.log, log);
    });
  });
}

bool EventQuery::wants_all_of(std::string_view log) const {
  if (everything_) return true;
  return std::ranges::any_of(queries_, [&](Query const& query) {
    return query.suppresses.empty() && std::ranges::any_of(query.selects, [&](Clause const& clause) {
             return (clause.log.empty() || equals_ignoring_case(clause.log, log)) &&
                    clause.path.matches_everything();
           });
  });
}

bool EventQuery::matches(std::string_view log, xml::Element const& event,
                         std::chrono::sys_time<std::chrono::microseconds> now) const {
  Effort effort;
  auto const matches_clause = [&](Clause const& clause) {
    return (clause.log.empty() || equals_ignoring_case(clause.log, log)) &&
           clause.path.matches(event, now, effort);
  };
  return std::ranges::any_of(queries_, [&](Query const& query) {
    return std::ranges::any_of(query.selects, matches_clause) &&
           std::ranges::none_of(query.suppresses, matches_clause);
  });
}

}  // namespace winrm::plugins::eventlog
