#include "service/broker/broker.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
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
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "auth/tls_identity.hpp"
#include "auth/users_file.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "config/addresses.hpp"
#include "config/load.hpp"
#include "service/broker/front_table.hpp"
#include "service/broker/listeners.hpp"
#include "system/process_control.hpp"
#include "system/readiness.hpp"

namespace winrm::service::broker {

namespace {

namespace fs = std::filesystem;

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

Result<void> make_folder(fs::path const& folder, mode_t mode) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST)
    return fail("cannot make the folder " + folder.string() + ": " + std::strerror(errno));
  return {};
}

/// Held as long as the descriptor is open. A file of our own, for anyone may lock a folder that he can read.
Result<UniqueFd> lock_state(fs::path const& state) {
  fs::path const file = state / "winrmd.lock";
  UniqueFd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail("cannot open " + file.string() + ": " + std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return fail("another winrmd works with the StateDir " + state.string() +
              ": end it, or give each a StateDir of its own");
}

/// Changes when one of the files does, or appears or goes.
std::string fingerprint_of(std::vector<fs::path> const& files) {
  std::string text;
  for (auto const& file : files) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) about = {};
    text += fmt::format("{} {} {} {} {}\n", file.string(), about.st_ino, about.st_size, about.st_mtim.tv_sec,
                        about.st_mtim.tv_nsec);
  }
  return text;
}

/// The addresses of this machine that listeners of several follow; those of "*" without a filter need not.
std::string followed_addresses(config::Settings const& settings) {
  std::string text;
  auto const machine = config::interface_addresses();
  for (auto const& listener : config::effective_listeners(settings)) {
    if (listener.address.starts_with("IP:")) continue;
    for (auto const& address : config::listening_on(listener, settings.service, machine))
      if (listener.address != "*" || !config::listens_on_all(settings.service, address.family))
        text += fmt::format("{} {}\n", listener.address, config::to_text(address));
  }
  return text;
}

std::string fingerprint_of(config::Settings const& settings) {
  std::vector<fs::path> files;
  for (auto const& listener : settings.listeners)
    for (auto const& file : {listener.certificate_file, listener.key_file})
      if (!file.empty()) files.push_back(file);
  return fingerprint_of(files) + followed_addresses(settings);
}

class Broker {
 public:
  Broker(config::Settings settings, fs::path file)
      : settings_(std::move(settings)),
        file_(std::move(file)),
        privileged_(::geteuid() == 0),
        users_(auth::users_file(settings_)),
        policy_(users_, privileged_, settings_.daemon.pam_service),
        verifier_(auth::make_password_verifier(users_, settings_.daemon.pam_service)),
        pool_(limits::verification_threads, limits::verifications_waiting),
        hosts_(loop_, settings_, file_, privileged_, [this](auto answer) { reload(std::move(answer)); }),
        fronts_({loop_, pool_, settings_, users_, *verifier_, policy_, hosts_, limiter_, privileged_},
                [this](Error const& error) { give_up(error); }) {}

  Result<void> run() {
    if (auto prepared = prepare(); !prepared) return prepared;
    auto setup = make_front_setup(settings_, {});
    if (!setup) return tl::unexpected(setup.error());
    fronts_.start(std::move(*setup), [this](Result<void> const& outcome) {
      if (!outcome) return give_up(outcome.error());
      announce();
    });
    loop_.run();
    return std::move(outcome_);
  }

 private:
  using Answer = std::function<void(Result<void> const&)>;

  Result<void> prepare();
  void watch_signals();
  void announce();
  void on_signal();
  void reap();
  void on_local_client();
  [[nodiscard]] bool look_up(uid_t uid);
  void reload(Answer answer);
  void finish_reload(Result<void> const& outcome);
  [[nodiscard]] std::string policy_fingerprint() const;
  [[nodiscard]] std::string fingerprint() const;
  void watch_files();
  void give_up(Error const& error);
  void stop();
  void end_when_alone();

  config::Settings settings_;
  fs::path file_;
  bool privileged_;
  PollLoop loop_;
  auth::UsersFile users_;
  AccountPolicy policy_;
  std::unique_ptr<auth::PasswordVerifier> verifier_;
  WorkPool pool_;  // after what its work uses
  HostTable hosts_;
  LogonLimiter limiter_;
  FrontTable fronts_;
  UniqueFd state_lock_;
  UniqueFd local_socket_;
  std::map<uid_t, std::vector<UniqueFd>> local_clients_;  ///< whose accounts are being looked up
  UniqueFd signals_;
  std::string watched_fingerprint_;
  std::vector<Answer> reload_answers_;  ///< of the reload under way
  std::vector<Answer> reloads_asked_;   ///< meanwhile
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
  auto lock = lock_state(state);
  if (!lock) return tl::unexpected(lock.error());
  state_lock_ = std::move(*lock);
  auto local = bind_local_socket(state / "winrmd.sock", privileged_);
  if (!local) return tl::unexpected(local.error());
  local_socket_ = std::move(*local);
  loop_.watch(pool_.wake_fd(), POLLIN, [this](short) { pool_.run_completions(); });
  watch_signals();
  watched_fingerprint_ = fingerprint();
  watch_files();
  return {};
}

void Broker::announce() {
  if (announced_) return;
  announced_ = true;
  // Local clients that came earlier have waited in the socket's queue for a front to serve them.
  loop_.watch(local_socket_.get(), POLLIN, [this](short) { on_local_client(); });
  constexpr std::string_view line = "winrmd: ready\n";
  [[maybe_unused]] ssize_t const written = ::write(STDOUT_FILENO, line.data(), line.size());
  system::tell_service_manager_ready();
}

void Broker::watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  loop_.watch(signals_.get(), POLLIN, [this](short) { on_signal(); });
}

// ---- new settings -----------------------------------------------------------------------------------------

/// Reads the configuration again. What cannot be used changes nothing.
void Broker::reload(Answer answer) {
  if (stopping_) return answer(fail("the service is stopping"));
  if (!reload_answers_.empty()) {
    reloads_asked_.push_back(std::move(answer));
    return;
  }
  reload_answers_.push_back(std::move(answer));
  // Each fingerprint is taken before what it stands for is read: what changes meanwhile is seen the next
  // time.
  auto const policy = policy_fingerprint();
  auto const of_before = watched_fingerprint_ = policy + fingerprint_of(settings_);
  auto loaded = config::load(file_);
  if (!loaded) return finish_reload(tl::unexpected(loaded.error()));
  loaded->daemon = settings_.daemon;  // folders, accounts and processes are for the next start
  auto of_loaded = policy + fingerprint_of(*loaded);
  auto setup = make_front_setup(*loaded, fronts_.open_listeners());
  if (!setup) return finish_reload(tl::unexpected(setup.error()));
  auto const before = std::make_shared<config::Settings>(std::exchange(settings_, std::move(*loaded)));
  hosts_.announce_settings();
  watched_fingerprint_ = std::move(of_loaded);
  if (fronts_.is_in_use(*setup)) return finish_reload({});
  fronts_.start(std::move(*setup), [this, before, of_before](Result<void> const& outcome) {
    if (!outcome) {
      settings_ = *before;
      watched_fingerprint_ = of_before;
      hosts_.announce_settings();
    }
    finish_reload(outcome);
  });
}

void Broker::finish_reload(Result<void> const& outcome) {
  if (outcome)
    log::info("the configuration {} is in use", file_.string());
  else
    log::error("the new configuration is not used, the service keeps its settings: {}",
               outcome.error().message);
  for (auto const& answer : std::exchange(reload_answers_, {})) answer(outcome);
  auto asked = std::exchange(reloads_asked_, {});
  if (asked.empty()) return;
  // Whoever asked while the files were being read may have changed them since.
  reload([all = std::move(asked)](Result<void> const& result) {
    for (auto const& one : all) one(result);
  });
}

/// Policy, certificates and the machine's addresses are changed by other programs, which do not tell us.
std::string Broker::policy_fingerprint() const {
  return fingerprint_of(
      config::policy_files(config::policy_folder_of(file_)).value_or(std::vector<fs::path>{}));
}

std::string Broker::fingerprint() const { return policy_fingerprint() + fingerprint_of(settings_); }

void Broker::watch_files() {
  loop_.at(SteadyClock::now() + limits::watched_files_interval, [this] {
    if (stopping_) return;
    if (fingerprint() != watched_fingerprint_) reload([](Result<void> const&) {});
    watch_files();
  });
}

// ---- local clients ----------------------------------------------------------------------------------------

void Broker::on_local_client() {
  UniqueFd client(::accept4(local_socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (!client || ::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  auto const [same, is_first] = local_clients_.try_emplace(credentials.uid);
  if (same->second.size() < limits::local_connections_per_user) same->second.push_back(std::move(client));
  if (!is_first || look_up(credentials.uid)) return;
  local_clients_.erase(same);
  log::warning("a local client was turned away: too many logons at once");
}

/// Once for all clients that come meanwhile: the pool also verifies the log-ons of the network, and no user
/// of this machine may fill it.
bool Broker::look_up(uid_t uid) {
  if (local_clients_.size() > limits::local_lookups) return false;
  return pool_.submit([this, uid]() -> WorkPool::Completion {
    auto principal = policy_.for_uid(uid);
    return [this, uid, principal = std::move(principal)] {
      auto clients = local_clients_.extract(uid);
      if (!principal) return log::warning("refused a local client: {}", principal.error().message);
      for (UniqueFd& client : clients.mapped()) fronts_.adopt(std::move(client), *principal);
    };
  });
}

// ---- signals and the end ----------------------------------------------------------------------------------

void Broker::on_signal() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP)
      reload([](Result<void> const&) {});
    else if (info.ssi_signo != SIGCHLD)
      stop();
  }
  reap();
}

void Broker::reap() {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (!fronts_.reaped(pid, status)) hosts_.reaped(pid, status);
  }
  kill_orphans([this](pid_t pid) {
    if (fronts_.owns(pid) || hosts_.owns(pid)) return true;
    // What a client created to stay (Win32_Process.Create) is ours only to be reaped.
    if (system::is_detached(static_cast<system::proc::Pid>(pid))) return true;
    struct stat about {};
    std::string const path = "/proc/" + std::to_string(pid);
    return ::stat(path.c_str(), &about) == 0 && hosts_.serves(about.st_uid);
  });
  if (stopping_) loop_.defer([this] { end_when_alone(); });
}

void Broker::give_up(Error const& error) {
  outcome_ = tl::unexpected(error);
  stop();
}

void Broker::stop() {
  if (stopping_) return;
  stopping_ = true;
  loop_.unwatch(local_socket_.get());
  ::unlink((settings_.daemon.state_dir / "winrmd.sock").c_str());
  fronts_.ask_all_to_stop();
  hosts_.ask_all_to_stop();
  loop_.at(SteadyClock::now() + limits::shutdown_patience, [this] {
    log::warning("processes that did not end in {} s are killed", limits::shutdown_patience.count());
    fronts_.kill_all();
    hosts_.kill_all();
  });
  loop_.defer([this] { end_when_alone(); });
}

void Broker::end_when_alone() {
  if (fronts_.empty() && hosts_.empty()) loop_.stop();
}

}  // namespace

Result<void> run(config::Settings settings, fs::path const& file) {
  // Before any thread starts, so that every thread leaves these to the signal descriptor.
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Broker(std::move(settings), file).run();
}

}  // namespace winrm::service::broker
