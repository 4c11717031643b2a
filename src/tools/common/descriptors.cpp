#include "tools/common/descriptors.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "client/failure.hpp"

namespace winrm::tools {

UniqueFd make_event() {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  if (!event) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

void raise_event(UniqueFd const& event) {
  std::uint64_t const one = 1;
  static_cast<void>(!write(event.get(), &one, sizeof one));
}

bool wait_readable(int fd, UniqueFd const& stop) {
  std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {stop.get(), POLLIN, 0}}};
  while (poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  return waiting[1].revents == 0;
}

bool is_readable(int fd, int milliseconds) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, milliseconds) > 0;
}

void throw_output_failure(int error) {
  if (error == EPIPE) throw OutputClosed{};
  throw client::Failure(client::Failure::Kind::transport, 0,
                        "The output cannot be written: " + std::generic_category().message(error));
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        pollfd waiting{fd, POLLOUT, 0};
        poll(&waiting, 1, -1);
        continue;
      }
      throw_output_failure(errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace winrm::tools
