#include "service/broker/logon_limiter.hpp"

#include <algorithm>
#include <iterator>

#include "base/address_key.hpp"
#include "base/limits.hpp"

namespace winrm::service::broker {

namespace {

void decay(double& failures, Deadline& updated, Deadline now) {
  auto const seconds = std::chrono::duration<double>(now - updated).count();
  failures = std::max(0.0, failures - seconds * limits::logon_failures_forgiven_per_second);
  updated = now;
}

}  // namespace

LogonLimiter::Peer& LogonLimiter::peer(std::string_view address, Deadline now) {
  std::string key = address_key(address);
  if (auto const it = peers_.find(key); it != peers_.end()) {
    decay(it->second.failures, it->second.updated, now);
    return it->second;
  }
  if (peers_.size() >= limits::logon_peers_remembered) forget_calm_peers(now);
  if (peers_.size() >= limits::logon_peers_remembered) {
    decay(overflow_.failures, overflow_.updated, now);
    return overflow_;
  }
  Peer& added = peers_[std::move(key)];
  added.updated = now;
  return added;
}

void LogonLimiter::forget_calm_peers(Deadline now) {
  for (auto it = peers_.begin(); it != peers_.end();) {
    Peer& peer = it->second;
    decay(peer.failures, peer.updated, now);
    bool const calm = peer.failures == 0.0 && peer.next_attempt <= now;
    it = calm ? peers_.erase(it) : std::next(it);
  }
}

std::optional<Deadline> LogonLimiter::admit(std::string_view address, Deadline now) {
  Peer& from = peer(address, now);
  if (from.failures < limits::logon_failures_unlimited) return now;
  Deadline const at = std::max(now, from.next_attempt);
  if (at - now > limits::logon_longest_wait) {
    ++refused_;
    return std::nullopt;
  }
  from.next_attempt = at + limits::logon_spacing;
  return at;
}

void LogonLimiter::failed(std::string_view address, Deadline now) { peer(address, now).failures += 1; }

}  // namespace winrm::service::broker
