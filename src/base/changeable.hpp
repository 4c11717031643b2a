#pragma once

#include <mutex>
#include <utility>

namespace winrm {

/// A small value that one thread replaces while others read it. Thread-safe.
template <class Value>
class Changeable {
 public:
  explicit Changeable(Value value) : value_(std::move(value)) {}

  [[nodiscard]] Value get() const {
    std::lock_guard const lock(mutex_);
    return value_;
  }
  void set(Value value) {
    std::lock_guard const lock(mutex_);
    value_ = std::move(value);
  }

 private:
  mutable std::mutex mutex_;
  Value value_;
};

}  // namespace winrm
