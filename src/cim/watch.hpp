#pragma once

#include <memory>
#include <vector>

#include "base/time.hpp"
#include "cim/registry.hpp"

namespace winrm::cim {

/// One change of an instance. Rows are owned copies.
struct InstanceEvent {
  EventKind kind = EventKind::creation;
  Class const* cls = nullptr;
  std::shared_ptr<void const> row;  ///< as it is now, or as it was when it is gone
  std::shared_ptr<void const>
      previous;  ///< of a modification: as it was before; null where that is not known
};

/// What happens to the instances of one class from now on. Used by one thread at a time.
class InstanceWatch {
 public:
  virtual ~InstanceWatch() = default;
  /// What happened since the last call. Waits until something did, or until `wait` has passed.
  [[nodiscard]] virtual std::vector<InstanceEvent> next(Milliseconds wait) = 0;
};

/// Watches the instances of exactly `cls` that satisfy `query`'s equalities: by the announcements of its
/// provider, or else by enumerating every `within` (WQL's WITHIN) and comparing by key. Only changes of
/// properties that `query` wants are modifications. Class and host outlive the watch.
[[nodiscard]] std::unique_ptr<InstanceWatch> watch_instances(Class const& cls, system::Host const& host,
                                                             Query query, Milliseconds within);

}  // namespace winrm::cim
