#include "service/front/fake_broker.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <utility>

namespace winrm::service::front {

using ipc::message::Answer;
using ipc::message::Question;
using ipc::message::Verdict;

FakeBroker::FakeBroker() {
  auto pair = ipc::socket_pair();
  front_end_ = std::move(pair->first);
  broker_end_ = std::move(pair->second);
  host_answer_ = [](std::string&) { return ipc::FrameKind::answer; };
  thread_ = std::thread([this] { serve(); });
}

FakeBroker::~FakeBroker() {
  checks_before_answer_ = 0;
  front_end_.reset();
  ::shutdown(broker_end_.get(), SHUT_RDWR);
  thread_.join();
  for (int const socket : host_sockets_) ::shutdown(socket, SHUT_RDWR);
  for (std::thread& host : hosts_) host.join();
}

void FakeBroker::serve() {
  ipc::FrameReader reader;
  while (auto frame = ipc::receive_frame(broker_end_.get(), reader)) answer(*frame);
}

void FakeBroker::reply(std::uint64_t id, Answer const& answer, std::span<int const> fds) {
  (void)ipc::send_control(broker_end_.get(), id, answer, fds);
}

void FakeBroker::answer(ipc::Frame const& frame) {
  auto question = ipc::decode<Question>(frame);
  if (!question) return;
  Answer answer;
  auto& verdict = *answer.mutable_verdict();
  switch (question->question_case()) {
    case Question::kVerifyPassword:
      ++passwords_verified;
      if (question->verify_password().password() == "right") {
        verdict.set_outcome(Verdict::ACCEPT);
        verdict.set_grant("grant of " + question->verify_password().user());
        verdict.set_account("account of " + question->verify_password().user());
        ++grants_held;
      }
      return reply(frame.id, answer);
    case Question::kGssStep:
      ++gss_steps;
      verdict.set_outcome(question->gss_step().token() == "first"  ? Verdict::PROCEED
                          : question->gss_step().token() == "last" ? Verdict::ACCEPT
                                                                   : Verdict::DENY);
      verdict.set_context(7);
      if (verdict.outcome() != Verdict::DENY) verdict.set_token("of the service");
      if (verdict.outcome() == Verdict::ACCEPT) {
        verdict.set_grant("grant of a ticket");
        ++grants_held;
      }
      return reply(frame.id, answer);
    case Question::kOpenHost:
      return open_host(frame.id);
    case Question::kReleaseGrant:
      --grants_held;
      return;
    case Question::kAbandonContext:
      ++contexts_abandoned;
      return;
    default:
      return;
  }
}

void FakeBroker::open_host(std::uint64_t id) {
  ++hosts_opened;
  auto pair = ipc::socket_pair();
  Answer answer;
  answer.mutable_host_opened();
  std::array<int, 1> const fds{pair->first.get()};
  host_sockets_.push_back(pair->second.get());
  hosts_.emplace_back([this, socket = std::move(pair->second)]() mutable { run_host(std::move(socket)); });
  reply(id, answer, fds);
}

void FakeBroker::wait_while_stopped() const {
  while (checks_before_answer_ < 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void FakeBroker::run_host(UniqueFd socket) {
  ipc::FrameReader reader;
  int checks = 0;
  std::optional<ipc::Frame> waiting;
  for (;;) {
    wait_while_stopped();
    auto frame = ipc::receive_frame(socket.get(), reader);
    if (!frame) break;
    if (frame->kind == ipc::FrameKind::alive) {
      (void)ipc::send_frame(socket.get(), ipc::FrameKind::alive, 0, std::string_view{});
      if (!waiting || ++checks < checks_before_answer_) continue;
      *frame = std::move(*std::exchange(waiting, std::nullopt));
    } else if (frame->kind == ipc::FrameKind::request && checks < checks_before_answer_) {
      waiting = std::move(*frame);
    }
    if (frame->kind != ipc::FrameKind::request || waiting) continue;
    std::string message(ipc::decode_request(frame->payload)->message);
    auto const kind = host_answer_(message);
    if (!kind) break;
    std::string const payload =
        *kind == ipc::FrameKind::answer ? ipc::encode_answer_prefix(200) + message : std::string();
    (void)ipc::send_frame(socket.get(), *kind, frame->id, payload);
  }
  ::shutdown(socket.get(), SHUT_RDWR);
  int const number = socket.release();  // closed with the process: shutdown() above may still name it
  (void)number;
}

}  // namespace winrm::service::front
