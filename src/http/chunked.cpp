#include "http/chunked.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace winrm::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedDecoder::Progress ChunkedDecoder::feed(std::string_view input, std::string& body, std::size_t limit) {
  return run(input, &body, limit);
}

ChunkedDecoder::Progress ChunkedDecoder::discard(std::string_view input, std::size_t limit) {
  return run(input, nullptr, limit);
}

ChunkedDecoder::Progress ChunkedDecoder::run(std::string_view input, std::string* body, std::size_t limit) {
  std::size_t position = 0;
  while (position < input.size() && expect_ != Expect::finished) {
    if (expect_ == Expect::data) {
      auto const piece =
          static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - position));
      if (piece > limit - std::min<std::uint64_t>(total_, limit)) return {State::too_large, position};
      if (body != nullptr) body->append(input.substr(position, piece));
      total_ += piece;
      remaining_ -= piece;
      position += piece;
      if (remaining_ == 0) expect_ = Expect::data_cr;
      continue;
    }
    auto const state = step(input[position]);
    if (state != State::more) return {state, position};
    ++position;
  }
  return {expect_ == Expect::finished ? State::done : State::more, position};
}

ChunkedDecoder::State ChunkedDecoder::step(char c) {
  auto const need = [&](char wanted, Expect next) {
    if (c != wanted) return State::malformed;
    expect_ = next;
    return State::more;
  };
  switch (expect_) {
    case Expect::size:
      if (int const digit = hex_digit(c); digit >= 0) {
        if (++size_digits_ > 12) return State::malformed;  // 2^48 bytes are no chunk
        remaining_ = remaining_ * 16 + static_cast<unsigned>(digit);
        return State::more;
      }
      if (size_digits_ == 0) return State::malformed;
      if (c == '\r') {
        expect_ = Expect::size_lf;
        return State::more;
      }
      if (c != ';' && c != ' ' && c != '\t') return State::malformed;
      expect_ = Expect::extension;
      [[fallthrough]];
    case Expect::extension:
      if (++overhead_ > limits::http_chunk_overhead_bytes || c == '\n') return State::malformed;
      if (c == '\r') expect_ = Expect::size_lf;
      return State::more;
    case Expect::size_lf:
      return c == '\n' ? end_of_size_line() : State::malformed;
    case Expect::data_cr:
      return need('\r', Expect::data_lf);
    case Expect::data_lf:
      return need('\n', Expect::size);
    case Expect::trailer:
      if (++overhead_ > limits::http_chunk_overhead_bytes || c == '\n') return State::malformed;
      if (c != '\r') {
        ++trailer_line_;
        return State::more;
      }
      expect_ = trailer_line_ == 0 ? Expect::end_lf : Expect::trailer_lf;
      trailer_line_ = 0;
      return State::more;
    case Expect::trailer_lf:
      return need('\n', Expect::trailer);
    case Expect::end_lf:
      return need('\n', Expect::finished);
    case Expect::data:
    case Expect::finished:
      break;
  }
  return State::malformed;
}

ChunkedDecoder::State ChunkedDecoder::end_of_size_line() {
  expect_ = remaining_ == 0 ? Expect::trailer : Expect::data;
  size_digits_ = 0;
  return State::more;
}

}  // namespace winrm::http
