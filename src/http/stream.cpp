#include "http/stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "http/tls.hpp"

namespace winrm::http {
namespace {

constexpr std::size_t tls_record_bytes = 16384;

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

/// As BIO_s_socket, but without SIGPIPE when the peer has gone.
int bio_write(BIO* bio, char const* data, int size) {
  BIO_clear_retry_flags(bio);
  auto const sent = ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && is_temporary(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto const received = ::recv(descriptor_of(bio), data, static_cast<std::size_t>(size), 0);
  if (received < 0 && is_temporary(errno)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* make_bio(int fd) {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "socket without SIGPIPE");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  auto* bio = BIO_new(method);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

void SslDeleter::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

void Stream::start_tls(SslHandle ssl) {
  ssl_ = std::move(ssl);
  auto* bio = make_bio(fd_);
  SSL_set_bio(ssl_.get(), bio, bio);
}

Stream::Outcome Stream::handshake() {
  ERR_clear_error();
  auto const result = SSL_do_handshake(ssl_.get());
  if (result == 1) return {State::ok, 0};
  return tls_outcome(result);
}

Stream::Outcome Stream::read(char* buffer, std::size_t size) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t bytes = 0;
    auto const result = SSL_read_ex(ssl_.get(), buffer, size, &bytes);
    if (result == 1) return {State::ok, bytes};
    return tls_outcome(result);
  }
  auto const received = ::recv(fd_, buffer, size, 0);
  if (received > 0) return {State::ok, static_cast<std::size_t>(received)};
  if (received == 0) return {State::closed, 0};
  if (is_temporary(errno)) return {State::want_read, 0};
  return socket_outcome();
}

Stream::Outcome Stream::write(std::string_view head, std::string_view body) {
  if (ssl_) {
    std::array<char, tls_record_bytes> record;
    auto const from_head = std::min(head.size(), record.size());
    auto const from_body = std::min(body.size(), record.size() - from_head);
    // A retry after want_write must offer the same bytes again: it does, for the caller keeps both views.
    auto const* data = body.data();
    if (from_head > 0) {
      std::memcpy(record.data(), head.data(), from_head);
      if (from_body > 0) std::memcpy(record.data() + from_head, body.data(), from_body);
      data = record.data();
    }
    ERR_clear_error();
    std::size_t bytes = 0;
    auto const result = SSL_write_ex(ssl_.get(), data, from_head + from_body, &bytes);
    if (result == 1) return {State::ok, bytes};
    return tls_outcome(result);
  }
  std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                             iovec{const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = body.empty() ? 1 : 2;
  auto const sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
  if (sent >= 0) return {State::ok, static_cast<std::size_t>(sent)};
  if (is_temporary(errno)) return {State::want_write, 0};
  return socket_outcome();
}

void Stream::finish() {
  if (ssl_ && SSL_is_init_finished(ssl_.get()) != 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(fd_, SHUT_WR);
}

bool Stream::has_pending() const { return ssl_ && SSL_has_pending(ssl_.get()) != 0; }

Stream::Outcome Stream::tls_outcome(int result) {
  auto const saved_errno = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {State::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {State::closed, 0};
    case SSL_ERROR_SYSCALL:
      error_ = saved_errno != 0 ? std::strerror(saved_errno) : "the peer closed the connection";
      return {State::failed, 0};
    default:
      error_ = tls_error_text();
      return {State::failed, 0};
  }
}

Stream::Outcome Stream::socket_outcome() {
  error_ = std::strerror(errno);
  return {State::failed, 0};
}

}  // namespace winrm::http
