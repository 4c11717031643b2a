#include "tools/winrs/pump.hpp"
#include "tools/common/descriptors.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::chrono::milliseconds interrupt_interval{10};
/// Fits into a pipe: the service takes it whole, before the command has read any of it.
constexpr std::size_t lead_sent_before_output = 32 * 1024;

/// /dev/null (Linux's device numbers are fixed: major 1, minor 3).
bool is_null_device(struct stat const& file) {
  return S_ISCHR(file.st_mode) && major(file.st_rdev) == 1 && minor(file.st_rdev) == 3;
}

/// Fills `buffer` with what is there now, so that a short input and its end go in one message. True at the
/// end.
bool read_available(int fd, std::string& buffer) {
  std::size_t filled = 0;
  buffer.resize(client::send_chunk_bytes);
  bool ended = false;
  do {
    auto const count = read(fd, buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ended = true;
      break;
    }
    filled += static_cast<std::size_t>(count);
  } while (filled < buffer.size() && is_readable(fd, 0));
  buffer.resize(filled);
  return ended;
}

}  // namespace

InputPump::InputPump(client::Session& session, client::Command& command, InputSource source)
    : session_(session), command_(command), source_(std::move(source)), stop_(make_event()) {
  thread_ = std::async(std::launch::async, [this] { run(); });
}

InputPump::~InputPump() {
  raise_event(stop_);
  // Again and again: an interruption ends only what waits at that moment.
  while (thread_.wait_for(interrupt_interval) != std::future_status::ready) session_.interrupt();
}

void InputPump::run() {
  std::string buffer;
  try {
    std::string_view lead = source_.lead;
    while (!lead.empty()) {
      command_.send(lead.substr(0, client::send_chunk_bytes), false);
      lead.remove_prefix(std::min(lead.size(), client::send_chunk_bytes));
    }
    while (wait_readable(STDIN_FILENO, stop_)) {
      bool const ended = read_available(STDIN_FILENO, buffer);
      command_.send(source_.encode ? source_.encode(buffer) : buffer, ended);
      if (ended) break;
    }
  } catch (client::Failure const&) {
    // A command that ended or closed its input takes no more; a lost connection shows on the output's side.
  }
}

bool send_empty_input(client::Command& command, std::string const& lead) {
  if (lead.size() > lead_sent_before_output || !is_readable(STDIN_FILENO, 0)) return false;
  int available = 0;
  struct stat input {};
  if (fstat(STDIN_FILENO, &input) != 0) return false;
  bool const at_end =
      S_ISREG(input.st_mode)
          ? lseek(STDIN_FILENO, 0, SEEK_CUR) >= input.st_size
          : S_ISFIFO(input.st_mode) && ioctl(STDIN_FILENO, FIONREAD, &available) == 0 && available == 0;
  if (!at_end && !is_null_device(input)) return false;
  command.send(lead, true);
  return true;
}

std::uint32_t copy_output(client::Command& command, OutputDecoder decoder) {
  auto const write = [](std::string_view stream, std::string_view text) {
    write_all(stream == "stderr" ? STDERR_FILENO : STDOUT_FILENO, text);
  };
  while (true) {
    auto const received = command.receive();
    for (auto const& [stream, bytes] : received.chunks) write(stream, decoder.decode(stream, bytes));
    if (!received.exit_code) continue;
    for (auto const* stream : {"stdout", "stderr"}) write(stream, decoder.finish(stream));
    return *received.exit_code;
  }
}

}  // namespace winrm::tools::winrs_tool
