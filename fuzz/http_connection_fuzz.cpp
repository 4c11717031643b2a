// Sends any bytes to a server over a local socket, in two pieces, and checks that each answer is well formed
// and that the connection ends. Also drives the parsers that the client shares.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "http/chunked.hpp"
#include "http/message_head.hpp"
#include "http/server.hpp"

namespace {

using namespace winrm;

constexpr std::size_t body_limit = 4096;

class Echo final : public http::Handler {
 public:
  http::net::awaitable<Admission> admit(http::RequestHead const& head) override {
    Admission admission;
    admission.body_limit = body_limit;
    if (head.header("Authorization") == "refuse") {
      admission.refusal = std::make_unique<http::Response>();
      admission.refusal->status = 401;
    }
    co_return admission;
  }
  http::net::awaitable<http::Response> respond(http::RequestHead const&, std::string body) override {
    if (body.size() > body_limit) std::abort();
    http::Response response;
    response.body = std::move(body);
    co_return response;
  }
};

http::Server& server() {
  static http::Server instance({}, {}, 1, [](http::ConnectionFacts const&, http::net::any_io_executor) {
    return std::make_unique<Echo>();
  });
  static bool const started = instance.start().has_value();
  if (!started) std::abort();
  return instance;
}

void converse(std::string_view input) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  UniqueFd const ours(pair[0]);
  (void)server().adopt(UniqueFd(pair[1]), {});
  auto const half = input.size() / 2;
  ::send(ours.get(), input.data(), half, MSG_NOSIGNAL | MSG_DONTWAIT);
  ::send(ours.get(), input.data() + half, input.size() - half, MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(ours.get(), SHUT_WR);
  std::string answers;
  char piece[65536];
  while (true) {
    constexpr int longest_wait_ms = 5000;
    pollfd readable{ours.get(), POLLIN, 0};
    int const ready = ::poll(&readable, 1, longest_wait_ms);
    if (ready < 0 && errno == EINTR) continue;  // libFuzzer's own clock
    if (ready <= 0) std::abort();               // it hangs
    auto const bytes = ::recv(ours.get(), piece, sizeof piece, 0);
    if (bytes <= 0) break;
    answers.append(piece, static_cast<std::size_t>(bytes));
  }
  if (!answers.empty() && !answers.starts_with("HTTP/1.1 ")) std::abort();
}

void parse(std::string_view input) {
  std::size_t scanned = 0;
  auto const size = http::find_head_end(input, scanned);
  if (size && *size >= 4) {
    auto const text = input.substr(0, *size - 2);
    auto const line_end = text.find("\r\n");
    (void)http::parse_request_line(text.substr(0, line_end));
    (void)http::parse_status_line(text.substr(0, line_end));
    http::Fields fields;
    if (fields.parse(text.substr(line_end + 2))) {
      (void)http::request_framing(fields, 1);
      (void)http::response_framing(fields, 200);
      (void)http::keeps_alive(fields, 1);
    }
  }
  // However a chunked body is cut, it reads the same.
  http::ChunkedDecoder whole;
  std::string body;
  auto const progress = whole.feed(input, body, body_limit);
  http::ChunkedDecoder pieces;
  std::string again;
  auto state = http::ChunkedDecoder::State::more;
  for (std::size_t i = 0; i < input.size() && state == http::ChunkedDecoder::State::more; ++i)
    state = pieces.feed(input.substr(i, 1), again, body_limit).state;
  if (state != progress.state) std::abort();
  if (state == http::ChunkedDecoder::State::done && body != again) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  parse(input);
  converse(input);
  return 0;
}
