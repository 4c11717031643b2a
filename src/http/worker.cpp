#include "http/worker.hpp"

#include <poll.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <ctime>

#include "base/address_key.hpp"
#include "base/log.hpp"
#include "http/connection.hpp"

namespace winrm::http {
namespace {

constexpr Milliseconds tick_interval{200};
/// Connections over a limit that are still told so; further ones are closed without a word.
constexpr std::size_t refusals_at_once = 64;

void count_down(std::unordered_map<std::string, std::size_t>& counts, std::string const& who) {
  auto const entry = counts.find(who);
  if (entry != counts.end() && --entry->second == 0) counts.erase(entry);
}

}  // namespace

std::string counted_as(ConnectionFacts const& facts) {
  return facts.local_account.empty() ? address_key(facts.peer_address) : facts.local_account;
}

Shared::Shared(ServerLimits limits, HandlerFactory factory)
    : limits_(limits),
      factory_(std::move(factory)),
      turns_per_account_(std::max<std::size_t>(1, limits.max_requests * 3 / 4)) {
  auto const others_share = std::max<std::size_t>(1, limits_.max_connections / 4);
  auto const most =
      std::max<std::size_t>(1, limits_.max_connections - std::min(others_share, limits_.max_connections));
  limits_.unauthenticated_per_peer = std::min(limits_.unauthenticated_per_peer, most);
}

std::optional<Standing> Shared::admit_peer(std::string const& peer) {
  std::lock_guard const lock(mutex_);
  auto const same = unauthenticated_.find(peer);
  std::size_t const of_same = same == unauthenticated_.end() ? 0 : same->second;
  if (of_network_ >= limits_.max_connections || of_same >= limits_.unauthenticated_per_peer) return refuse();
  ++of_network_;
  ++unauthenticated_[peer];
  connections_.fetch_add(1, std::memory_order_relaxed);
  return Standing::unauthenticated;
}

std::optional<Standing> Shared::admit_local(std::string const& account) {
  std::lock_guard const lock(mutex_);
  auto const same = local_by_account_.find(account);
  std::size_t const of_same = same == local_by_account_.end() ? 0 : same->second;
  if (local_ >= limits_.max_local_connections || of_same >= limits_.local_connections_per_user)
    return refuse();
  ++local_;
  ++local_by_account_[account];
  connections_.fetch_add(1, std::memory_order_relaxed);
  return Standing::local;
}

std::optional<Standing> Shared::refuse() {
  if (refused_ >= refusals_at_once) return std::nullopt;
  ++refused_;
  connections_.fetch_add(1, std::memory_order_relaxed);
  return Standing::refused;
}

void Shared::logged_on(std::string const& peer) {
  std::lock_guard const lock(mutex_);
  count_down(unauthenticated_, peer);
}

void Shared::leave(Standing standing, std::string const& who) {
  std::lock_guard const lock(mutex_);
  switch (standing) {
    case Standing::unauthenticated:
      count_down(unauthenticated_, who);
      --of_network_;
      break;
    case Standing::authenticated:
      --of_network_;
      break;
    case Standing::local:
      count_down(local_by_account_, who);
      --local_;
      break;
    case Standing::refused:
      --refused_;
      break;
  }
  if (connections_.fetch_sub(1, std::memory_order_relaxed) == 1) emptied_.notify_all();
}

std::shared_ptr<AccountTurns> Shared::turns_of(std::string const& account) {
  std::lock_guard const lock(mutex_);
  if (auto const known = turns_.find(account); known != turns_.end())
    if (auto turns = known->second.lock()) return turns;
  std::erase_if(turns_, [](auto const& entry) { return entry.second.expired(); });
  auto turns = std::make_shared<AccountTurns>();
  turns_[account] = turns;
  return turns;
}

bool Shared::begin_answer(AccountTurns* turns) {
  if (turns != nullptr && turns->taken.fetch_add(1, std::memory_order_relaxed) >= turns_per_account_) {
    turns->taken.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  if (answers_.fetch_add(1, std::memory_order_relaxed) < limits_.max_requests) return true;
  end_answer(turns);
  return false;
}

void Shared::end_answer(AccountTurns* turns) {
  answers_.fetch_sub(1, std::memory_order_relaxed);
  if (turns != nullptr) turns->taken.fetch_sub(1, std::memory_order_relaxed);
}

bool Shared::wait_until_empty(Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [&] { return connections() == 0; });
}

Worker::Worker(Shared& shared)
    : shared_(shared), now_(SteadyClock::now()), input_(std::make_unique<std::array<char, 65536>>()) {}

Worker::~Worker() = default;

void Worker::serve(UniqueFd socket, ConnectionFacts facts, std::shared_ptr<SSL_CTX> tls, Standing standing) {
  load_.fetch_add(1, std::memory_order_relaxed);
  auto connection = std::make_shared<Connection>(*this, shared_, std::move(socket), std::move(facts),
                                                 std::move(tls), standing);
  auto conversation = Connection::run(connection);
  // Nothing is kept here: the connection may be over before this returns, and must end in its worker's
  // thread.
  net::co_spawn(context_, std::move(conversation),
                [connection = std::move(connection)](std::exception_ptr failure) {
                  if (!failure) return;
                  try {
                    std::rethrow_exception(failure);
                  } catch (std::exception const& problem) {
                    log::error("connection of {}: {}", connection->peer(), problem.what());
                  }
                });
}

void Worker::wind_down() {
  net::post(context_, [this] {
    winding_down_ = true;
    for (auto const& connection : everyone()) connection->wind_down();
  });
}

void Worker::abort() {
  net::post(context_, [this] {
    for (auto const& connection : everyone()) connection->abort();
  });
}

void Worker::add(Connection& connection) {
  connection.set_slot(connections_.size());
  connections_.push_back(&connection);
  start_tick();
  if (winding_down_) connection.wind_down();
}

void Worker::remove(Connection& connection) {
  if (connection.slot() != Connection::not_listed) {
    auto* const last = connections_.back();
    connections_[connection.slot()] = last;
    last->set_slot(connection.slot());
    connections_.pop_back();
  }
  load_.fetch_sub(1, std::memory_order_relaxed);
}

std::vector<std::shared_ptr<Connection>> Worker::everyone() {
  std::vector<std::shared_ptr<Connection>> result;
  result.reserve(connections_.size());
  for (auto* connection : connections_) result.push_back(connection->shared_from_this());
  return result;
}

void Worker::start_tick() {
  if (ticking_) return;
  ticking_ = true;
  tick();
}

void Worker::tick() {
  now_ = SteadyClock::now();
  if (auto const second = std::time(nullptr); second != date_second_) {
    date_second_ = second;
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    std::array<char, 64> text{};
    date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  for (auto* connection : connections_) connection->check(now_);
  look_for_departed_peers();
  if (connections_.empty()) {
    ticking_ = false;
    return;
  }
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

// A connection whose handler is at work has no read waiting that would notice the peer's end; asking the
// kernel for all of them at once costs less than a second operation on each.
void Worker::look_for_departed_peers() {
  std::vector<pollfd> asked;
  std::vector<std::shared_ptr<Connection>> handling;
  for (auto* connection : connections_) {
    if (!connection->is_handling()) continue;
    asked.push_back(pollfd{connection->descriptor(), POLLRDHUP, 0});
    handling.push_back(connection->shared_from_this());
  }
  if (asked.empty() || ::poll(asked.data(), asked.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < asked.size(); ++i)
    if ((asked[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) handling[i]->peer_left();
}

}  // namespace winrm::http
