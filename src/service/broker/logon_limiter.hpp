#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/time.hpp"

namespace winrm::service::broker {

/// Slows down guessing from one peer address without touching others: after some failures in a row its
/// attempts are spaced out, and refused unseen when too many already wait. Guesses that are sent all at once
/// gain nothing: as long as they could all turn out to be failures, no more are verified than would be free.
/// The others wait for what becomes of them, and the log-ons of a fleet go on as fast as they succeed. Loop
/// thread only.
class LogonLimiter {
 public:
  /// What is to become of an attempt.
  struct Admission {
    std::optional<Deadline> at;  ///< verify it now or a little later; none: refuse it without looking
    bool spaced = false;         ///< it was kept apart from others because of earlier failures
  };
  using Decide = std::function<void(Admission const&)>;

  /// `decide` is called here, or in a later call when attempts of the same peer have ended. An attempt that
  /// it admits must end: call ended() then, whatever happened. `was_spaced`: it goes on with one that was.
  void attempt(std::string_view address, Deadline now, bool was_spaced, Decide decide);
  void ended(std::string_view address, Deadline now);
  /// Before ended().
  void failed(std::string_view address, Deadline now);
  /// How many attempts were refused unseen since the last call.
  [[nodiscard]] std::size_t take_refused() noexcept { return std::exchange(refused_, 0); }

 private:
  struct Waiting {
    Decide decide;
    bool was_spaced = false;
  };
  struct Peer {
    double failures = 0;  ///< decays with time
    Deadline updated{};
    Deadline next_attempt{};
    std::size_t under_way = 0;  ///< admitted and not ended
    std::list<Waiting> waiting;
    bool deciding = false;
  };
  [[nodiscard]] Peer& peer(std::string_view address, Deadline now);
  void forget_calm_peers(Deadline now);
  [[nodiscard]] static bool must_wait(Peer const& from);
  [[nodiscard]] Admission admit(Peer& from, bool was_spaced, Deadline now);
  void decide_waiting(Peer& from, Deadline now);
  void refuse_last_of_busiest();

  std::unordered_map<std::string, Peer> peers_;
  Peer overflow_;
  std::size_t waiting_ = 0;  ///< of all peers
  std::size_t refused_ = 0;
};

}  // namespace winrm::service::broker
