#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "xml/document.hpp"

namespace winrm::plugins::eventlog {

/// The part of XPath 1.0 that Windows reads events with (windows-surface 9.11): paths from "*" or "Event"
/// with child and attribute steps and predicates; or, and, comparisons; Band(), timediff(), position(). Names
/// match without their namespace. Immutable; any number of threads may use it.
class XPath {
 public:
  /// The error says what is wrong and at which character.
  [[nodiscard]] static Result<XPath> parse(std::string_view text);

  /// Whether `event` (an Event element) is selected. `now` is what timediff() counts from.
  [[nodiscard]] bool matches(xml::Element const& event,
                             std::chrono::sys_time<std::chrono::microseconds> now) const;
  /// "*" or "Event" alone.
  [[nodiscard]] bool matches_everything() const;

  struct Path;

 private:
  explicit XPath(std::shared_ptr<Path const> path) : path_(std::move(path)) {}
  std::shared_ptr<Path const> path_;
};

}  // namespace winrm::plugins::eventlog
