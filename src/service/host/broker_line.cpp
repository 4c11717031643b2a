#include "service/host/broker_line.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

namespace winrm::service::host {

void BrokerLine::retire() {
  ipc::message::HostRequest request;
  request.mutable_retire();
  std::lock_guard const lock(mutex_);
  if (auto sent = ipc::send_control(control_, 0, request); !sent)
    log::debug("the broker is gone: {}", sent.error().message);
}

Result<void> BrokerLine::reload() {
  std::unique_lock lock(mutex_);
  auto const id = ++last_id_;
  ipc::message::HostRequest request;
  request.mutable_reload()->set_id(id);
  if (auto sent = ipc::send_control(control_, 0, request); !sent) return sent;
  auto const answered = [&] { return ended_ || outcomes_.contains(id); };
  if (!answered_.wait_for(lock, limits::reload_patience, answered))
    return fail("the service did not say in time whether it took the new settings; its log says more");
  if (ended_) return fail("the service is stopping");
  auto const error = outcomes_.extract(id).mapped();
  if (!error.empty()) return fail(error);
  return {};
}

void BrokerLine::reloaded(ipc::message::Reloaded const& outcome) {
  std::lock_guard const lock(mutex_);
  outcomes_[outcome.id()] = outcome.error();
  answered_.notify_all();
}

bool BrokerLine::take() {
  std::unique_lock lock(mutex_);
  auto const id = ++last_id_;
  ipc::message::HostRequest request;
  request.mutable_shell_seat()->set_id(id);
  request.mutable_shell_seat()->set_taken(true);
  if (!ipc::send_control(control_, 0, request)) return false;
  auto const answered = [&] { return ended_ || seats_.contains(id); };
  if (!answered_.wait_for(lock, limits::reload_patience, answered) || ended_) return false;
  return seats_.extract(id).mapped();
}

void BrokerLine::give_back() {
  ipc::message::HostRequest request;
  request.mutable_shell_seat()->set_taken(false);
  std::lock_guard const lock(mutex_);
  if (auto sent = ipc::send_control(control_, 0, request); !sent)
    log::debug("the broker is gone: {}", sent.error().message);
}

void BrokerLine::shell_seat_answered(ipc::message::ShellSeatAnswer const& answer) {
  std::lock_guard const lock(mutex_);
  seats_[answer.id()] = answer.granted();
  answered_.notify_all();
}

void BrokerLine::hang_up() {
  std::lock_guard const lock(mutex_);
  ended_ = true;
  answered_.notify_all();
}

}  // namespace winrm::service::host
