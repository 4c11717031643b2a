#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "engine/shell_seat.hpp"
#include "ipc/control.hpp"

namespace winrm::service::host {

/// What a host asks its broker, over the control socket that the host's loop reads. Thread-safe.
class BrokerLine final : public engine::ShellSeat {
 public:
  explicit BrokerLine(int control) : control_(control) {}

  /// This host takes no more channels.
  void retire();
  /// Asks for the configuration to be read again and waits for the outcome.
  [[nodiscard]] Result<void> reload();

  /// Whether the account may have shells; false, too, when the broker does not answer.
  [[nodiscard]] bool take() override;
  void give_back() override;

  /// The loop read an outcome.
  void reloaded(ipc::message::Reloaded const& outcome);
  void shell_seat_answered(ipc::message::ShellSeatAnswer const& answer);
  /// The loop ends: whoever waits is told so.
  void hang_up();

 private:
  int control_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::uint64_t last_id_ = 0;
  bool ended_ = false;
  std::map<std::uint64_t, bool> seats_;            ///< answers by question
  std::map<std::uint64_t, std::string> outcomes_;  ///< errors by question, "" for success
};

}  // namespace winrm::service::host
