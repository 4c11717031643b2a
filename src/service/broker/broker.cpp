#include "service/broker/broker.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "auth/tls_identity.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "service/broker/front_desk.hpp"
#include "service/broker/listeners.hpp"
#include "system/process_control.hpp"

namespace winrm::service::broker {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds front_restart_delay{1};
constexpr std::size_t most_front_threads = 32;

/// Keeps credentials out of core files and away from debuggers.
void protect_memory() {
#if !defined(__SANITIZE_ADDRESS__)  // the leak check at exit attaches to its own process
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
  rlimit const none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t front_threads(config::Settings const& settings) {
  std::size_t const wanted = settings.daemon.front_threads != 0 ? settings.daemon.front_threads
                                                                : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(wanted, 1, most_front_threads);
}

Result<void> make_folder(fs::path const& folder, mode_t mode) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST)
    return fail("cannot make the folder " + folder.string() + ": " + std::strerror(errno));
  return {};
}

/// The account the front becomes: our own, or one that owns nothing.
struct FrontAccount {
  uid_t uid;
  gid_t gid;
};

Result<FrontAccount> front_account() {
  for (char const* name : {"_winrm", "nobody"})
    if (auto const account = system::find_account(name)) return FrontAccount{account->uid, account->gid};
  return fail("there is neither an account _winrm nor nobody for the network process to run as");
}

class Broker {
 public:
  explicit Broker(config::Settings const& settings)
      : settings_(settings),
        privileged_(::geteuid() == 0),
        users_(users_file(settings)),
        policy_(users_, privileged_),
        verifier_(auth::make_password_verifier(users_, settings.daemon.pam_service)),
        pool_(limits::verification_threads, limits::verifications_waiting),
        hosts_(loop_, settings, privileged_) {}

  Result<void> run() {
    if (auto prepared = prepare(); !prepared) return prepared;
    if (auto started = start_front(); !started) return started;
    loop_.run();
    return std::move(outcome_);
  }

 private:
  Result<void> prepare();
  Result<void> prepare_listeners();
  void watch_signals();
  Result<void> start_front();
  ipc::message::FrontOrder front_order(FrontAccount account) const;
  void on_signal();
  void reap();
  void on_front_death(int wait_status);
  void on_local_client();
  void adopt(UniqueFd client, Result<auth::Principal> const& principal);
  void stop();
  void end_when_alone();

  config::Settings const& settings_;
  bool privileged_;
  PollLoop loop_;
  auth::UsersFile users_;
  AccountPolicy policy_;
  std::unique_ptr<auth::PasswordVerifier> verifier_;
  WorkPool pool_;  // after what its work uses
  HostTable hosts_;
  LogonLimiter limiter_;

  std::vector<BoundListener> listeners_;
  std::vector<auth::TlsIdentity> identities_;  ///< by listener
  std::vector<std::string> channel_bindings_;
  UniqueFd local_socket_;
  UniqueFd signals_;

  pid_t front_pid_ = -1;
  std::unique_ptr<ControlPeer> front_;
  std::unique_ptr<LogRelay> front_log_;
  std::shared_ptr<FrontDesk> desk_;
  bool announced_ = false;
  bool stopping_ = false;
  Result<void> outcome_;
};

Result<void> Broker::prepare() {
  protect_memory();
  allow_many_descriptors();
  ::umask(022);
  // Processes that outlive their host come to us, and are ended.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  fs::path const& state = settings_.daemon.state_dir;
  if (auto made = make_folder(state, privileged_ ? 0755 : 0700); !made) return made;
  if (auto made = make_folder(state / "empty", 0555); !made) return made;
  if (auto ready = prepare_listeners(); !ready) return ready;
  auto local = bind_local_socket(state / "winrmd.sock", privileged_);
  if (!local) return tl::unexpected(local.error());
  local_socket_ = std::move(*local);
  loop_.watch(pool_.wake_fd(), POLLIN, [this](short) { pool_.run_completions(); });
  watch_signals();
  return {};
}

Result<void> Broker::prepare_listeners() {
  auto bound = bind_listeners(settings_.listeners);
  if (!bound) return tl::unexpected(bound.error());
  listeners_ = std::move(*bound);
  for (BoundListener const& listener : listeners_) {
    auth::TlsIdentity identity;
    std::string binding;
    if (listener.setting->transport == config::Transport::https) {
      auto const& setting = *listener.setting;
      auto loaded = setting.certificate_file.empty()
                        ? auth::load_or_make_tls_identity(settings_.daemon.state_dir / "tls")
                        : auth::load_tls_identity(setting.certificate_file, setting.key_file);
      if (!loaded) return tl::unexpected(loaded.error());
      identity = std::move(*loaded);
      auto computed = auth::server_end_point_binding(identity.certificate_der);
      if (!computed) return tl::unexpected(computed.error());
      binding = std::move(*computed);
    }
    identities_.push_back(std::move(identity));
    channel_bindings_.push_back(std::move(binding));
  }
  return {};
}

void Broker::watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  loop_.watch(signals_.get(), POLLIN, [this](short) { on_signal(); });
}

// ---- the front --------------------------------------------------------------------------------------------

ipc::message::FrontOrder Broker::front_order(FrontAccount account) const {
  ipc::message::FrontOrder order;
  auto& start = *order.mutable_start();
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    auto& listener = *start.add_listeners();
    listener.set_tls(listeners_[i].setting->transport == config::Transport::https);
    listener.set_certificate_pem(identities_[i].certificate_pem);
    listener.set_key_pem(identities_[i].key_pem.reveal());
    listener.set_url_prefix(listeners_[i].setting->url_prefix);
  }
  config::Service const& service = settings_.service;
  start.set_threads(static_cast<std::uint32_t>(front_threads(settings_)));
  start.set_max_connections(service.max_connections);
  start.set_packet_retrieval_ms(service.max_packet_retrieval_time_seconds * 1000);
  start.set_max_envelope_bytes(std::uint64_t{settings_.max_envelope_size_kb} * limits::kilobyte);
  start.set_allow_unencrypted(service.allow_unencrypted);
  start.set_basic(service.auth.basic);
  start.set_negotiate(service.auth.negotiate);
  start.set_kerberos(service.auth.kerberos);
  start.set_log_level(
      static_cast<std::uint32_t>(log::enabled(log::Level::debug) ? log::Level::debug : log::Level::info));
  start.set_privileged(privileged_);
  start.set_uid(account.uid);
  start.set_gid(account.gid);
  start.set_empty_folder((settings_.daemon.state_dir / "empty").string());
  return order;
}

Result<void> Broker::start_front() {
  FrontAccount account{::geteuid(), ::getegid()};
  if (privileged_) {
    auto found = front_account();
    if (!found) return tl::unexpected(found.error());
    account = *found;
  }
  auto child = spawn_self("front");
  if (!child) return tl::unexpected(child.error());
  front_pid_ = child->pid;
  front_log_ = std::make_unique<LogRelay>(loop_, std::move(child->log));
  auto const kill_front = [this] {
    if (front_pid_ > 0) ::kill(front_pid_, SIGKILL);
  };
  auto const announce = [this] {
    if (announced_) return;
    announced_ = true;
    constexpr std::string_view line = "winrmd: ready\n";
    [[maybe_unused]] ssize_t const written = ::write(STDOUT_FILENO, line.data(), line.size());
  };
  DeskServices const services{loop_,   pool_,  settings_, users_,           *verifier_,
                              policy_, hosts_, limiter_,  channel_bindings_};
  desk_ = std::make_shared<FrontDesk>(services, announce, kill_front);
  front_ = std::make_unique<ControlPeer>(
      loop_, std::move(child->control), [](ipc::Frame) {}, kill_front);

  std::vector<int> fds;
  std::vector<UniqueFd> front_ends;
  for (BoundListener const& listener : listeners_) fds.push_back(listener.socket.get());
  for (std::size_t i = 0; i < front_threads(settings_); ++i) {
    auto pair = ipc::socket_pair();
    if (!pair) return tl::unexpected(pair.error());
    desk_->add_socket(std::move(pair->first));
    fds.push_back(pair->second.get());
    front_ends.push_back(std::move(pair->second));
  }
  if (fds.size() > ipc::max_fds_per_frame)
    return fail(
        fmt::format("there are more than {} listeners and threads; configure fewer", ipc::max_fds_per_frame));
  front_->send(0, front_order(account), fds);
  loop_.watch(local_socket_.get(), POLLIN, [this](short) { on_local_client(); });
  return {};
}

void Broker::on_front_death(int wait_status) {
  front_pid_ = -1;
  front_log_->drain();
  front_.reset();
  desk_.reset();
  loop_.unwatch(local_socket_.get());
  if (stopping_) return;
  log::error("the network process ended unexpectedly (wait status {})", wait_status);
  if (!announced_) {
    outcome_ = fail("the network process could not start; its reason is in the lines above");
    return stop();
  }
  loop_.at(SteadyClock::now() + front_restart_delay, [this] {
    if (stopping_) return;
    if (auto started = start_front(); !started) {
      outcome_ = std::move(started);
      stop();
    }
  });
}

// ---- local clients ----------------------------------------------------------------------------------------

void Broker::on_local_client() {
  UniqueFd client(::accept4(local_socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (!client || ::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  auto const shared = std::make_shared<UniqueFd>(std::move(client));
  bool const accepted = pool_.submit([this, shared, uid = credentials.uid]() -> WorkPool::Completion {
    auto principal = policy_.for_uid(uid);
    return [this, shared, principal = std::move(principal)] { adopt(std::move(*shared), principal); };
  });
  if (!accepted) log::warning("a local client was turned away: too many logons at once");
}

void Broker::adopt(UniqueFd client, Result<auth::Principal> const& principal) {
  if (!principal) return log::warning("refused a local client: {}", principal.error().message);
  if (!desk_ || !front_) return;
  ipc::message::FrontOrder order;
  order.mutable_adopt_local()->set_grant(desk_->grant_local(*principal));
  std::array<int, 1> const fds{client.get()};
  front_->send(0, order, fds);
}

// ---- signals and the end ----------------------------------------------------------------------------------

void Broker::on_signal() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGCHLD) stop();
  }
  reap();
}

void Broker::reap() {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid == front_pid_)
      on_front_death(status);
    else
      hosts_.reaped(pid, status);
  }
  kill_orphans([this](pid_t pid) {
    if (pid == front_pid_ || hosts_.owns(pid)) return true;
    // What a client created to stay (Win32_Process.Create) is ours only to be reaped.
    if (system::is_detached(static_cast<system::proc::Pid>(pid))) return true;
    struct stat about {};
    std::string const path = "/proc/" + std::to_string(pid);
    return ::stat(path.c_str(), &about) == 0 && hosts_.serves(about.st_uid);
  });
  if (stopping_) loop_.defer([this] { end_when_alone(); });
}

void Broker::stop() {
  if (stopping_) return;
  stopping_ = true;
  loop_.unwatch(local_socket_.get());
  ::unlink((settings_.daemon.state_dir / "winrmd.sock").c_str());
  ipc::message::FrontOrder order;
  order.mutable_stop();
  if (front_) front_->send(0, order);
  hosts_.ask_all_to_stop();
  loop_.at(SteadyClock::now() + limits::shutdown_patience, [this] {
    log::warning("processes that did not end in {} s are killed", limits::shutdown_patience.count());
    if (front_pid_ > 0) ::kill(front_pid_, SIGKILL);
    hosts_.kill_all();
  });
  loop_.defer([this] { end_when_alone(); });
}

void Broker::end_when_alone() {
  if (front_pid_ <= 0 && hosts_.empty()) loop_.stop();
}

}  // namespace

fs::path users_file(config::Settings const& settings) {
  return settings.daemon.users_file.empty() ? settings.daemon.state_dir / "users"
                                            : settings.daemon.users_file;
}

Result<void> run(config::Settings const& settings) {
  // Before any thread starts, so that every thread leaves these to the signal descriptor.
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Broker(settings).run();
}

}  // namespace winrm::service::broker
