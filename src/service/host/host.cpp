#include "service/host/host.hpp"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "auth/access_rules.hpp"
#include "base/changeable.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "ipc/control.hpp"
#include "plugins/config/config_plugin.hpp"
#include "plugins/eventlog/eventlog_plugin.hpp"
#include "plugins/shell/cmd_shell.hpp"
#include "plugins/wmi/wmi_plugin.hpp"
#include "service/host/broker_line.hpp"
#include "service/host/channel_server.hpp"
#include "service/host/event_delivery.hpp"
#include "service/host/launch.hpp"
#include "service/host/vouched_principal.hpp"

namespace winrm::service::host {

namespace {

using ipc::message::HostOrder;
using ipc::message::HostStart;

std::shared_ptr<auth::AccessRules const> access_rules(HostStart const& start) {
  std::vector<config::ResourceSecurity> own;
  for (auto const& entry : start.security())
    own.push_back({entry.uri(), entry.sddl(), entry.exact_match(), config::ListenerSource::local});
  auto rules = auth::AccessRules::make(start.root_sddl(), own);
  if (rules) return std::make_shared<auth::AccessRules>(std::move(*rules));
  log::error("only administrators are served: {}", rules.error().message);
  return std::make_shared<auth::AccessRules>();
}

engine::EngineSettings engine_settings(HostStart const& start) {
  engine::EngineSettings settings;
  settings.max_envelope_bytes = start.max_envelope_bytes();
  settings.max_timeout = Milliseconds(start.max_timeout_ms());
  settings.max_batch_items = start.max_batch_items();
  settings.enumeration_timeout = Milliseconds(start.enumeration_timeout_ms());
  settings.max_operations_per_user = start.max_operations_per_user();
  settings.allow_remote_shells = start.allow_remote_shells();
  settings.shell_idle_timeout = Milliseconds(start.shell_idle_timeout_ms());
  settings.max_shells_per_user = start.max_shells_per_user();
  settings.allow_remote_access = start.allow_remote_access();
  settings.access = access_rules(start);
  settings.disabled_plugins.assign(start.disabled_plugins().begin(), start.disabled_plugins().end());
  return settings;
}

plugins::shell::ShellQuota shell_quota(HostStart const& start) {
  return {.max_processes = start.max_processes_per_shell(),
          .max_memory_bytes =
              std::uint64_t{start.max_memory_per_shell_mb()} * limits::kilobyte * limits::kilobyte};
}

config::Client client_policy(HostStart const& start) {
  config::Client policy;
  policy.allow_unencrypted = start.client().allow_unencrypted();
  policy.auth.kerberos = start.client().kerberos();
  policy.network_delay_ms = start.client().network_delay_ms();
  policy.trusted_hosts = start.client().trusted_hosts();
  return policy;
}

using SharedQuota = std::shared_ptr<Changeable<plugins::shell::ShellQuota>>;

engine::Dispatcher make_dispatcher(HostStart const& start, BrokerLine& broker, SharedQuota const& quota,
                                   SharedClientPolicy const& policy) {
  std::vector<std::unique_ptr<engine::Plugin>> plugins;
  plugins.push_back(plugins::make_wmi_plugin());
  plugins.push_back(
      plugins::make_config_plugin(start.configuration_file(), [&broker] { return broker.reload(); }));
  plugins.push_back(plugins::make_eventlog_plugin());
  std::vector<std::unique_ptr<engine::ShellPlugin>> shell_plugins;
  shell_plugins.push_back(plugins::shell::make_cmd_shell_plugin(quota));
  return engine::Dispatcher(engine_settings(start), std::move(plugins), std::move(shell_plugins), &broker,
                            make_event_sinks(policy));
}

/// The account's host at work.
class Host {
 public:
  Host(int control, ipc::FrameReader& reader, HostStart const& start)
      : control_(control),
        reader_(reader),
        idle_limit_(std::chrono::seconds(start.idle_seconds())),
        broker_(control),
        quota_(std::make_shared<Changeable<plugins::shell::ShellQuota>>(shell_quota(start))),
        policy_(std::make_shared<Changeable<config::Client>>(client_policy(start))),
        dispatcher_(make_dispatcher(start, broker_, quota_, policy_)),
        server_(std::make_unique<ChannelServer>(dispatcher_, limits::host_threads)) {}

  void run() {
    while (follow_orders()) {
      Milliseconds wait = server_->supervise();
      if (!retiring_) wait = std::min(wait, retire_when_idle());
      std::array<pollfd, 2> entries{pollfd{control_, POLLIN, 0}, pollfd{server_->activity_fd(), POLLIN, 0}};
      ::poll(entries.data(), entries.size(), static_cast<int>(wait.count()));
    }
    broker_.hang_up();
    dispatcher_.shutdown();
    server_->drain();
    server_.reset();
  }

 private:
  /// False when the broker wants this host to end.
  bool follow_orders() {
    auto const status = reader_.receive(control_);
    while (auto frame = reader_.next()) {
      auto order = ipc::decode<HostOrder>(*frame);
      if (!order || order->has_stop()) return false;
      if (order->has_settings()) {
        dispatcher_.change_settings(engine_settings(order->settings()));
        quota_->set(shell_quota(order->settings()));
        policy_->set(client_policy(order->settings()));
      }
      if (order->has_shell_seat_answer()) broker_.shell_seat_answered(order->shell_seat_answer());
      if (order->has_reloaded()) broker_.reloaded(order->reloaded());
      if (order->has_add_channel() && frame->fds.size() == 1)
        server_->add(std::move(frame->fds.front()), vouched_principal(order->add_channel().principal()));
    }
    return status == ipc::FrameReader::Status::received || status == ipc::FrameReader::Status::would_block;
  }

  /// Tells the broker when nothing has been done for long enough; returns when to look again.
  Milliseconds retire_when_idle() {
    auto const quiet = server_->quiet_since();
    if (!quiet || !dispatcher_.idle()) return idle_limit_;
    auto const left = std::chrono::ceil<Milliseconds>(*quiet + idle_limit_ - SteadyClock::now());
    if (left > Milliseconds::zero()) return left;
    // First refuse, then look again: a request that came in between is either seen here or sent elsewhere.
    server_->refuse_requests(true);
    if (!server_->quiet_since() || !dispatcher_.idle()) {
      server_->refuse_requests(false);
      return idle_limit_;
    }
    log::info("nothing to do for {} s",
              std::chrono::duration_cast<std::chrono::seconds>(idle_limit_).count());
    retiring_ = true;
    broker_.retire();
    return idle_limit_;
  }

  int control_;
  ipc::FrameReader& reader_;
  Milliseconds idle_limit_;
  bool retiring_ = false;
  BrokerLine broker_;
  SharedQuota const quota_;
  SharedClientPolicy const policy_;
  engine::Dispatcher dispatcher_;
  std::unique_ptr<ChannelServer> server_;
};

}  // namespace

int run(int control) {
  ::prctl(PR_SET_NAME, "winrmd-host");
  log::configure("host");
  ipc::FrameReader reader(limits::ipc_control_bytes);
  auto frame = ipc::receive_frame(control, reader);
  auto order = frame ? ipc::decode<HostOrder>(*frame) : Result<HostOrder>(tl::unexpected(frame.error()));
  if (!order || !order->has_start()) {
    log::error("a host is started by winrmd only");
    return EXIT_FAILURE;
  }
  HostStart const& start = order->start();
  auth::Principal const principal = vouched_principal(start.principal());
  log::configure("host " + principal.account().name, static_cast<log::Level>(start.log_level()));

  auto launched = launch(principal, start.change_account(), start.pam_service(), control);
  if (!launched) {
    log::error("cannot run as {}: {}", principal.account().name, launched.error().message);
    return EXIT_FAILURE;
  }
  if (launched->exit_status) return *launched->exit_status;
  Host(control, reader, start).run();
  return EXIT_SUCCESS;
}

}  // namespace winrm::service::host
