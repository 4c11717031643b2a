#pragma once

#include <openssl/types.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/server.hpp"

namespace winrm::http {

class Connection;

/// What a connection may do.
enum class Standing {
  unauthenticated,  ///< a network peer within the limits, counted against its address
  authenticated,    ///< a network peer that has logged on
  local,            ///< of this machine, counted against its account
  refused,          ///< over a limit: its first request is answered 503
};

/// Whom a connection counts against: an account of this machine, or a network peer.
[[nodiscard]] std::string counted_as(ConnectionFacts const& facts);

/// The requests of one account that are being answered, on all threads.
struct AccountTurns {
  std::atomic<std::size_t> taken{0};
};

/// What all threads of a server share. Thread-safe.
class Shared {
 public:
  Shared(ServerLimits limits, HandlerFactory factory);

  [[nodiscard]] ServerLimits const& limits() const { return limits_; }
  [[nodiscard]] HandlerFactory const& factory() const { return factory_; }

  [[nodiscard]] std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  /// A place for a connection, to be given back with leave(). None: close it without a word.
  [[nodiscard]] std::optional<Standing> admit_peer(std::string const& peer);
  [[nodiscard]] std::optional<Standing> admit_local(std::string const& account);
  /// From now on an unauthenticated connection counts as authenticated.
  void logged_on(std::string const& peer);
  void leave(Standing standing, std::string const& who);
  /// False when `timeout` passed first.
  [[nodiscard]] bool wait_until_empty(Milliseconds timeout);

  /// Where the requests of an account are counted. To be kept from one request to the next.
  [[nodiscard]] std::shared_ptr<AccountTurns> turns_of(std::string const& account);
  /// False (and nothing counted) while as many requests as allowed are being answered, of this account or in
  /// all. `turns` may be null: nobody's.
  [[nodiscard]] bool begin_answer(AccountTurns* turns);
  void end_answer(AccountTurns* turns);

 private:
  [[nodiscard]] std::optional<Standing> refuse();

  ServerLimits limits_;
  HandlerFactory factory_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> answers_{0};
  std::size_t turns_per_account_;
  std::mutex mutex_;  ///< of what follows
  std::condition_variable emptied_;
  std::size_t of_network_ = 0;
  std::size_t local_ = 0;
  std::size_t refused_ = 0;
  std::unordered_map<std::string, std::size_t> unauthenticated_;
  std::unordered_map<std::string, std::size_t> local_by_account_;
  std::unordered_map<std::string, std::weak_ptr<AccountTurns>> turns_;
};

/// One server thread: its io_context, the connections it serves, and the tick that checks their deadlines.
/// Everything but context() and load() belongs to that thread.
class Worker {
 public:
  explicit Worker(Shared& shared);
  ~Worker();
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;

  [[nodiscard]] net::io_context& context() { return context_; }
  /// Connections given to this worker.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  /// Hands over a connection that has its place. Thread-safe.
  void serve(UniqueFd socket, ConnectionFacts facts, std::shared_ptr<SSL_CTX> tls, Standing standing);

  /// Closes idle connections; the others end with the answer under way. Thread-safe.
  void wind_down();
  /// Tells every handler that its peer is gone and closes. Thread-safe.
  void abort();

  void add(Connection& connection);
  void remove(Connection& connection);
  /// The time of the last tick: cheap, and never older than a tick.
  [[nodiscard]] Deadline now() const { return now_; }
  [[nodiscard]] std::string_view date() const { return date_; }
  /// Room for one read or one head; its content lives until the next suspension.
  [[nodiscard]] std::array<char, 65536>& input() { return *input_; }
  [[nodiscard]] std::string& head() { return head_; }

 private:
  void start_tick();
  void tick();
  void look_for_departed_peers();
  std::vector<std::shared_ptr<Connection>> everyone();

  Shared& shared_;
  std::atomic<std::size_t> load_{0};
  std::vector<Connection*> connections_;
  bool winding_down_ = false;
  bool ticking_ = false;
  Deadline now_;
  std::string date_;
  std::int64_t date_second_ = -1;
  std::unique_ptr<std::array<char, 65536>> input_;
  std::string head_;
  net::io_context context_{1};  // after what connections use while it is destroyed with them
  net::steady_timer timer_{context_};
};

}  // namespace winrm::http
