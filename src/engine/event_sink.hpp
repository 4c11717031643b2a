#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "base/time.hpp"
#include "wsman/encoding.hpp"
#include "wsman/eventing.hpp"

namespace winrm::engine {

/// A message did not reach its sink. The text is for the log of this machine, not for others.
class DeliveryFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The address events of one subscription go to.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Sends one message (UTF-8) and waits for the answer, "" when it has no body. Throws DeliveryFailure. One
  /// thread at a time.
  [[nodiscard]] virtual std::string post(std::string const& message, Deadline deadline) = 0;
  /// post() that waits now, or is called later, fails at once. Thread-safe.
  virtual void interrupt() = 0;
};

/// Where sinks come from: the engine knows no sockets. Thread-safe.
class EventSinks {
 public:
  virtual ~EventSinks() = default;
  /// Sends nothing yet. Throws wsman::Fault for an address that events may not go to.
  [[nodiscard]] virtual std::unique_ptr<EventSink> open(wsman::SinkReference const& reference,
                                                        wsman::Encoding encoding) = 0;
};

}  // namespace winrm::engine
