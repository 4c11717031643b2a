#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace winrm {

/// Overwrites memory in a way the optimiser keeps.
void wipe(void* memory, std::size_t bytes) noexcept;

/// Equal content, in a time that depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

/// A password, key or ticket. Wipes itself, cannot be copied by accident and has no stream operator.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(Secret const&) = delete;
  Secret& operator=(Secret const&) = delete;
  ~Secret() { clear(); }

  /// A deliberate second copy.
  [[nodiscard]] Secret clone() const { return Secret(value_); }
  /// The bytes themselves: for handing to a library call, never to a log or an error text.
  [[nodiscard]] std::string const& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  void clear() noexcept;

 private:
  std::string value_;
};

}  // namespace winrm
