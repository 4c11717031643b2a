#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

/// Length-prefixed frames over connected Unix stream sockets, with descriptors where a frame carries some.
/// Both ends are ours and run on one machine: numbers are in host byte order. Sizes are checked all the same,
/// because the front is not trusted.
namespace winrm::ipc {

enum class FrameKind : std::uint16_t {
  control = 1,  ///< a message of control.proto; wiped when destroyed, it may hold secrets
  request = 2,  ///< front to host: one SOAP message (soap_frame.hpp)
  answer = 3,   ///< host to front
  cancel = 4,   ///< front to host: the client of request `id` is gone
  retry = 5,    ///< host to front: request `id` was not looked at, the host is ending; ask another host
  alive = 6,    ///< front to host: are you there? Host to front: yes
};

/// One received frame. Movable only.
struct Frame {
  FrameKind kind = FrameKind::control;
  std::uint64_t id = 0;
  std::string payload;
  std::vector<UniqueFd> fds;  ///< fewer than were sent where this process has no more descriptors

  Frame() = default;
  Frame(Frame&&) noexcept = default;
  Frame& operator=(Frame&&) noexcept = default;
  ~Frame();
};

/// What stands before each payload on the wire.
struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  std::uint16_t kind = 0;
  std::uint16_t fds = 0;
  std::uint64_t id = 0;
};
static_assert(sizeof(FrameHeader) == 16);

/// Most descriptors one frame may carry (the kernel's limit is 253).
inline constexpr std::size_t max_fds_per_frame = 200;

/// Cuts a byte stream into frames. Large payloads are received straight into their frame. Not thread-safe.
class FrameReader {
 public:
  enum class Status { received, would_block, closed, broken };

  explicit FrameReader(std::size_t max_payload_bytes = limits::ipc_frame_bytes)
      : max_payload_bytes_(max_payload_bytes) {}

  /// One recvmsg(2). `broken`: the peer does not speak our protocol; drop it.
  [[nodiscard]] Status receive(int fd);
  /// The next complete frame, if any.
  [[nodiscard]] std::optional<Frame> next();
  /// True once a frame was over its limits; nothing more will come.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  /// What came with one frame: its sender attaches all of them to the frame's first bytes.
  struct ReceivedFds {
    std::vector<UniqueFd> fds;
    bool truncated = false;  ///< there were more
  };
  [[nodiscard]] bool begin_frame();
  [[nodiscard]] bool attach_fds();

  std::size_t max_payload_bytes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::optional<Frame> partial_;
  std::size_t filled_ = 0;
  std::size_t expected_fds_ = 0;
  std::deque<ReceivedFds> received_fds_;  ///< of the frames that are not complete yet
  bool broken_ = false;
};

/// Sends frames on a non-blocking socket and keeps what the socket does not take yet. Not thread-safe.
class FrameWriter {
 public:
  enum class Status { sent, queued, broken };

  /// Takes the payload in pieces, so that callers need not join them. `fds` are duplicated when they have to
  /// wait.
  [[nodiscard]] Status send(int fd, FrameKind kind, std::uint64_t id,
                            std::span<std::string_view const> payload, std::span<int const> fds = {});
  /// Call when the socket is writable again.
  [[nodiscard]] Status flush(int fd);
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

 private:
  struct Waiting {
    std::string bytes;
    std::size_t sent = 0;
    std::vector<UniqueFd> fds;
  };
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

/// Sends one whole frame, waiting for room. Fails when the peer is gone or takes nothing for 30 seconds.
[[nodiscard]] Result<void> send_frame(int fd, FrameKind kind, std::uint64_t id,
                                      std::span<std::string_view const> payload,
                                      std::span<int const> fds = {});
[[nodiscard]] Result<void> send_frame(int fd, FrameKind kind, std::uint64_t id, std::string_view payload,
                                      std::span<int const> fds = {});

/// Waits for one whole frame (at start, before there is a loop).
[[nodiscard]] Result<Frame> receive_frame(int fd, FrameReader& reader);

/// A connected pair, close-on-exec.
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> socket_pair();
void set_non_blocking(int fd);

}  // namespace winrm::ipc
