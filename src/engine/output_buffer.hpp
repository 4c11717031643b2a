#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/shell_message.hpp"

namespace winrm::engine {

/// What a command wrote and nobody has received yet, in the order it was written. Not thread-safe.
class OutputBuffer {
 public:
  explicit OutputBuffer(std::size_t capacity) : capacity_(capacity) {}

  /// Takes all of it; false when the buffer is full now.
  bool append(std::string_view stream, std::string_view bytes);
  /// Throws the oldest away until the rest fits.
  void drop_surplus();
  [[nodiscard]] bool full() const noexcept { return bytes_ >= capacity_ || chunks_.size() >= most_chunks; }
  [[nodiscard]] bool has(std::vector<std::string> const& streams) const;

  /// Moves up to `max_bytes` of `streams` out, overhead of each part counted.
  [[nodiscard]] std::vector<ReceiveContent::Part> take(std::vector<std::string> const& streams,
                                                       std::size_t max_bytes);

 private:
  struct Chunk {
    std::string stream;
    std::string bytes;
    std::size_t sent = 0;  ///< of bytes, by earlier answers
    [[nodiscard]] std::string_view rest() const { return std::string_view(bytes).substr(sent); }
  };
  /// A program that writes a byte here and a byte there would fill the memory with chunks.
  static constexpr std::size_t most_chunks = 16384;

  std::size_t const capacity_;
  std::size_t bytes_ = 0;
  std::deque<Chunk> chunks_;
};

}  // namespace winrm::engine
