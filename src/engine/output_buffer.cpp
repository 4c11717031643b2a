#include "engine/output_buffer.hpp"

#include <algorithm>
#include <utility>

namespace winrm::engine {
namespace {

/// Small writes are gathered into chunks of this size, so that an answer has few Stream elements.
constexpr std::size_t chunk_bytes = 256 * limits::kilobyte;

bool is_among(std::vector<std::string> const& streams, std::string_view stream) {
  return std::ranges::find(streams, stream) != streams.end();
}

}  // namespace

bool OutputBuffer::append(std::string_view stream, std::string_view bytes) {
  if (bytes.empty()) return !full();
  bytes_ += bytes.size();
  bool const joins = !chunks_.empty() && chunks_.back().stream == stream &&
                     chunks_.back().bytes.size() + bytes.size() <= chunk_bytes;
  if (joins) {
    chunks_.back().bytes += bytes;
  } else {
    chunks_.push_back({.stream = std::string(stream), .bytes = std::string(bytes)});
  }
  return !full();
}

void OutputBuffer::drop_surplus() {
  while (chunks_.size() > most_chunks) {
    bytes_ -= chunks_.front().rest().size();
    chunks_.pop_front();
  }
  while (bytes_ > capacity_ && !chunks_.empty()) {
    Chunk& oldest = chunks_.front();
    std::size_t const surplus = std::min(bytes_ - capacity_, oldest.rest().size());
    oldest.sent += surplus;
    bytes_ -= surplus;
    if (oldest.rest().empty()) chunks_.pop_front();
  }
}

bool OutputBuffer::has(std::vector<std::string> const& streams) const {
  return std::ranges::any_of(chunks_, [&](Chunk const& chunk) { return is_among(streams, chunk.stream); });
}

std::vector<ReceiveContent::Part> OutputBuffer::take(std::vector<std::string> const& streams,
                                                     std::size_t max_bytes) {
  std::vector<ReceiveContent::Part> parts;
  std::size_t left = max_bytes;
  for (auto chunk = chunks_.begin(); chunk != chunks_.end() && left > part_overhead;) {
    if (!is_among(streams, chunk->stream)) {
      ++chunk;
      continue;
    }
    left -= part_overhead;
    std::size_t const size = std::min(left, chunk->rest().size());
    left -= size;
    bytes_ -= size;
    if (size < chunk->rest().size()) {
      parts.push_back({.stream = chunk->stream, .storage = chunk->bytes.substr(chunk->sent, size)});
      chunk->sent += size;
      break;
    }
    parts.push_back(
        {.stream = std::move(chunk->stream), .storage = std::move(chunk->bytes), .skip = chunk->sent});
    chunk = chunks_.erase(chunk);
  }
  return parts;
}

}  // namespace winrm::engine
