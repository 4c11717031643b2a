#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "http/message_head.hpp"
#include "http/server.hpp"
#include "http/stream.hpp"
#include "http/worker.hpp"

namespace winrm::http {

/// One peer's connection from its first byte to its last, on one worker's thread. A coroutine (run) reads,
/// asks the handler and answers; the worker's tick calls check() for the deadlines.
class Connection final : public RequestHead, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, Shared& shared, UniqueFd socket, ConnectionFacts facts,
             std::shared_ptr<SSL_CTX> tls, Standing standing);
  ~Connection() override;
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;

  static constexpr std::size_t not_listed = static_cast<std::size_t>(-1);

  [[nodiscard]] static net::awaitable<void> run(std::shared_ptr<Connection> self);

  [[nodiscard]] std::string_view method() const override { return line_.method; }
  [[nodiscard]] std::string_view target() const override { return line_.target; }
  [[nodiscard]] std::string_view header(std::string_view name) const override { return fields_.get(name); }
  [[nodiscard]] std::size_t count(std::string_view name) const override { return fields_.count(name); }

  // For the worker.
  void check(Deadline now);
  void wind_down();
  void abort();
  void peer_left();
  [[nodiscard]] bool is_handling() const { return phase_ == Phase::handling; }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }
  [[nodiscard]] std::string const& peer() const { return peer_; }
  [[nodiscard]] std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = slot; }

 private:
  enum class Phase {
    handshake,  ///< TLS
    idle,       ///< nothing of the next request has come
    reading,    ///< between a request's first and last byte
    handling,   ///< in the handler's hands: no deadline of ours
    writing,
    closing,
  };
  using WaitType = net::posix::descriptor_base::wait_type;

  net::awaitable<void> converse();
  net::awaitable<bool> accept_tls();
  net::awaitable<bool> serve_one();
  net::awaitable<bool> wait_for_turn();

  net::awaitable<bool> read_head();
  void keep(std::size_t bytes);
  [[nodiscard]] Result<void, HeadError> parse_head(std::size_t size);
  [[nodiscard]] bool take_buffered_body(std::string& body);
  net::awaitable<bool> read_body(std::string& body, std::size_t limit);
  net::awaitable<bool> read_chunks(std::string& body, std::size_t limit);
  net::awaitable<bool> discard_body();
  net::awaitable<bool> discard_chunks();
  net::awaitable<std::size_t> read_some(std::size_t most);
  net::awaitable<bool> wait(WaitType what);

  net::awaitable<bool> refuse(Response const& response);
  net::awaitable<bool> reject(unsigned status, std::string_view reason);
  net::awaitable<bool> send(Response const& response);
  [[nodiscard]] bool send_now(Response const& response, std::string& unsent);
  net::awaitable<bool> send_rest(std::string unsent);
  net::awaitable<void> close();

  void enter(Phase phase, Milliseconds allowance);
  void enter_reading();
  void end_request();
  void count_as_authenticated();
  void expire();
  [[nodiscard]] std::string_view buffered() const { return std::string_view(input_).substr(begin_); }
  [[nodiscard]] std::string_view buffered_body() const { return buffered().substr(head_size_); }

  Worker& worker_;
  Shared& shared_;
  std::string const peer_;
  std::string const counted_as_;
  std::unique_ptr<ConnectionFacts> facts_;  ///< until the handler is made of them
  std::shared_ptr<SSL_CTX> tls_;            ///< until the handshake
  Standing standing_;
  net::posix::basic_stream_descriptor<net::io_context::executor_type> socket_;
  Stream stream_;
  std::string account_;  ///< whose requests came last
  std::shared_ptr<AccountTurns> turns_;
  std::unique_ptr<Handler> handler_;
  std::size_t slot_ = not_listed;

  Phase phase_ = Phase::idle;
  Deadline deadline_ = Deadline::max();
  Deadline request_deadline_;
  bool expired_ = false;  ///< a deadline passed, or the server ends: no further wait succeeds
  bool ending_ = false;   ///< the answer under way is the last
  bool peer_left_ = false;
  bool answered_ = false;       ///< bytes went out that a reset would take from the peer
  bool socket_drained_ = true;  ///< the last read took all there was: wait before the next

  // The request at hand: its text starts at begin_ in input_; line_ and fields_ are views into it.
  std::string input_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
  std::size_t head_size_ = 0;
  std::size_t body_taken_ = 0;  ///< bytes of its body that came from input_
  std::string following_;       ///< what came with the last piece of a chunked body
  RequestLine line_;
  Fields fields_;
  BodyFraming framing_;
  bool keep_alive_ = true;
  bool wants_continue_ = false;
};

}  // namespace winrm::http
