#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

/// How a provider tells of changes as they happen, where the machine tells it: processes by netlink, services
/// by D-Bus, devices by udev. A provider without it is polled (cim/watch.hpp).
namespace winrm::cim {

enum class EventKind { creation, modification, deletion };

template <class Row>
struct Announcement {
  EventKind kind = EventKind::creation;
  Row row;                      ///< as it is now, or as it was when it is gone; its keys at least
  std::optional<Row> previous;  ///< of a modification, where the provider knows it
};

/// An Announcement with its row type forgotten.
struct AnyAnnouncement {
  EventKind kind = EventKind::creation;
  std::shared_ptr<void const> row;
  std::shared_ptr<void const> previous;
};

/// What happens to the instances of a class from its making on. Used by one thread at a time.
class AnyAnnouncer {
 public:
  virtual ~AnyAnnouncer() = default;
  /// What happened since the last call. Waits until something did, or until `wait` has passed. Throws
  /// cim::Failure when it cannot know any more.
  [[nodiscard]] virtual std::vector<AnyAnnouncement> next(Milliseconds wait) = 0;
};

/// What a provider derives from: an AnyAnnouncer of rows of its own type.
template <class Row>
class Announcer : public AnyAnnouncer {
 public:
  /// As AnyAnnouncer::next.
  [[nodiscard]] virtual std::vector<Announcement<Row>> next_rows(Milliseconds wait) = 0;

  [[nodiscard]] std::vector<AnyAnnouncement> next(Milliseconds wait) final {
    std::vector<AnyAnnouncement> announced;
    for (auto& one : next_rows(wait)) {
      AnyAnnouncement any{one.kind, std::make_shared<Row const>(std::move(one.row)), nullptr};
      if (one.previous) any.previous = std::make_shared<Row const>(*std::move(one.previous));
      announced.push_back(std::move(any));
    }
    return announced;
  }
};

}  // namespace winrm::cim
