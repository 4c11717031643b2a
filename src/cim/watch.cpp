#include "cim/watch.hpp"

#include <map>
#include <string>
#include <thread>

#include "cim/instance_xml.hpp"
#include "cim/object_path.hpp"

namespace winrm::cim {

namespace {

/// The default for classes whose providers announce nothing.
class PollingWatch final : public InstanceWatch {
 public:
  PollingWatch(Class const& cls, system::Host const& host, Query query, Milliseconds within)
      : cls_(cls), host_(host), query_(std::move(query)), within_(within) {
    query_.want(cls.key_set());
    known_ = snapshot();
    due_ = SteadyClock::now() + within_;
  }

  std::vector<InstanceEvent> next(Milliseconds wait) override {
    auto const deadline = SteadyClock::now() + wait;
    while (due_ <= deadline) {
      std::this_thread::sleep_until(due_);
      due_ = SteadyClock::now() + within_;
      if (auto events = poll(); !events.empty()) return events;
    }
    std::this_thread::sleep_until(deadline);
    return {};
  }

 private:
  struct Seen {
    std::string text;  ///< the wanted properties, to tell a modification
    std::shared_ptr<void const> row;
  };
  using Snapshot = std::map<std::string, Seen>;  // by the text of the keys

  Snapshot snapshot() const {
    Snapshot seen;
    auto const rows = cls_.enumerate(host_, query_);
    while (auto const* row = rows->next()) {
      if (!cls_.satisfies(query_, row)) continue;
      std::string text;
      append_instance(text, UriStyle::windows, cls_, cls_, row, query_.wanted());
      seen.insert_or_assign(relative_path(reference_to(cls_, row)),
                            Seen{std::move(text), cls_.provider().copy(row)});
    }
    return seen;
  }

  std::vector<InstanceEvent> poll() {
    auto now = snapshot();
    std::vector<InstanceEvent> events;
    for (auto const& [path, before] : known_) {
      if (!now.contains(path)) events.push_back({EventKind::deletion, &cls_, before.row, nullptr});
    }
    for (auto const& [path, after] : now) {
      auto const before = known_.find(path);
      if (before == known_.end()) {
        events.push_back({EventKind::creation, &cls_, after.row, nullptr});
      } else if (before->second.text != after.text) {
        events.push_back({EventKind::modification, &cls_, after.row, before->second.row});
      }
    }
    known_ = std::move(now);
    return events;
  }

  Class const& cls_;
  system::Host const& host_;
  Query query_;
  Milliseconds within_;
  Snapshot known_;
  Deadline due_;
};

/// A provider that tells itself what happens.
class AnnouncedWatch final : public InstanceWatch {
 public:
  AnnouncedWatch(Class const& cls, system::Host const& host, Query query)
      : cls_(cls), query_(std::move(query)), announcer_(cls.provider().watch(host, query_)) {}

  std::vector<InstanceEvent> next(Milliseconds wait) override {
    std::vector<InstanceEvent> events;
    for (auto& announced : announcer_->next(wait)) {
      if (!cls_.satisfies(query_, announced.row.get())) continue;
      events.push_back({announced.kind, &cls_, std::move(announced.row), std::move(announced.previous)});
    }
    return events;
  }

 private:
  Class const& cls_;
  Query query_;  // the announcer refers to it
  std::unique_ptr<AnyAnnouncer> announcer_;
};

}  // namespace

std::unique_ptr<InstanceWatch> watch_instances(Class const& cls, system::Host const& host, Query query,
                                               Milliseconds within) {
  if (cls.provider().watch) return std::make_unique<AnnouncedWatch>(cls, host, std::move(query));
  return std::make_unique<PollingWatch>(cls, host, std::move(query), within);
}

}  // namespace winrm::cim
