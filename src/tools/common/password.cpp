#include "tools/common/password.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/unicode.hpp"
#include "base/unique_fd.hpp"
#include "tools/common/descriptors.hpp"
#include "tools/common/switches.hpp"

namespace winrm::tools {
namespace {

constexpr std::string_view other_ways =
    "Give the password with -passwordfile:FILE or -passwordenv:NAME, or run from a terminal to be asked.";

/// The terminal gives every key at once and shows none; what it was comes back at the end, and signals that
/// arrive meanwhile wait for that.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd) {
    sigset_t held;
    sigemptyset(&held);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) sigaddset(&held, signal);
    sigprocmask(SIG_BLOCK, &held, &signals_before_);
    tcgetattr(fd_, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  SilentTerminal(SilentTerminal const&) = delete;
  SilentTerminal& operator=(SilentTerminal const&) = delete;
  ~SilentTerminal() {
    tcsetattr(fd_, TCSAFLUSH, &before_);
    sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
  }

 private:
  int fd_;
  termios before_{};
  sigset_t signals_before_{};
};

constexpr char ctrl_c = 0x03;
constexpr char ctrl_d = 0x04;
constexpr char ctrl_u = 0x15;
constexpr char backspace = 0x08;
constexpr char rubout = 0x7F;

void erase_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Secret read_line(int terminal) {
  std::string line;
  line.reserve(256);  // so that growing leaves no copies behind
  char key = 0;
  while (read(terminal, &key, 1) == 1) {
    switch (key) {
      case '\r':
      case '\n':
        return Secret(std::move(line));
      case ctrl_c:
      case ctrl_d:
        wipe(line.data(), line.size());
        throw UsageError("No password was given.");
      case ctrl_u:
        wipe(line.data(), line.size());
        line.clear();
        break;
      case backspace:
      case rubout:
        erase_last_character(line);
        break;
      default:
        line += key;
    }
  }
  wipe(line.data(), line.size());
  throw UsageError("The terminal was closed before a password was given.");
}

}  // namespace

Secret prompt_for_password(std::string_view user) {
  UniqueFd const terminal(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) throw UsageError(fmt::format("There is no terminal to ask for a password. {}", other_ways));
  write_all(terminal.get(), fmt::format("Password for {}: ", user));
  SilentTerminal const silent(terminal.get());
  auto password = read_line(terminal.get());
  write_all(terminal.get(), "\n");
  return password;
}

Secret password_from_file(std::string const& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line))
    throw UsageError(fmt::format("The password file {} cannot be read: {}.", file,
                                 in.eof() ? "it is empty" : std::strerror(errno)));
  if (line.ends_with('\r')) line.pop_back();
  return Secret(std::move(line));
}

Secret password_from_environment(std::string const& name) {
  auto const* value = std::getenv(name.c_str());
  if (value == nullptr) throw UsageError(fmt::format("The environment variable {} is not set.", name));
  Secret password{std::string(value)};
  unsetenv(name.c_str());
  return password;
}

void hide_password_arguments(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument(argv[i]);
    if (argument.size() < 2 || (argument.front() != '-' && argument.front() != '/')) continue;
    auto const colon = argument.find(':');
    if (colon == std::string_view::npos) continue;
    auto const name = argument.substr(1, colon - 1);
    constexpr std::array secrets{"p", "password", "pp", "proxypassword"};
    if (std::any_of(secrets.begin(), secrets.end(),
                    [&](char const* secret) { return unicode::equals_ignoring_case(name, secret); }))
      std::memset(argv[i] + colon + 1, '*', argument.size() - colon - 1);
  }
}

}  // namespace winrm::tools
