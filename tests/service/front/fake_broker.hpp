#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "ipc/control.hpp"
#include "ipc/frame.hpp"
#include "ipc/soap_frame.hpp"

namespace winrm::service::front {

/// The broker and the hosts as the front sees them, on a thread of its own: passwords equal to "right" hold,
/// the GSS token "last" completes an exchange, and hosts do what the test says.
class FakeBroker {
 public:
  /// What a host does with a request: the frame it sends back, or nothing and it hangs up.
  using HostAnswer = std::function<std::optional<ipc::FrameKind>(std::string& message)>;

  FakeBroker();
  ~FakeBroker();

  [[nodiscard]] UniqueFd take_front_end() { return std::move(front_end_); }
  void set_host(HostAnswer answer) { host_answer_ = std::move(answer); }
  /// Hosts answer only after they were asked so often whether they are there; negative: they are stopped.
  void set_checks_before_answer(int checks) { checks_before_answer_ = checks; }

  std::atomic<int> passwords_verified = 0;
  std::atomic<int> gss_steps = 0;
  std::atomic<int> hosts_opened = 0;
  std::atomic<int> grants_held = 0;
  std::atomic<int> contexts_abandoned = 0;

 private:
  void serve();
  void answer(ipc::Frame const& frame);
  void open_host(std::uint64_t id);
  void run_host(UniqueFd socket);
  void wait_while_stopped() const;
  void reply(std::uint64_t id, ipc::message::Answer const& answer, std::span<int const> fds = {});

  UniqueFd front_end_;
  UniqueFd broker_end_;
  HostAnswer host_answer_;
  std::atomic<int> checks_before_answer_ = 0;
  std::vector<std::thread> hosts_;
  std::vector<int> host_sockets_;
  std::thread thread_;
};

}  // namespace winrm::service::front
