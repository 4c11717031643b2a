#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace winrm::http {

struct SslDeleter {
  void operator()(SSL* ssl) const noexcept;
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

/// A connected non-blocking socket, bare or with TLS over it. Never blocks and never raises SIGPIPE; does not
/// own the descriptor. One thread at a time.
class Stream {
 public:
  enum class State {
    ok,
    want_read,   ///< try again when the socket is readable
    want_write,  ///< try again when the socket is writable
    closed,      ///< the peer ended its side in order
    failed,      ///< reset, or a TLS error: see error()
  };
  struct Outcome {
    State state = State::failed;
    std::size_t bytes = 0;
  };

  explicit Stream(int fd) : fd_(fd) {}

  /// Puts TLS over the socket; the role comes from `ssl`. handshake() follows.
  void start_tls(SslHandle ssl);
  [[nodiscard]] Outcome handshake();
  [[nodiscard]] Outcome read(char* buffer, std::size_t size);
  /// Sends as much of `head` and then `body` as the socket takes: on a bare socket in one system call, over
  /// TLS in full records.
  [[nodiscard]] Outcome write(std::string_view head, std::string_view body = {});
  /// Says that nothing more will be sent: TLS close_notify, then the end of the stream.
  void finish();

  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  /// True when read() can return bytes although the socket is not readable.
  [[nodiscard]] bool has_pending() const;
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  /// Why the last call failed, in words.
  [[nodiscard]] std::string const& error() const { return error_; }

 private:
  Outcome tls_outcome(int result);
  Outcome socket_outcome();

  int fd_;
  SslHandle ssl_;
  std::string error_;
};

}  // namespace winrm::http
