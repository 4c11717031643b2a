#include "ipc/frame.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/secret.hpp"

namespace winrm::ipc {

namespace {

constexpr std::size_t buffer_bytes = 64 * limits::kilobyte;
constexpr int send_patience_ms = 30'000;
/// One read ends with the first bytes that descriptors are attached to: those can be of the frame under way
/// and of the next.
constexpr std::size_t most_frames_with_fds = 2;

/// Room for the ancillary data of one frame.
union AncillaryBuffer {
  cmsghdr align;
  std::array<char, CMSG_SPACE(sizeof(int) * max_fds_per_frame)> bytes;
};

void attach(msghdr& message, AncillaryBuffer& ancillary, std::span<int const> fds) {
  if (fds.empty()) return;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

void collect(msghdr& message, std::vector<UniqueFd>& into) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    std::size_t const count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      into.emplace_back(fd);
    }
  }
}

/// sendmsg(2) with EINTR handled: bytes sent, or -1 with errno.
ssize_t send_some(int fd, std::span<iovec> pieces, std::span<int const> fds) {
  AncillaryBuffer ancillary{};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  attach(message, ancillary, fds);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

constexpr std::size_t max_pieces = 8;

/// Header and payload as the kernel wants them.
struct Pieces {
  FrameHeader header;
  std::array<iovec, max_pieces> list{};
  std::size_t count = 0;
  std::size_t bytes = 0;

  Pieces(FrameKind kind, std::uint64_t id, std::span<std::string_view const> payload, std::size_t fds) {
    header.kind = static_cast<std::uint16_t>(kind);
    header.fds = static_cast<std::uint16_t>(fds);
    header.id = id;
    add(reinterpret_cast<char const*>(&header), sizeof header);
    for (std::string_view part : payload) add(part.data(), part.size());
    header.payload_bytes = static_cast<std::uint32_t>(bytes - sizeof header);
  }
  Pieces(Pieces const&) = delete;
  Pieces& operator=(Pieces const&) = delete;

  void add(char const* data, std::size_t size) {
    if (size == 0) return;
    list.at(count++) = iovec{const_cast<char*>(data), size};
    bytes += size;
  }
  [[nodiscard]] bool fits() const { return bytes - sizeof header <= limits::ipc_frame_bytes; }
  [[nodiscard]] std::span<iovec> span() { return {list.data(), count}; }

  /// Everything after the first `sent` bytes.
  [[nodiscard]] std::string rest(std::size_t sent) const {
    std::string out;
    out.reserve(bytes - sent);
    for (std::size_t i = 0; i < count; ++i) {
      auto const* const data = static_cast<char const*>(list[i].iov_base);
      std::size_t const skipped = std::min(sent, list[i].iov_len);
      out.append(data + skipped, list[i].iov_len - skipped);
      sent -= skipped;
    }
    return out;
  }
};

std::vector<UniqueFd> duplicate(std::span<int const> fds) {
  std::vector<UniqueFd> copies;
  for (int fd : fds) copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return copies;
}

std::vector<int> raw(std::vector<UniqueFd> const& fds) {
  std::vector<int> numbers;
  for (UniqueFd const& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

bool wait_for(int fd, short events, int milliseconds) {
  pollfd entry{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

Frame::~Frame() {
  if (kind == FrameKind::control && !payload.empty()) wipe(payload.data(), payload.size());
}

FrameReader::Status FrameReader::receive(int fd) {
  if (broken_) return Status::broken;
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_bytes);
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && end_ == buffer_bytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

  std::array<iovec, 2> pieces{};
  std::size_t count = 0;
  std::size_t into_frame = 0;
  if (partial_ && begin_ == end_) {
    into_frame = partial_->payload.size() - filled_;
    pieces[count++] = iovec{partial_->payload.data() + filled_, into_frame};
  }
  pieces[count++] = iovec{buffer_.get() + end_, buffer_bytes - end_};

  AncillaryBuffer ancillary;
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Status::would_block : Status::closed;
  ReceivedFds received;
  received.truncated = (message.msg_flags & MSG_CTRUNC) != 0;
  collect(message, received.fds);
  if (received.truncated || !received.fds.empty()) received_fds_.push_back(std::move(received));
  if (received_fds_.size() > most_frames_with_fds) {
    broken_ = true;
    return Status::broken;
  }
  if (got == 0) return Status::closed;

  auto const bytes = static_cast<std::size_t>(got);
  std::size_t const taken = std::min(bytes, into_frame);
  filled_ += taken;
  end_ += bytes - taken;
  return Status::received;
}

bool FrameReader::begin_frame() {
  if (end_ - begin_ < sizeof(FrameHeader)) return false;
  FrameHeader header;
  std::memcpy(&header, buffer_.get() + begin_, sizeof header);
  if (header.payload_bytes > max_payload_bytes_ || header.fds > max_fds_per_frame) {
    broken_ = true;
    return false;
  }
  begin_ += sizeof header;
  partial_.emplace();
  partial_->kind = static_cast<FrameKind>(header.kind);
  partial_->id = header.id;
  partial_->payload.resize(header.payload_bytes);
  filled_ = 0;
  expected_fds_ = header.fds;
  return true;
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || (!partial_ && !begin_frame())) return std::nullopt;
  std::size_t const available = std::min(partial_->payload.size() - filled_, end_ - begin_);
  if (available > 0) {
    std::memcpy(partial_->payload.data() + filled_, buffer_.get() + begin_, available);
    if (partial_->kind == FrameKind::control) wipe(buffer_.get() + begin_, available);
    filled_ += available;
    begin_ += available;
  }
  if (filled_ < partial_->payload.size()) return std::nullopt;
  if (expected_fds_ > 0 && !attach_fds()) {
    broken_ = true;
    return std::nullopt;
  }
  std::optional<Frame> frame = std::move(partial_);
  partial_.reset();
  return frame;
}

/// False when the frame's descriptors did not come, or not as many as it promised. A process that has no more
/// descriptors gets fewer, which says nothing against the sender.
bool FrameReader::attach_fds() {
  if (received_fds_.empty()) return false;
  auto& received = received_fds_.front();
  bool const complete = received.fds.size() == expected_fds_;
  if (!complete && !received.truncated) return false;
  partial_->fds = std::move(received.fds);
  received_fds_.pop_front();
  return true;
}

FrameWriter::Status FrameWriter::send(int fd, FrameKind kind, std::uint64_t id,
                                      std::span<std::string_view const> payload, std::span<int const> fds) {
  Pieces pieces(kind, id, payload, fds.size());
  if (!pieces.fits()) return Status::broken;
  std::size_t sent = 0;
  if (waiting_.empty()) {
    ssize_t const result = send_some(fd, pieces.span(), fds);
    if (result < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return Status::broken;
    sent = result < 0 ? 0 : static_cast<std::size_t>(result);
    if (sent == pieces.bytes) return Status::sent;
  }
  Waiting entry;
  entry.bytes = pieces.rest(sent);
  if (sent == 0) entry.fds = duplicate(fds);
  waiting_bytes_ += entry.bytes.size();
  waiting_.push_back(std::move(entry));
  return Status::queued;
}

FrameWriter::Status FrameWriter::flush(int fd) {
  while (!waiting_.empty()) {
    Waiting& entry = waiting_.front();
    std::array<iovec, 1> piece{iovec{entry.bytes.data() + entry.sent, entry.bytes.size() - entry.sent}};
    std::vector<int> const fds = raw(entry.fds);
    ssize_t const result = send_some(fd, piece, fds);
    if (result < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Status::queued : Status::broken;
    entry.sent += static_cast<std::size_t>(result);
    entry.fds.clear();
    if (entry.sent < entry.bytes.size()) return Status::queued;
    waiting_bytes_ -= entry.bytes.size();
    waiting_.pop_front();
  }
  return Status::sent;
}

Result<void> send_frame(int fd, FrameKind kind, std::uint64_t id, std::span<std::string_view const> payload,
                        std::span<int const> fds) {
  Pieces pieces(kind, id, payload, fds.size());
  if (!pieces.fits()) return fail("a message between winrmd's processes is over the frame limit");
  ssize_t const first = send_some(fd, pieces.span(), fds);
  if (first == static_cast<ssize_t>(pieces.bytes)) return {};
  if (first < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    return fail(std::string("the other process is gone: ") + std::strerror(errno));

  std::size_t sent = first < 0 ? 0 : static_cast<std::size_t>(first);
  std::string const all = pieces.rest(0);
  while (sent < all.size()) {
    if (!wait_for(fd, POLLOUT, send_patience_ms)) return fail("the other process takes no messages");
    std::array<iovec, 1> piece{iovec{const_cast<char*>(all.data()) + sent, all.size() - sent}};
    ssize_t const result = send_some(fd, piece, sent == 0 ? fds : std::span<int const>{});
    if (result < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
      return fail(std::string("the other process is gone: ") + std::strerror(errno));
    if (result > 0) sent += static_cast<std::size_t>(result);
  }
  return {};
}

Result<void> send_frame(int fd, FrameKind kind, std::uint64_t id, std::string_view payload,
                        std::span<int const> fds) {
  std::array<std::string_view, 1> const pieces{payload};
  return send_frame(fd, kind, id, std::span<std::string_view const>(pieces), fds);
}

Result<Frame> receive_frame(int fd, FrameReader& reader) {
  for (;;) {
    if (auto frame = reader.next()) return std::move(*frame);
    if (reader.broken()) return fail("a frame between winrmd's processes is over its limits");
    if (!wait_for(fd, POLLIN, -1)) return fail(std::string("poll: ") + std::strerror(errno));
    auto const status = reader.receive(fd);
    if (status == FrameReader::Status::closed) return fail("the other process hung up");
    if (status == FrameReader::Status::broken) return fail("the other process does not speak our protocol");
  }
}

Result<std::pair<UniqueFd, UniqueFd>> socket_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(std::string("socketpair: ") + std::strerror(errno));
  return std::pair<UniqueFd, UniqueFd>(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

void set_non_blocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace winrm::ipc
