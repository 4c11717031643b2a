#include "ipc/control.hpp"

#include <array>

namespace winrm::ipc {

Secret encode(google::protobuf::MessageLite const& message) { return Secret(message.SerializeAsString()); }

Result<void> send_control(int fd, std::uint64_t id, google::protobuf::MessageLite const& message,
                          std::span<int const> fds) {
  Secret const bytes = encode(message);
  return send_frame(fd, FrameKind::control, id, bytes.reveal(), fds);
}

Secret take_secret(std::string* field) {
  Secret secret{*field};
  wipe(field->data(), field->size());
  field->clear();
  return secret;
}

message::Principal to_message(auth::Principal const& principal) {
  message::Principal out;
  out.set_name(principal.name());
  out.set_account(principal.account().name);
  out.set_uid(principal.account().uid);
  out.set_gid(principal.account().gid);
  out.set_home(principal.account().home.string());
  out.set_shell(principal.account().shell.string());
  out.set_scheme(static_cast<std::uint32_t>(principal.scheme()));
  for (auto const& sid : principal.sids()) out.add_sids(sid.text());
  return out;
}

}  // namespace winrm::ipc
