#include "service/broker/front_table.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "auth/exchange.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "ipc/control.hpp"
#include "service/broker/named_files.hpp"

namespace winrm::service::broker {

namespace {

constexpr std::chrono::seconds restart_delay{1};
constexpr std::size_t most_threads = 32;

std::size_t front_threads(config::Settings const& settings) {
  std::size_t const wanted = settings.daemon.front_threads != 0 ? settings.daemon.front_threads
                                                                : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(wanted, 1, most_threads);
}

/// The account the front becomes: our own, or one that owns nothing.
struct FrontAccount {
  uid_t uid;
  gid_t gid;
};

Result<FrontAccount> front_account(bool privileged) {
  if (!privileged) return FrontAccount{::geteuid(), ::getegid()};
  for (char const* name : {"_winrm", "nobody"})
    if (auto const account = system::find_account(name)) return FrontAccount{account->uid, account->gid};
  return fail("there is neither an account _winrm nor nobody for the network process to run as");
}

Result<auth::TlsIdentity> identity_of(config::Listener const& setting, config::Settings const& settings) {
  if (names_certificate(setting)) return load_named_certificate(setting, settings);
  return auth::load_or_make_tls_identity(settings.daemon.state_dir / "tls");
}

ipc::message::FrontOrder start_order(FrontSetup const& setup, config::Settings const& settings,
                                     FrontAccount account, bool privileged) {
  ipc::message::FrontOrder order;
  auto& start = *order.mutable_start();
  for (std::size_t i = 0; i < setup.listeners.size(); ++i) {
    auto& listener = *start.add_listeners();
    listener.set_tls(setup.listeners[i].setting.transport == config::Transport::https);
    listener.set_certificate_pem(setup.identities[i].certificate_pem);
    listener.set_key_pem(setup.identities[i].key_pem.reveal());
    listener.set_url_prefix(setup.listeners[i].setting.url_prefix);
  }
  config::Service const& service = settings.service;
  start.set_threads(static_cast<std::uint32_t>(front_threads(settings)));
  start.set_max_connections(service.max_connections);
  start.set_packet_retrieval_ms(std::uint64_t{service.max_packet_retrieval_time_seconds} * 1000);
  start.set_max_envelope_bytes(std::uint64_t{settings.max_envelope_size_kb} * limits::kilobyte);
  start.set_allow_unencrypted(service.allow_unencrypted);
  start.set_basic(service.auth.basic);
  start.set_negotiate(service.auth.negotiate);
  start.set_kerberos(service.auth.kerberos);
  start.set_log_level(
      static_cast<std::uint32_t>(log::enabled(log::Level::debug) ? log::Level::debug : log::Level::info));
  start.set_privileged(privileged);
  start.set_uid(account.uid);
  start.set_gid(account.gid);
  start.set_empty_folder((settings.daemon.state_dir / "empty").string());
  return order;
}

bool same_addresses(FrontSetup const& a, FrontSetup const& b) {
  return std::ranges::equal(a.listeners, b.listeners, {}, &BoundListener::address, &BoundListener::address);
}

}  // namespace

Result<FrontSetup> make_front_setup(config::Settings const& settings,
                                    std::vector<BoundListener> const& open) {
  FrontSetup setup;
  auto bound = bind_listeners(settings, open);
  if (!bound) return tl::unexpected(bound.error());
  setup.listeners = std::move(*bound);
  for (BoundListener const& listener : setup.listeners) {
    auth::TlsIdentity identity;
    std::string binding;
    if (listener.setting.transport == config::Transport::https) {
      auto loaded = identity_of(listener.setting, settings);
      if (!loaded) return tl::unexpected(loaded.error());
      identity = std::move(*loaded);
      auto computed = auth::server_end_point_binding(identity.certificate_der);
      if (!computed) return tl::unexpected(computed.error());
      binding = std::move(*computed);
    }
    setup.identities.push_back(std::move(identity));
    setup.channel_bindings.push_back(std::move(binding));
  }
  return setup;
}

FrontTable::FrontTable(FrontServices services, std::function<void(Error)> on_lost)
    : services_(services), on_lost_(std::move(on_lost)) {}

FrontTable::~FrontTable() = default;

void FrontTable::start(FrontSetup setup, Outcome done) {
  auto const front = fronts_.emplace(fronts_.end());
  front->setup = std::move(setup);
  front->done = std::move(done);
  auto launched = launch(front);
  if (launched) return;
  auto const answer = std::move(front->done);
  fronts_.erase(front);
  answer(launched);
}

Result<void> FrontTable::launch(Entry front) {
  auto const account = front_account(services_.privileged);
  if (!account) return tl::unexpected(account.error());
  auto child = spawn_self("front");
  if (!child) return tl::unexpected(child.error());
  front->pid = child->pid;
  front->log = std::make_unique<LogRelay>(services_.loop, std::move(child->log));
  auto const kill_front = [front] {
    if (front->pid > 0) ::kill(front->pid, SIGKILL);
  };
  DeskServices const services{services_.loop,  services_.pool,     services_.settings,
                              services_.users, services_.verifier, services_.policy,
                              services_.hosts, services_.limiter,  front->setup.channel_bindings};
  front->desk = std::make_shared<FrontDesk>(
      services, [this, front] { on_ready(front); }, kill_front);
  front->peer = std::make_unique<ControlPeer>(
      services_.loop, std::move(child->control), [](ipc::Frame) {}, kill_front);

  std::vector<int> fds;
  std::vector<UniqueFd> front_ends;
  for (BoundListener const& listener : front->setup.listeners) fds.push_back(listener.socket.get());
  for (std::size_t i = 0; i < front_threads(services_.settings); ++i) {
    auto pair = ipc::socket_pair();
    if (!pair) return tl::unexpected(pair.error());
    front->desk->add_socket(std::move(pair->first));
    fds.push_back(pair->second.get());
    front_ends.push_back(std::move(pair->second));
  }
  if (fds.size() > ipc::max_fds_per_frame)
    return fail(
        fmt::format("there are more than {} listeners and threads; configure fewer", ipc::max_fds_per_frame));
  auto const order = start_order(front->setup, services_.settings, *account, services_.privileged);
  front->order = ipc::encode(order);
  front->peer->send(0, order, fds);
  return {};
}

bool FrontTable::is_in_use(FrontSetup const& setup) const {
  auto const account = front_account(services_.privileged);
  if (in_use_ == nullptr || !account || !same_addresses(setup, in_use_->setup)) return false;
  auto const order = ipc::encode(start_order(setup, services_.settings, *account, services_.privileged));
  return order.reveal() == in_use_->order.reveal();
}

std::vector<BoundListener> const& FrontTable::open_listeners() const {
  static std::vector<BoundListener> const none;
  return in_use_ == nullptr ? none : in_use_->setup.listeners;
}

void FrontTable::on_ready(Entry front) {
  if (!front->done) return;
  auto* const before = std::exchange(in_use_, &*front);
  if (before != nullptr && before->peer)
    before->setup.listeners.clear();  // what nobody accepts from must not be connected to
  ipc::message::FrontOrder order;
  order.mutable_retire()->set_allow_unencrypted(services_.settings.service.allow_unencrypted);
  for (Front& other : fronts_)
    if (&other != in_use_ && other.peer && !other.done) other.peer->send(0, order);
  auto const done = std::exchange(front->done, nullptr);
  done({});
}

void FrontTable::adopt(UniqueFd client, auth::Principal const& principal) {
  if (in_use_ == nullptr || !in_use_->peer) return;
  ipc::message::FrontOrder order;
  order.mutable_adopt_local()->set_grant(in_use_->desk->grant_local(principal));
  order.mutable_adopt_local()->set_account(principal.account().name);
  std::array<int, 1> const fds{client.get()};
  in_use_->peer->send(0, order, fds);
}

bool FrontTable::reaped(pid_t pid, int wait_status) {
  auto const front = std::ranges::find(fronts_, pid, &Front::pid);
  if (front == fronts_.end()) return false;
  on_death(front, wait_status);
  return true;
}

void FrontTable::on_death(Entry front, int wait_status) {
  front->pid = -1;
  front->log->drain();
  auto const done = std::exchange(front->done, nullptr);
  bool const was_in_use = in_use_ == &*front;
  if (was_in_use) in_use_ = nullptr;
  auto setup = std::move(front->setup);
  front->peer.reset();
  front->desk.reset();
  // A deferred call of its sockets may still point at the entry.
  services_.loop.defer([this, front] { fronts_.erase(front); });
  if (stopping_) return;
  if (done) return done(fail("the network process could not start; its reason is in the lines above"));
  if (!was_in_use) return;
  log::error("the network process ended unexpectedly (wait status {})", wait_status);
  services_.loop.at(SteadyClock::now() + restart_delay,
                    [this, kept = std::make_shared<FrontSetup>(std::move(setup))] {
                      if (!stopping_ && in_use_ == nullptr) restart(std::move(*kept));
                    });
}

void FrontTable::restart(FrontSetup setup) {
  start(std::move(setup), [this](Result<void> const& outcome) {
    if (!outcome) on_lost_(outcome.error());
  });
}

bool FrontTable::owns(pid_t pid) const {
  return std::ranges::find(fronts_, pid, &Front::pid) != fronts_.end();
}

void FrontTable::ask_all_to_stop() {
  stopping_ = true;
  ipc::message::FrontOrder order;
  order.mutable_stop();
  for (Front& front : fronts_)
    if (front.peer) front.peer->send(0, order);
}

void FrontTable::kill_all() {
  for (Front const& front : fronts_)
    if (front.pid > 0) ::kill(front.pid, SIGKILL);
}

}  // namespace winrm::service::broker
