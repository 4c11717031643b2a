#include "ipc/frame.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>

namespace winrm::ipc {
namespace {

struct Pair {
  UniqueFd a;
  UniqueFd b;
  Pair() {
    auto ends = socket_pair();
    a = std::move(ends->first);
    b = std::move(ends->second);
  }
};

Frame received(int fd) {
  FrameReader reader;
  auto frame = receive_frame(fd, reader);
  EXPECT_TRUE(frame) << (frame ? "" : frame.error().message);
  return frame ? std::move(*frame) : Frame();
}

TEST(Frame, ArrivesWholeWithKindIdAndJoinedPieces) {
  Pair pair;
  std::array<std::string_view, 3> const pieces{"one ", "", "two"};
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::request, 42, std::span<std::string_view const>(pieces)));
  Frame const frame = received(pair.b.get());
  EXPECT_EQ(frame.kind, FrameKind::request);
  EXPECT_EQ(frame.id, 42U);
  EXPECT_EQ(frame.payload, "one two");
}

TEST(Frame, EmptyPayloadIsAFrame) {
  Pair pair;
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::retry, 7, std::string_view{}));
  EXPECT_EQ(received(pair.b.get()).kind, FrameKind::retry);
}

TEST(Frame, LargerThanTheSocketBufferArrives) {
  Pair pair;
  std::string large(8 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  std::thread sender([&] { ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::answer, 1, large)); });
  Frame const frame = received(pair.b.get());
  sender.join();
  EXPECT_TRUE(frame.payload == large);
}

TEST(Frame, SeveralInOneReadComeOutInOrder) {
  Pair pair;
  for (std::uint64_t id = 1; id <= 100; ++id)
    ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::cancel, id, std::to_string(id)));
  FrameReader reader;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    auto frame = receive_frame(pair.b.get(), reader);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->id, id);
    EXPECT_EQ(frame->payload, std::to_string(id));
  }
}

TEST(Frame, DescriptorsGoWithTheirFrame) {
  Pair pair;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  UniqueFd const read_end(pipe[0]);
  UniqueFd write_end(pipe[1]);
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::control, 1, "without"));
  std::array<int, 1> const fds{write_end.get()};
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::control, 2, "with", fds));
  write_end.reset();

  FrameReader reader;
  auto first = receive_frame(pair.b.get(), reader);
  auto second = receive_frame(pair.b.get(), reader);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->fds.empty());
  ASSERT_EQ(second->fds.size(), 1U);
  EXPECT_NE(::fcntl(second->fds[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  ASSERT_EQ(::write(second->fds[0].get(), "!", 1), 1);
  char got = 0;
  ASSERT_EQ(::read(read_end.get(), &got, 1), 1);
  EXPECT_EQ(got, '!');
}

TEST(Frame, SurvivesBeingCutAnywhere) {
  Pair source;
  ASSERT_TRUE(send_frame(source.a.get(), FrameKind::request, 3, "hello"));
  std::array<char, 64> bytes{};
  ssize_t const size = ::read(source.b.get(), bytes.data(), bytes.size());
  ASSERT_EQ(size, static_cast<ssize_t>(sizeof(FrameHeader) + 5));
  Pair pair;
  FrameReader reader;
  for (ssize_t i = 0; i < size; ++i) {
    EXPECT_FALSE(reader.next());
    ASSERT_EQ(::write(pair.a.get(), &bytes[static_cast<std::size_t>(i)], 1), 1);
    ASSERT_EQ(reader.receive(pair.b.get()), FrameReader::Status::received);
  }
  auto const frame = reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload, "hello");
}

TEST(Frame, OverTheLimitBreaksTheReader) {
  Pair pair;
  FrameReader reader(16);
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::control, 1, std::string(17, 'x')));
  ASSERT_EQ(reader.receive(pair.b.get()), FrameReader::Status::received);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.broken());
  EXPECT_EQ(reader.receive(pair.b.get()), FrameReader::Status::broken);
}

TEST(Frame, PromisedDescriptorsThatDoNotComeBreakTheReader) {
  Pair pair;
  FrameHeader header;
  header.kind = static_cast<std::uint16_t>(FrameKind::control);
  header.fds = 1;
  ASSERT_EQ(::write(pair.a.get(), &header, sizeof header), static_cast<ssize_t>(sizeof header));
  FrameReader reader;
  ASSERT_EQ(reader.receive(pair.b.get()), FrameReader::Status::received);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.broken());
}

/// Leaves this process with room for so many more descriptors.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t room) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    UniqueFd const lowest(::dup(0));
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(lowest.get()) + room;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(FewDescriptors const&) = delete;
  FewDescriptors& operator=(FewDescriptors const&) = delete;

 private:
  rlimit before_{};
};

TEST(Frame, ArrivesWithoutDescriptorsWhereThereIsNoRoomForThem) {
  Pair pair;
  std::array<int, 2> const two{pair.a.get(), pair.b.get()};
  for (std::uint64_t id = 1; id <= 3; ++id)
    ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::control, id, "with", two));
  FrameReader reader;
  for (std::uint64_t room : {0, 1}) {
    FewDescriptors const few(room);
    auto const frame = receive_frame(pair.b.get(), reader);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->payload, "with");
    EXPECT_EQ(frame->fds.size(), room);
  }
  auto const later = receive_frame(pair.b.get(), reader);
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->fds.size(), 2U);
}

TEST(Frame, DescriptorsThatNoFramePromisedBreakTheReader) {
  Pair pair;
  std::array<int, 1> const one{pair.a.get()};
  std::array<iovec, 1> byte{};
  std::string text(sizeof(FrameHeader), '\0');
  FrameReader reader;
  auto status = FrameReader::Status::received;
  for (int i = 0; i < 10 && status == FrameReader::Status::received; ++i) {
    msghdr message{};
    std::array<char, CMSG_SPACE(sizeof(int))> ancillary{};
    byte[0] = iovec{text.data(), text.size()};
    message.msg_iov = byte.data();
    message.msg_iovlen = 1;
    message.msg_control = ancillary.data();
    message.msg_controllen = ancillary.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), one.data(), sizeof(int));
    ASSERT_GT(::sendmsg(pair.a.get(), &message, 0), 0);
    status = reader.receive(pair.b.get());
    while (reader.next()) {
    }
  }
  EXPECT_EQ(status, FrameReader::Status::broken);
}

TEST(Frame, HangUpIsSeenAfterWhatWasSaid) {
  Pair pair;
  ASSERT_TRUE(send_frame(pair.a.get(), FrameKind::answer, 1, "last words"));
  pair.a.reset();
  FrameReader reader;
  EXPECT_TRUE(receive_frame(pair.b.get(), reader));
  EXPECT_FALSE(receive_frame(pair.b.get(), reader));
}

TEST(FrameWriter, KeepsWhatTheSocketDoesNotTake) {
  Pair pair;
  set_non_blocking(pair.a.get());
  FrameWriter writer;
  std::string const block(100'000, 'x');
  std::array<std::string_view, 1> const payload{block};
  std::array<int, 1> const fds{pair.b.get()};
  std::uint64_t sent = 0;
  for (auto status = FrameWriter::Status::sent; status == FrameWriter::Status::sent;)
    status = writer.send(pair.a.get(), FrameKind::answer, ++sent, payload);
  ASSERT_EQ(writer.send(pair.a.get(), FrameKind::answer, ++sent, payload, fds), FrameWriter::Status::queued);
  EXPECT_FALSE(writer.empty());

  FrameReader reader;
  for (std::uint64_t id = 1; id <= sent; ++id) {
    auto frame = reader.next();
    while (!frame) {
      ASSERT_NE(writer.flush(pair.a.get()), FrameWriter::Status::broken);
      ASSERT_NE(reader.receive(pair.b.get()), FrameReader::Status::closed);
      frame = reader.next();
    }
    EXPECT_EQ(frame->id, id);
    EXPECT_EQ(frame->payload.size(), block.size());
    EXPECT_EQ(frame->fds.size(), id == sent ? 1U : 0U);
  }
  EXPECT_TRUE(writer.empty());
  EXPECT_EQ(writer.waiting_bytes(), 0U);
}

TEST(FrameWriter, SaysThatThePeerIsGone) {
  Pair pair;
  pair.b.reset();
  FrameWriter writer;
  std::array<std::string_view, 1> const payload{"x"};
  EXPECT_EQ(writer.send(pair.a.get(), FrameKind::answer, 1, payload), FrameWriter::Status::broken);
}

}  // namespace
}  // namespace winrm::ipc
