#include "engine/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;

bool contains(std::vector<std::string> const& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool overlap(std::vector<std::string> const& a, std::vector<std::string> const& b) {
  return std::ranges::any_of(a, [&](std::string const& name) { return contains(b, name); });
}

std::size_t bytes_of(std::vector<SendPart> const& parts) {
  std::size_t bytes = 0;
  for (auto const& part : parts) bytes += part.bytes.size();
  return bytes;
}

void reply_sent(Call& call) { call.reply(write_empty_response(call.request(), "rsp:SendResponse")); }

}  // namespace

class Command::Sink final : public CommandSink {
 public:
  explicit Sink(std::weak_ptr<Command> command) : command_(std::move(command)) {}
  bool output(std::string_view stream, std::string_view bytes) override {
    auto const command = command_.lock();
    return !command || command->output(stream, bytes);
  }
  void end_of_stream(std::string_view stream) override {
    if (auto const command = command_.lock()) command->end_of_stream(stream);
  }
  void input_room() override {
    if (auto const command = command_.lock()) command->pump_input();
  }
  void done(std::uint32_t exit_code) override {
    if (auto const command = command_.lock()) command->done(exit_code);
  }

 private:
  std::weak_ptr<Command> const command_;
};

Command::Command(CommandFacts facts, std::shared_ptr<Activity> activity)
    : facts_(std::move(facts)), activity_(std::move(activity)), output_(limits::command_output_bytes) {}

CommandState Command::state() const {
  std::lock_guard const lock(mutex_);
  return exit_code_ ? CommandState::done : CommandState::running;
}

bool Command::end_was_told() const {
  std::lock_guard const lock(mutex_);
  return end_was_told_;
}

bool Command::awaited() const {
  std::lock_guard const lock(mutex_);
  auto const waits = [](auto const& entry) { return entry.call && !entry.call->answered(); };
  return std::ranges::any_of(polls_, waits) || std::ranges::any_of(sends_, waits);
}

std::shared_ptr<CommandSink> Command::sink() { return std::make_shared<Sink>(weak_from_this()); }

void Command::attach(std::unique_ptr<RunningCommand> running) {
  std::lock_guard const lock(mutex_);
  running_ = std::move(running);
}

void Command::receive(std::shared_ptr<Call> const& call, std::vector<std::string> streams) {
  if (streams.empty()) streams = facts_.output_streams;
  for (auto const& stream : streams) {
    if (!contains(facts_.output_streams, stream)) throw faults::invalid_desired_stream(stream);
  }
  std::vector<std::shared_ptr<Call>> replaced;
  std::vector<Delivery> ready;
  {
    std::lock_guard const lock(mutex_);
    if (stopped_) throw faults::command_not_found(facts_.id);
    // A client that asks again has given up its earlier long poll for the same streams, or lost it.
    std::erase_if(polls_, [&](LongPoll& poll) {
      if (!overlap(poll.streams, streams)) return poll.call->answered();
      replaced.push_back(std::move(poll.call));
      return true;
    });
    auto const& message_id = call->request().message_id;
    auto const same = std::ranges::find_if(unconfirmed_, [&](Unconfirmed const& answer) {
      return answer.message_id == message_id && answer.streams == streams;
    });
    if (same != unconfirmed_.end()) {
      if (call->claim()) ready.push_back({.call = call, .content = same->content});
    } else {
      std::erase_if(unconfirmed_,
                    [&](Unconfirmed const& answer) { return overlap(answer.streams, streams); });
      polls_.push_back({.call = call, .streams = std::move(streams)});
      ready = claim_ready();
    }
  }
  call->on_cancel([activity = activity_] { activity->touch(); });
  for (auto const& old : replaced) old->abort(faults::operation_timed_out());
  deliver(std::move(ready));
}

std::vector<Command::Delivery> Command::claim_ready() {
  std::vector<Delivery> ready;
  std::erase_if(polls_, [&](LongPoll& poll) {
    if (!exit_code_ && !output_.has(poll.streams)) return poll.call->answered();
    // Only a call that is sure to be answered takes output: what it took is gone.
    if (poll.call->claim()) {
      auto const content = std::make_shared<ReceiveContent const>(take_content(poll));
      unconfirmed_.push_back({.message_id = poll.call->request().message_id,
                              .streams = std::move(poll.streams),
                              .content = content});
      ready.push_back({.call = std::move(poll.call), .content = content});
    }
    return true;
  });
  return ready;
}

ReceiveContent Command::take_content(LongPoll const& poll) {
  ReceiveContent content;
  content.parts = output_.take(poll.streams, output_capacity(poll.call->envelope_budget()));
  if (output_.has(poll.streams)) return content;
  for (auto const& stream : facts_.output_streams) {
    bool const ended = exit_code_ || contains(ended_streams_, stream);
    if (!ended || !contains(poll.streams, stream) || contains(told_streams_, stream)) continue;
    content.ended_streams.push_back(stream);
    told_streams_.push_back(stream);
  }
  if (exit_code_) {
    content.state = CommandState::done;
    content.exit_code = *exit_code_;
    end_was_told_ = true;
  }
  return content;
}

void Command::deliver(std::vector<Delivery> deliveries) {
  if (deliveries.empty()) return;
  for (auto& [call, content] : deliveries) {
    call->reply_claimed(write_receive_response(call->request(), facts_.id, *content, facts_.compressed));
  }
  activity_->touch();
  resume_output();
}

void Command::resume_output() {
  std::shared_ptr<RunningCommand> running;
  {
    std::lock_guard const lock(mutex_);
    if (!output_paused_ || (output_.full() && !drops_output_)) return;
    output_paused_ = false;
    running = running_;
  }
  if (running) running->on_room();
}

bool Command::output(std::string_view stream, std::string_view bytes) {
  std::vector<Delivery> ready;
  bool room = false;
  {
    std::lock_guard const lock(mutex_);
    if (stopped_ || exit_code_) return true;  // of processes that the command left behind
    output_.append(stream, bytes);
    ready = claim_ready();
    if (drops_output_) output_.drop_surplus();
    room = drops_output_ || !output_.full();
    output_paused_ = !room;
  }
  deliver(std::move(ready));
  return room;
}

void Command::end_of_stream(std::string_view stream) {
  std::lock_guard const lock(mutex_);
  ended_streams_.emplace_back(stream);
}

void Command::done(std::uint32_t exit_code) {
  std::vector<Delivery> ready;
  {
    std::lock_guard const lock(mutex_);
    if (stopped_ || exit_code_) return;
    exit_code_ = exit_code;
    ready = claim_ready();
  }
  deliver(std::move(ready));
  pump_input();
}

void Command::send(std::shared_ptr<Call> const& call, std::vector<SendPart> parts) {
  std::function<void()> answer;
  {
    std::lock_guard const lock(mutex_);
    if (stopped_) throw faults::command_not_found(facts_.id);
    bool const repeated = repeats_send(call, answer);
    if (!repeated) require_room_for(parts);
    if (!repeated) {
      sends_.push_back({.call = call, .message_id = call->request().message_id, .parts = std::move(parts)});
    }
  }
  if (answer) answer();
  std::weak_ptr<Command> const self = weak_from_this();
  Call const* const waiting = call.get();
  call->on_deadline([self, waiting] {
    if (auto const command = self.lock()) command->give_up_send(waiting, true);
  });
  call->on_cancel([self, waiting] {
    if (auto const command = self.lock()) command->give_up_send(waiting, false);
  });
  pump_input();
}

void Command::require_room_for(std::vector<SendPart> const& parts) const {
  std::size_t bytes = bytes_of(parts);
  for (auto const& send : sends_) bytes += bytes_of(send.parts);
  bool const has_room = sends_.size() < limits::waiting_sends_per_command &&
                        (sends_.empty() || bytes <= limits::waiting_input_bytes_per_command);
  if (has_room) return;
  throw faults::quota_limit(fmt::format(
      "{} Send operations wait for this command to read its input. Wait for one of them.", sends_.size()));
}

bool Command::repeats_send(std::shared_ptr<Call> const& call, std::function<void()>& answer) {
  auto const& message_id = call->request().message_id;
  if (std::ranges::find(taken_sends_, message_id) != taken_sends_.end()) {
    answer = [call] { reply_sent(*call); };
    return true;
  }
  auto const waiting = std::ranges::find(sends_, message_id, &PendingSend::message_id);
  if (waiting == sends_.end()) return false;
  auto const older = std::exchange(waiting->call, call);
  if (older) answer = [older] { older->abort(faults::operation_timed_out()); };
  return true;
}

void Command::give_up_send(Call const* waiting, bool timed_out) {
  std::shared_ptr<Call> call;
  bool begun = false;
  {
    std::lock_guard const lock(mutex_);
    auto const found =
        std::ranges::find_if(sends_, [&](PendingSend const& send) { return send.call.get() == waiting; });
    if (found == sends_.end()) return;
    call = std::move(found->call);
    begun = found->begun;
    // Input that was begun goes on to its end, so that the command never sees half of a message; input that
    // was not can safely be sent again.
    if (!begun) sends_.erase(found);
  }
  if (!timed_out) return;
  if (begun) {
    reply_sent(*call);
  } else {
    call->fault(faults::operation_timed_out());
  }
}

void Command::pump_input() {
  std::unique_lock lock(mutex_);
  room_again_ = true;
  if (pumping_) return;
  pumping_ = true;
  while (!stopped_ && !sends_.empty()) {
    PendingSend& front = sends_.front();
    if (front.part == front.parts.size()) {
      std::shared_ptr<Call> const finished = std::move(front.call);
      taken_sends_.push_back(std::move(front.message_id));
      if (taken_sends_.size() > limits::remembered_sends_per_command) taken_sends_.pop_front();
      sends_.pop_front();
      if (!finished) continue;
      lock.unlock();
      reply_sent(*finished);
      lock.lock();
      continue;
    }
    if (!room_again_) break;
    SendPart const& part = front.parts[front.part];
    std::string_view const rest = std::string_view(part.bytes).substr(front.offset);
    bool const begun_before = front.begun;
    front.begun = true;  // while the lock is free, nobody may take it away
    room_again_ = false;
    std::shared_ptr<RunningCommand> const running = exit_code_ ? nullptr : running_;
    lock.unlock();
    std::size_t const taken = running ? running->send(part.stream, rest) : rest.size();
    bool const whole = taken == rest.size();
    if (whole && part.end && running) running->end_input(part.stream);
    lock.lock();
    front.begun = begun_before || taken > 0;
    front.offset += taken;
    if (whole) {
      ++front.part;
      front.offset = 0;
      room_again_ = true;
    }
  }
  if (stopped_) sends_.clear();
  pumping_ = false;
}

void Command::signal(Signal signal) {
  std::shared_ptr<RunningCommand> running;
  {
    std::lock_guard const lock(mutex_);
    if (!exit_code_) running = running_;
  }
  if (running) running->signal(signal);
}

void Command::disconnect(BufferMode mode) {
  std::vector<std::shared_ptr<Call>> unanswered;
  std::vector<std::shared_ptr<Call>> taken;
  {
    std::lock_guard const lock(mutex_);
    drops_output_ = mode == BufferMode::drop;
    for (auto& poll : polls_) unanswered.push_back(std::move(poll.call));
    polls_.clear();
    // Input that was begun goes on to its end; what was not is the client's again.
    for (auto send = sends_.begin(); send != sends_.end();) {
      auto call = std::exchange(send->call, nullptr);
      bool const goes_on = send->begun || !call;  // without a call it was answered as taken
      if (call) (goes_on ? taken : unanswered).push_back(std::move(call));
      send = goes_on ? std::next(send) : sends_.erase(send);
    }
  }
  for (auto const& call : unanswered) call->abort(faults::stream_disconnected());
  for (auto const& call : taken) reply_sent(*call);
  resume_output();
}

void Command::reconnect() {
  std::lock_guard const lock(mutex_);
  drops_output_ = false;
}

void Command::stop(wsman::Fault const& fault) {
  std::shared_ptr<RunningCommand> running;
  std::vector<std::shared_ptr<Call>> waiting;
  {
    std::lock_guard const lock(mutex_);
    stopped_ = true;
    running = std::move(running_);
    for (auto& poll : polls_) waiting.push_back(std::move(poll.call));
    polls_.clear();
    for (auto& send : sends_) {
      if (send.call) waiting.push_back(std::move(send.call));
    }
    if (!pumping_) sends_.clear();  // else whoever pumps does it
  }
  running.reset();
  for (auto const& call : waiting) call->abort(fault);
}

}  // namespace winrm::engine
