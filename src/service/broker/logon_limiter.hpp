#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/time.hpp"

namespace winrm::service::broker {

/// Slows down guessing from one peer address without touching others: after some failures in a row its
/// attempts are spaced out, and refused unseen when too many already wait. Loop thread only.
class LogonLimiter {
 public:
  /// When this attempt may be verified: now or a little later. None: refuse it without looking.
  [[nodiscard]] std::optional<Deadline> admit(std::string_view address, Deadline now);
  void failed(std::string_view address, Deadline now);
  /// How many attempts were refused unseen since the last call.
  [[nodiscard]] std::size_t take_refused() noexcept { return std::exchange(refused_, 0); }

 private:
  struct Peer {
    double failures = 0;  ///< decays with time
    Deadline updated{};
    Deadline next_attempt{};
  };
  [[nodiscard]] Peer& peer(std::string_view address, Deadline now);
  void forget_calm_peers(Deadline now);

  std::unordered_map<std::string, Peer> peers_;
  Peer overflow_;
  std::size_t refused_ = 0;
};

}  // namespace winrm::service::broker
