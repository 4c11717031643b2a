#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace winrm::http {

/// Takes the chunked coding off a body that arrives in pieces (RFC 9112 7.1). Extensions and trailers are
/// read over; together they may have `limits::http_chunk_overhead_bytes`.
class ChunkedDecoder {
 public:
  enum class State { more, done, malformed, too_large };

  struct Progress {
    State state = State::more;
    std::size_t consumed = 0;  ///< bytes of the input that belong to the body
  };

  /// Appends what `input` brings to `body`, which may grow to `limit` bytes.
  [[nodiscard]] Progress feed(std::string_view input, std::string& body, std::size_t limit);
  /// The same, throwing the body away: `limit` bounds how much.
  [[nodiscard]] Progress discard(std::string_view input, std::size_t limit);

 private:
  enum class Expect {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_lf,
    end_lf,
    finished
  };

  Progress run(std::string_view input, std::string* body, std::size_t limit);
  State step(char c);
  State end_of_size_line();

  Expect expect_ = Expect::size;
  std::uint64_t remaining_ = 0;
  unsigned size_digits_ = 0;
  std::size_t overhead_ = 0;
  std::size_t trailer_line_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace winrm::http
