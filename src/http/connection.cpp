#include "http/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/log.hpp"
#include "base/unicode.hpp"
#include "http/chunked.hpp"
#include "http/tls.hpp"

namespace winrm::http {
namespace {

using Descriptor = net::posix::descriptor_base;

/// How often a request that waits for its turn looks again.
constexpr Milliseconds turn_interval{10};

/// The place of one request among those that are being answered.
class Turn {
 public:
  Turn(Shared& shared, AccountTurns* of_account) : shared_(shared), of_account_(of_account) {}
  ~Turn() { shared_.end_answer(of_account_); }
  Turn(Turn const&) = delete;
  Turn& operator=(Turn const&) = delete;

 private:
  Shared& shared_;
  AccountTurns* of_account_;
};

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

void append_number(std::string& text, std::size_t value) {
  std::array<char, 20> digits;
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  if (value.find_first_of("\r\n") != std::string_view::npos) return;  // would split the answer in two
  text.append(name).append(": ").append(value).append("\r\n");
}

Response problem(unsigned status, std::string_view reason) {
  Response response;
  response.status = status;
  response.content_type = "text/plain;charset=UTF-8";
  response.body.append(reason).append("\n");
  return response;
}

}  // namespace

Connection::Connection(Worker& worker, Shared& shared, UniqueFd socket, ConnectionFacts facts,
                       std::shared_ptr<SSL_CTX> tls, Standing standing)
    : worker_(worker),
      shared_(shared),
      peer_(facts.peer_address),
      counted_as_(counted_as(facts)),
      facts_(std::make_unique<ConnectionFacts>(std::move(facts))),
      tls_(std::move(tls)),
      standing_(standing),
      socket_(worker.context(), socket.get()),
      stream_(socket.release()) {}

Connection::~Connection() {
  worker_.remove(*this);
  shared_.leave(standing_, counted_as_);
}

net::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  self->worker_.add(*self);
  co_await self->converse();
  co_await self->close();
}

net::awaitable<void> Connection::converse() {
  if (tls_) {
    bool const secured = co_await accept_tls();
    if (!secured) co_return;
  }
  if (standing_ != Standing::refused) handler_ = shared_.factory()(*facts_, worker_.context().get_executor());
  facts_.reset();
  enter(Phase::idle, shared_.limits().header);
  while (true) {
    bool const another = co_await serve_one();
    if (!another) co_return;
    enter(Phase::idle, shared_.limits().idle_keep_alive);
  }
}

// ---- one request
// -------------------------------------------------------------------------------------------

net::awaitable<bool> Connection::serve_one() {
  bool ready = co_await read_head();
  if (!ready) co_return false;
  if (!handler_) {
    auto const busy = problem(503, "The service has as many connections as it can hold; try again later.");
    ending_ = true;
    co_return co_await refuse(busy);
  }

  std::string failure;
  Handler::Admission admission;
  phase_ = Phase::handling;
  try {
    admission = co_await handler_->admit(*this);
  } catch (std::exception const& error) {
    failure = error.what();
  }
  if (!failure.empty()) {
    log::error("request of {} failed before its body was read: {}", peer_, failure);
    co_return co_await reject(500, "The service failed; its log says more.");
  }
  if (admission.refusal) co_return co_await refuse(*admission.refusal);
  if (!admission.anonymous) count_as_authenticated();
  if (admission.account != account_) {
    account_ = admission.account;
    turns_ = account_.empty() ? nullptr : shared_.turns_of(account_);
  }
  if (framing_.length > admission.body_limit) {
    auto const too_large = problem(413, "The request is larger than MaxEnvelopeSizekb allows.");
    co_return co_await refuse(too_large);
  }

  std::string body;
  ready = take_buffered_body(body);
  if (!ready) ready = co_await read_body(body, admission.body_limit);
  if (!ready) co_return false;

  phase_ = Phase::handling;
  bool has_turn = shared_.begin_answer(turns_.get());
  if (!has_turn) has_turn = co_await wait_for_turn();
  if (!has_turn) {
    auto const busy = problem(
        503, "The service answers as many requests at once as its MaxConnections allows; try again later.");
    co_return co_await refuse(busy);
  }
  Turn const turn(shared_, turns_.get());
  Response response;
  try {
    response = co_await handler_->respond(*this, std::move(body));
  } catch (std::exception const& error) {
    failure = error.what();
  }
  if (!failure.empty()) {
    log::error("request of {} failed: {}", peer_, failure);
    response = problem(500, "The service failed; its log says more.");
  }
  std::string unsent;
  bool sent = send_now(response, unsent);
  if (!unsent.empty()) sent = co_await send_rest(std::move(unsent));
  end_request();
  co_return sent&& keep_alive_ && !ending_;
}

net::awaitable<bool> Connection::wait_for_turn() {
  net::steady_timer timer(worker_.context());
  while (!ending_ && worker_.now() < request_deadline_) {
    timer.expires_after(turn_interval);
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
    if (shared_.begin_answer(turns_.get())) co_return true;
  }
  co_return false;
}

void Connection::end_request() {
  line_ = {};
  fields_.clear();
  begin_ += head_size_ + body_taken_;
  if (begin_ >= input_.size()) {
    input_.clear();
    begin_ = 0;
  }
  input_.append(following_);
  following_.clear();
  scanned_ = head_size_ = body_taken_ = 0;
}

// ---- reading
// -----------------------------------------------------------------------------------------------

net::awaitable<bool> Connection::read_head() {
  while (true) {
    // RFC 9112 2.2: empty lines before a request are read over.
    while (scanned_ == 0 && buffered().starts_with("\r\n")) begin_ += 2;
    if (phase_ == Phase::idle && !buffered().empty()) {
      request_deadline_ = worker_.now() + shared_.limits().packet_retrieval;
      enter(Phase::reading, std::min(shared_.limits().header, shared_.limits().packet_retrieval));
    }
    auto const size = find_head_end(buffered(), scanned_);
    if (!size) co_return co_await reject(size.error().status, size.error().reason);
    if (*size > 0) {
      auto const parsed = parse_head(*size);
      if (parsed) co_return true;
      co_return co_await reject(parsed.error().status, parsed.error().reason);
    }
    auto const bytes = co_await read_some(worker_.input().size());
    if (bytes > 0) {
      keep(bytes);
    } else if (expired_ && phase_ == Phase::reading && !ending_) {
      co_return co_await reject(408, "The request's header did not arrive in time.");
    } else {
      co_return false;
    }
  }
}

/// Adds what was read to input_, and drops what earlier requests left there: a peer whose requests never end
/// where a read ends would fill the memory otherwise.
void Connection::keep(std::size_t bytes) {
  input_.erase(0, begin_);
  begin_ = 0;
  input_.append(worker_.input().data(), bytes);
}

Result<void, HeadError> Connection::parse_head(std::size_t size) {
  head_size_ = size;
  auto const head = buffered().substr(0, size - 2);
  auto const line_end = head.find("\r\n");
  auto const line = parse_request_line(head.substr(0, line_end));
  if (!line) return tl::unexpected(line.error());
  line_ = *line;
  if (auto parsed = fields_.parse(head.substr(line_end + 2)); !parsed) return parsed;
  if (fields_.count("Host") > 1 || (line_.minor_version == 1 && fields_.count("Host") == 0))
    return tl::unexpected(HeadError{400, "a request needs one Host header"});
  auto const framing = request_framing(fields_, line_.minor_version);
  if (!framing) return tl::unexpected(framing.error());
  framing_ = *framing;
  keep_alive_ = keeps_alive(fields_, line_.minor_version);
  auto const expectation = fields_.get("Expect");
  wants_continue_ = unicode::equals_ignoring_case(expectation, "100-continue") && line_.minor_version == 1;
  if (!expectation.empty() && !unicode::equals_ignoring_case(expectation, "100-continue"))
    return tl::unexpected(HeadError{417, "no expectation but 100-continue is understood"});
  return {};
}

bool Connection::take_buffered_body(std::string& body) {
  if (framing_.kind != BodyFraming::Kind::length || buffered_body().size() < framing_.length) return false;
  body_taken_ = static_cast<std::size_t>(framing_.length);
  body.assign(buffered_body(), 0, body_taken_);
  return true;
}

net::awaitable<bool> Connection::read_body(std::string& body, std::size_t limit) {
  enter_reading();
  if (wants_continue_ && buffered_body().empty()) {
    std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    bool const sent = co_await send_rest(std::move(interim));
    if (!sent) co_return false;
    enter_reading();
  }
  if (framing_.kind == BodyFraming::Kind::chunked) co_return co_await read_chunks(body, limit);
  auto const length = static_cast<std::size_t>(framing_.length);
  body.assign(buffered_body());
  body_taken_ = body.size();
  // Room for what a length claims is made only as the bytes come: a claim costs the peer nothing.
  while (body.size() < length) {
    auto const bytes = co_await read_some(std::min(length - body.size(), worker_.input().size()));
    if (bytes > 0) {
      body.append(worker_.input().data(), bytes);
    } else if (expired_ && !ending_) {
      co_return co_await reject(408, "The request's body did not arrive in time.");
    } else {
      co_return false;
    }
  }
  co_return true;
}

net::awaitable<bool> Connection::read_chunks(std::string& body, std::size_t limit) {
  ChunkedDecoder decoder;
  auto progress = decoder.feed(buffered_body(), body, limit);
  body_taken_ = progress.consumed;
  while (progress.state == ChunkedDecoder::State::more) {
    auto const bytes = co_await read_some(worker_.input().size());
    if (bytes == 0 && expired_ && !ending_)
      co_return co_await reject(408, "The request's body did not arrive in time.");
    if (bytes == 0) co_return false;
    std::string_view const piece(worker_.input().data(), bytes);
    progress = decoder.feed(piece, body, limit);
    following_.assign(piece.substr(progress.consumed));
  }
  if (progress.state == ChunkedDecoder::State::malformed)
    co_return co_await reject(400, "The request's chunked body is malformed.");
  if (progress.state == ChunkedDecoder::State::too_large)
    co_return co_await reject(413, "The request is larger than MaxEnvelopeSizekb allows.");
  co_return true;
}

net::awaitable<bool> Connection::discard_body() {
  enter_reading();
  if (framing_.kind == BodyFraming::Kind::chunked) co_return co_await discard_chunks();
  auto const length = static_cast<std::size_t>(framing_.length);
  body_taken_ = std::min(buffered_body().size(), length);
  auto remaining = length - body_taken_;
  while (remaining > 0) {
    auto const bytes = co_await read_some(std::min(remaining, worker_.input().size()));
    if (bytes == 0) co_return false;
    remaining -= bytes;
  }
  co_return true;
}

net::awaitable<bool> Connection::discard_chunks() {
  ChunkedDecoder decoder;
  auto progress = decoder.discard(buffered_body(), limits::http_drain_bytes);
  body_taken_ = progress.consumed;
  while (progress.state == ChunkedDecoder::State::more) {
    auto const bytes = co_await read_some(worker_.input().size());
    if (bytes == 0) co_return false;
    std::string_view const piece(worker_.input().data(), bytes);
    progress = decoder.discard(piece, limits::http_drain_bytes);
    following_.assign(piece.substr(progress.consumed));
  }
  co_return progress.state == ChunkedDecoder::State::done;
}

/// Reads at most `most` bytes into the worker's input; 0 when no more will come.
net::awaitable<std::size_t> Connection::read_some(std::size_t most) {
  bool ready = !socket_drained_ || stream_.has_pending();
  if (!ready) ready = co_await wait(Descriptor::wait_read);
  while (ready) {
    auto const outcome = stream_.read(worker_.input().data(), most);
    socket_drained_ = outcome.bytes < most;
    switch (outcome.state) {
      case Stream::State::ok:
        co_return outcome.bytes;
      case Stream::State::want_read:
        ready = co_await wait(Descriptor::wait_read);
        break;
      case Stream::State::want_write:
        ready = co_await wait(Descriptor::wait_write);
        break;
      case Stream::State::closed:
      case Stream::State::failed:
        answered_ = false;  // nothing to protect from a reset any more
        co_return 0;
    }
  }
  co_return 0;
}

net::awaitable<bool> Connection::wait(WaitType what) {
  if (expired_) co_return false;
  auto const [error] = co_await socket_.async_wait(what, net::as_tuple(net::deferred));
  co_return !error && !expired_;
}

// ---- answering
// ---------------------------------------------------------------------------------------------

/// Answers a request whose body is not wanted, and reads over the body where that keeps the connection
/// usable.
net::awaitable<bool> Connection::refuse(Response const& response) {
  // Whether the body follows a final answer to Expect is the client's choice (RFC 9110 10.1.1): no next
  // request could be found after it.
  bool const body_uncertain = wants_continue_ && buffered_body().empty();
  if (body_uncertain || framing_.length > limits::http_drain_bytes) keep_alive_ = false;
  bool usable = co_await send(response);
  usable = usable && keep_alive_ && !ending_;
  if (usable) usable = co_await discard_body();
  if (usable) end_request();
  co_return usable;
}

net::awaitable<bool> Connection::reject(unsigned status, std::string_view reason) {
  auto const response = problem(status, reason);
  keep_alive_ = false;
  expired_ = false;  // one more deadline for the answer
  co_await send(response);
  co_return false;
}

net::awaitable<bool> Connection::send(Response const& response) {
  std::string unsent;
  bool const sent = send_now(response, unsent);
  if (unsent.empty()) co_return sent;
  co_return co_await send_rest(std::move(unsent));
}

/// Sends head and body in one write. What the socket does not take at once is left in `unsent`.
bool Connection::send_now(Response const& response, std::string& unsent) {
  if (response.close) keep_alive_ = false;
  auto& head = worker_.head();
  head.assign("HTTP/1.1 ");
  append_number(head, response.status);
  head.append(" ").append(reason_phrase(response.status)).append("\r\nServer: OpenWinRM\r\nDate: ");
  head.append(worker_.date()).append("\r\n");
  if (!response.content_type.empty()) append_field(head, "Content-Type", response.content_type);
  for (auto const& [name, value] : response.headers) append_field(head, name, value);
  if (!keep_alive_ || ending_)
    head.append("Connection: close\r\n");
  else if (line_.minor_version == 0)
    head.append("Connection: keep-alive\r\n");
  if (response.status != 204) {
    head.append("Content-Length: ");
    append_number(head, response.body.size());
    head.append("\r\n");
  }
  head.append("\r\n");

  answered_ = true;
  std::string_view rest_of_head = head;
  std::string_view rest_of_body =
      line_.method == "HEAD" || response.status == 204 ? std::string_view() : response.body;
  while (!rest_of_head.empty() || !rest_of_body.empty()) {
    auto const outcome =
        rest_of_head.empty() ? stream_.write(rest_of_body) : stream_.write(rest_of_head, rest_of_body);
    if (outcome.state == Stream::State::want_read || outcome.state == Stream::State::want_write) {
      unsent.reserve(rest_of_head.size() + rest_of_body.size());
      unsent.append(rest_of_head).append(rest_of_body);
      return false;
    }
    if (outcome.state != Stream::State::ok) return false;
    auto const of_head = std::min(outcome.bytes, rest_of_head.size());
    rest_of_head.remove_prefix(of_head);
    rest_of_body.remove_prefix(outcome.bytes - of_head);
  }
  return true;
}

net::awaitable<bool> Connection::send_rest(std::string unsent) {
  std::string_view rest = unsent;
  bool ready = true;
  enter(Phase::writing, limits::http_write_stall);
  while (ready && !rest.empty()) {
    auto const outcome = stream_.write(rest);
    switch (outcome.state) {
      case Stream::State::ok:
        rest.remove_prefix(outcome.bytes);
        enter(Phase::writing, limits::http_write_stall);
        break;
      case Stream::State::want_read:
        ready = co_await wait(Descriptor::wait_read);
        break;
      case Stream::State::want_write:
        ready = co_await wait(Descriptor::wait_write);
        break;
      case Stream::State::closed:
      case Stream::State::failed:
        co_return false;
    }
  }
  co_return rest.empty();
}

// ---- opening and closing
// -----------------------------------------------------------------------------------

net::awaitable<bool> Connection::accept_tls() {
  enter(Phase::handshake, shared_.limits().tls_handshake);
  bool ready = co_await wait(Descriptor::wait_read);
  char first = 0;
  constexpr char handshake_record = 22;
  if (ready && ::recv(descriptor(), &first, 1, MSG_PEEK) == 1 && first != handshake_record) {
    log::debug("{} spoke plain text to an HTTPS port", peer_);
    co_return co_await reject(
        400, "This port speaks HTTPS: use https:// (the Windows tools: -UseSSL), or the HTTP port.");
  }
  stream_.start_tls(make_server_ssl(tls_.get()));
  tls_.reset();
  while (ready) {
    auto const outcome = stream_.handshake();
    if (outcome.state == Stream::State::ok) co_return true;
    bool const reading = outcome.state == Stream::State::want_read;
    if (!reading && outcome.state != Stream::State::want_write) {
      log::debug("TLS handshake with {} failed: {}", peer_, stream_.error());
      co_return false;
    }
    ready = co_await wait(reading ? Descriptor::wait_read : Descriptor::wait_write);
  }
  co_return false;
}

/// Ends our side and waits a little for the peer's: closing while its bytes are under way would reset the
/// connection and take from it the answer it has not read yet.
net::awaitable<void> Connection::close() {
  if (!answered_) co_return;
  enter(Phase::closing, limits::http_lingering_close);
  expired_ = false;
  stream_.finish();
  std::size_t drained = 0;
  while (drained < limits::http_drain_bytes) {
    auto const bytes = co_await read_some(worker_.input().size());
    if (bytes == 0) break;
    drained += bytes;
  }
}

// ---- what the worker calls
// ---------------------------------------------------------------------------------

void Connection::check(Deadline now) {
  if (phase_ == Phase::idle && input_.empty()) input_.shrink_to_fit();
  if (phase_ != Phase::handling && now >= deadline_) expire();
}

void Connection::wind_down() {
  ending_ = true;
  if (phase_ == Phase::idle || phase_ == Phase::handshake) expire();
}

void Connection::abort() {
  ending_ = true;
  if (phase_ == Phase::handling)
    peer_left();
  else
    expire();
}

void Connection::peer_left() {
  if (std::exchange(peer_left_, true) || phase_ != Phase::handling || !handler_) return;
  handler_->disconnected();
}

void Connection::expire() {
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::enter(Phase phase, Milliseconds allowance) {
  phase_ = phase;
  deadline_ = worker_.now() + allowance;
}

void Connection::enter_reading() {
  phase_ = Phase::reading;
  deadline_ = request_deadline_;
}

void Connection::count_as_authenticated() {
  if (standing_ != Standing::unauthenticated) return;
  shared_.logged_on(counted_as_);
  standing_ = Standing::authenticated;
}

}  // namespace winrm::http
