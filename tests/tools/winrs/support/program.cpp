#include "tools/winrs/support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace winrm::tools::winrs_tool::testing {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// False at the end of `fd`.
bool read_some(int fd, std::string& into) {
  std::array<char, 65536> bytes{};
  auto const count = read(fd, bytes.data(), bytes.size());
  if (count > 0) into.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Program::Program(std::vector<std::string> const& arguments, std::filesystem::path const& configuration,
                 bool null_input) {
  Pipe in;
  Pipe out_pipe;
  Pipe err_pipe;
  std::vector<char*> words;
  for (auto const& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(null_input ? open("/dev/null", O_RDONLY) : in.read_end.get(), STDIN_FILENO);
    dup2(out_pipe.write_end.get(), STDOUT_FILENO);
    dup2(err_pipe.write_end.get(), STDERR_FILENO);
    setenv("WINRM_CONFIG", configuration.c_str(), 1);
    execv(words.front(), words.data());
    _exit(127);
  }
  if (!null_input) input_ = std::move(in.write_end);
  output_ = std::move(out_pipe.read_end);
  errors_ = std::move(err_pipe.read_end);
}

Program::~Program() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::write_input(std::string_view bytes) const {
  while (!bytes.empty()) {
    auto const count = write(input_.get(), bytes.data(), bytes.size());
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Program::signal(int number) const { kill(pid_, number); }

int Program::finish() {
  bool out_open = static_cast<bool>(output_);
  bool err_open = true;
  while (out_open || err_open) {
    std::array<pollfd, 2> waiting{
        {{out_open ? output_.get() : -1, POLLIN, 0}, {err_open ? errors_.get() : -1, POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), -1);
    if (waiting[0].revents != 0) out_open = read_some(output_.get(), out);
    if (waiting[1].revents != 0) err_open = read_some(errors_.get(), err);
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace winrm::tools::winrs_tool::testing
