#pragma once

namespace winrm::engine {

/// The account's place among those that may have shells at the same time (winrs/MaxConcurrentUsers). Another
/// process counts them. Thread-safe.
class ShellSeat {
 public:
  virtual ~ShellSeat() = default;
  /// Before the account's first shell; false when all places are taken. May block.
  [[nodiscard]] virtual bool take() = 0;
  /// After its last.
  virtual void give_back() = 0;
};

}  // namespace winrm::engine
