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
    bool const calm =
        peer.failures == 0.0 && peer.next_attempt <= now && peer.under_way == 0 && peer.waiting.empty();
    it = calm ? peers_.erase(it) : std::next(it);
  }
}

/// As many as could still fail without being slowed down are verified at the same time.
bool LogonLimiter::must_wait(Peer const& from) {
  return from.failures < limits::logon_failures_unlimited &&
         from.failures + static_cast<double>(from.under_way) >= limits::logon_failures_unlimited;
}

LogonLimiter::Admission LogonLimiter::admit(Peer& from, bool was_spaced, Deadline now) {
  bool const spaced = !was_spaced && from.failures >= limits::logon_failures_unlimited;
  Deadline const at = spaced ? std::max(now, from.next_attempt) : now;
  if (at - now > limits::logon_longest_wait) {
    ++refused_;
    return {};
  }
  if (spaced) from.next_attempt = at + limits::logon_spacing;
  ++from.under_way;
  return {at, spaced};
}

void LogonLimiter::attempt(std::string_view address, Deadline now, bool was_spaced, Decide decide) {
  Peer& from = peer(address, now);
  from.waiting.push_back({std::move(decide), was_spaced});
  ++waiting_;
  decide_waiting(from, now);
  if (waiting_ > limits::verifications_waiting) refuse_last_of_busiest();
}

void LogonLimiter::ended(std::string_view address, Deadline now) {
  Peer* from = &peer(address, now);
  // It was admitted when no more peers could be remembered.
  if (from->under_way == 0) from = &overflow_;
  if (from->under_way > 0) --from->under_way;
  decide_waiting(*from, now);
}

/// Those who are told may end attempts, and come here again.
void LogonLimiter::decide_waiting(Peer& from, Deadline now) {
  if (from.deciding) return;
  from.deciding = true;
  while (!from.waiting.empty() && !must_wait(from)) {
    Waiting const first = std::move(from.waiting.front());
    from.waiting.pop_front();
    --waiting_;
    first.decide(admit(from, first.was_spaced, now));
  }
  from.deciding = false;
}

void LogonLimiter::refuse_last_of_busiest() {
  Peer* busiest = &overflow_;
  for (auto& [address, peer] : peers_)
    if (peer.waiting.size() > busiest->waiting.size()) busiest = &peer;
  Waiting const last = std::move(busiest->waiting.back());
  busiest->waiting.pop_back();
  --waiting_;
  ++refused_;
  last.decide({});
}

void LogonLimiter::failed(std::string_view address, Deadline now) { peer(address, now).failures += 1; }

}  // namespace winrm::service::broker
