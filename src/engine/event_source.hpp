#pragma once

#include <string>

#include "base/time.hpp"

namespace winrm::engine {

/// One event.
struct Event {
  std::string xml;       ///< a self-contained element
  std::string bookmark;  ///< content of w:Bookmark: a subscription with it goes on behind this event
};

/// The events of one subscription, in their order, kept by whoever has them until they are asked for: nothing
/// is lost while a subscriber is slow. Made on any thread; open(), the other functions and the destructor
/// then run on one thread of the subscription's own.
class EventSource {
 public:
  virtual ~EventSource() = default;

  /// Takes its place behind the bookmark, or at the end. Throws wsman::Fault, which the Subscribe is
  /// answered.
  virtual void open() = 0;

  enum class Step {
    event,      ///< here is one
    nothing,    ///< there is no more now: wait
    searching,  ///< looked at some that the filter refuses; there may be more: ask again
  };
  /// Works for some milliseconds at most. Throws wsman::Fault when the source cannot go on.
  [[nodiscard]] virtual Step next(Event& event) = 0;

  /// Readable (poll(2)) when next() may find more; -1 when only time tells.
  [[nodiscard]] virtual int wait_fd() const = 0;
  /// After so long next() is to be asked in any case.
  [[nodiscard]] virtual Milliseconds wait_limit() const = 0;
};

}  // namespace winrm::engine
