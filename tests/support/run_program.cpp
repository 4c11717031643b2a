#include "support/run_program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/unique_fd.hpp"

namespace winrm::support {

namespace {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
};

void feed(UniqueFd end, std::string const& input) {
  std::size_t written = 0;
  while (written < input.size()) {
    ssize_t const count = ::write(end.get(), input.data() + written, input.size() - written);
    if (count <= 0) return;  // a program need not read all its input
    written += static_cast<std::size_t>(count);
  }
}

std::string drain(UniqueFd const& end) {
  std::string output;
  std::array<char, 4096> block;
  ssize_t count = 0;
  while ((count = ::read(end.get(), block.data(), block.size())) > 0) {
    output.append(block.data(), static_cast<std::size_t>(count));
  }
  return output;
}

}  // namespace

ProgramResult run_program(std::vector<std::string> const& command, std::string const& input) {
  std::vector<char*> arguments;
  for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Pipe in;
  Pipe out;
  pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    ::dup2(in.reader.get(), STDIN_FILENO);
    ::dup2(out.writer.get(), STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  in.reader.reset();
  out.writer.reset();
  std::thread feeder(feed, std::move(in.writer), std::cref(input));
  ProgramResult result;
  result.output = drain(out.reader);
  feeder.join();
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string beside_this_program(std::string const& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

}  // namespace winrm::support
