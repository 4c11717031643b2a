#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/changeable.hpp"
#include "engine/enumerate_message.hpp"
#include "engine/timer.hpp"

namespace winrm::engine {

struct EnumerationSettings {
  std::uint32_t max_batch_items = 32000;
  Milliseconds idle_timeout{240000};
};

/// The open enumerations of one account, and the operations on them: WS-Enumeration without knowledge of what
/// is enumerated. Thread-safe.
class Enumerations {
 public:
  using Open = std::function<std::unique_ptr<ItemSource>(EnumerateRequest const&)>;

  Enumerations(Timer& timer, EnumerationSettings settings);
  ~Enumerations();

  /// Each answers `call`, or throws wsman::Fault.
  void enumerate(Call& call, Open const& open);
  void pull(Call& call);
  void release(Call& call);

  /// For messages that come from now on.
  void change(EnumerationSettings settings) { settings_.set(settings); }
  [[nodiscard]] bool empty() const;
  void clear();

 private:
  struct Context;
  class Use;

  /// Reads items up to the limits, perhaps none in time; what was read but not sent goes back into the
  /// context.
  Batch collect(Call const& call, Context& context, std::uint32_t max_elements, std::size_t max_bytes,
                Deadline until) const;
  std::string keep(std::unique_ptr<Context> context);
  void expire(std::string const& key);
  bool forget(std::string const& key);

  Timer& timer_;
  Changeable<EnumerationSettings> settings_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Context>> contexts_;
};

}  // namespace winrm::engine
