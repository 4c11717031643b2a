#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>

#include "auth/principal.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "ipc/control.pb.h"
#include "ipc/frame.hpp"

/// Reading and writing the messages of control.proto.
namespace winrm::ipc {

/// The message's bytes, which wipe themselves.
[[nodiscard]] Secret encode(google::protobuf::MessageLite const& message);

template <class Message>
[[nodiscard]] Result<Message> decode(Frame const& frame) {
  Message message;
  if (frame.kind != FrameKind::control) return fail("a control message was expected");
  if (!message.ParseFromArray(frame.payload.data(), static_cast<int>(frame.payload.size())))
    return fail("a control message cannot be read");
  return message;
}

/// encode() and send_frame().
[[nodiscard]] Result<void> send_control(int fd, std::uint64_t id,
                                        google::protobuf::MessageLite const& message,
                                        std::span<int const> fds = {});

/// Moves a bytes field out of a message into a Secret.
[[nodiscard]] Secret take_secret(std::string* field);

[[nodiscard]] message::Principal to_message(auth::Principal const& principal);

}  // namespace winrm::ipc
