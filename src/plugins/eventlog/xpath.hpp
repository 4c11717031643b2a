#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "wsman/eventing_limits.hpp"
#include "xml/document.hpp"

namespace winrm::plugins::eventlog {

/// What looking at one event may still cost (limits::event_query_effort): a short path that compares all
/// fields with each other would keep its thread busy for minutes.
class Effort {
 public:
  /// Throws wsman::Fault (CannotProcessFilter) when nothing is left.
  void spend(std::size_t amount);

 private:
  std::size_t left_ = limits::event_query_effort;
};

/// The part of XPath 1.0 that Windows reads events with (windows-surface 9.11): paths from "*" or "Event"
/// with child and attribute steps and predicates; or, and, comparisons; Band(), timediff(), position(). Names
/// match without their namespace. Immutable; any number of threads may use it.
class XPath {
 public:
  /// The error says what is wrong and at which character.
  [[nodiscard]] static Result<XPath> parse(std::string_view text);

  /// Whether `event` (an Event element) is selected. `now` is what timediff() counts from. Throws what
  /// Effort::spend() does.
  [[nodiscard]] bool matches(xml::Element const& event, std::chrono::sys_time<std::chrono::microseconds> now,
                             Effort& effort) const;
  /// "*" or "Event" alone.
  [[nodiscard]] bool matches_everything() const;

  struct Path;

 private:
  explicit XPath(std::shared_ptr<Path const> path) : path_(std::move(path)) {}
  std::shared_ptr<Path const> path_;
};

}  // namespace winrm::plugins::eventlog
