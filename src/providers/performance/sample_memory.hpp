#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "system/host.hpp"

namespace winrm::providers {

/// The last samples of a class, for what can be told only from two of them. Thread-safe: a class has one for
/// all who ask it.
class SampleMemory {
 public:
  /// Who asks every few seconds is answered from the question before.
  static constexpr std::chrono::seconds longest{10};

  struct Memory {
    system::SystemTime time;
    std::shared_ptr<void const> sample;
  };

  /// The sample of the row with this name, or of all rows; nothing when it is older than `longest`, or of the
  /// future because the clock was set back.
  [[nodiscard]] std::optional<Memory> recall(std::optional<std::string> const& name,
                                             system::SystemTime now) const;
  /// Forgets what is too old as well.
  void keep(std::optional<std::string> const& name, Memory memory) const;

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::optional<std::string>, Memory> memories_;
};

}  // namespace winrm::providers
