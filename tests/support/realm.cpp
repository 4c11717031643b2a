#include "support/realm.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace winrm::testing {

namespace {

int run_program(std::vector<std::string> const& command, std::string const& input = {}) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
  pid_t const child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[0], STDIN_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    std::vector<char*> arguments;
    for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(pipe_ends[0]);
  if (::write(pipe_ends[1], input.data(), input.size()) < 0) std::perror("write");
  ::close(pipe_ends[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

Realm::Realm() {
  ::setenv("KRB5_CONFIG", (folder_ / "krb5.conf").c_str(), 1);
  ::setenv("KRB5CCNAME", ("FILE:" + (folder_ / "ccache").string()).c_str(), 1);
  run({"start"});
  running_ = true;
}

Realm::~Realm() {
  stop();
  ::unsetenv("KRB5_CONFIG");
  ::unsetenv("KRB5CCNAME");
}

void Realm::run(std::vector<std::string> const& arguments) {
  std::vector<std::string> command = {WINRM_SOURCE_DIR "/tests/support/realm"};
  command.push_back(arguments.front());
  command.push_back(folder_.path().string());
  command.insert(command.end(), arguments.begin() + 1, arguments.end());
  if (int const status = run_program(command); status != 0) {
    throw std::runtime_error("realm " + arguments.front() + " failed with status " + std::to_string(status) +
                             " (are krb5-kdc and krb5-admin-server installed?)");
  }
}

void Realm::add_user(std::string const& name, std::string const& password) { run({"user", name, password}); }
void Realm::add_service(std::string const& principal) { run({"service", principal}); }

void Realm::log_on(std::string const& user, std::string const& password) {
  if (run_program({"kinit", user}, password + "\n") != 0) throw std::runtime_error("kinit failed");
}

void Realm::forget_tickets() { std::filesystem::remove(folder_ / "ccache"); }

void Realm::stop() {
  if (running_) run({"stop"});
  running_ = false;
}

}  // namespace winrm::testing
