#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "cim/instance_xml.hpp"
#include "providers/providers.hpp"
#include "system/host.hpp"

/// Enumerates thousands of processes beside ps, for the same properties, in one run. Fails when ps is faster.
namespace winrm {
namespace {

constexpr int process_count = 5000;
constexpr int rounds = 11;

/// Processes that only wait, and end with their object.
class Crowd {
 public:
  Crowd() {
    for (int i = 0; i < process_count; ++i) {
      pid_t const pid = ::fork();
      if (pid == 0) {
        while (true) ::pause();
      }
      if (pid < 0) break;
      pids_.push_back(pid);
    }
  }
  Crowd(Crowd const&) = delete;
  Crowd& operator=(Crowd const&) = delete;
  ~Crowd() {
    for (pid_t const pid : pids_) ::kill(pid, SIGKILL);
    for (pid_t const pid : pids_) ::waitpid(pid, nullptr, 0);
  }
  [[nodiscard]] std::size_t size() const { return pids_.size(); }

 private:
  std::vector<pid_t> pids_;
};

/// Through the class, as far as the XML of its instances.
std::size_t enumerate(cim::Class const& cls, system::Host const& host) {
  cim::PropertySet wanted;
  for (auto const* name : {"ProcessId", "ParentProcessId", "Name", "CommandLine", "WorkingSetSize",
                           "VirtualSize", "CreationDate"}) {
    wanted.add(cls.find(name)->index);
  }
  auto const rows = cls.enumerate(host, cim::Query(wanted));
  std::string text;
  std::size_t count = 0;
  while (auto const* row = rows->next()) {
    text.clear();
    cim::append_instance(text, cim::UriStyle::windows, cls, cls, row, wanted);
    ++count;
  }
  return count;
}

void run_ps() {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = "ps";
  std::string option = "-eo";
  std::string columns = "pid,ppid,comm,args,rss,vsz,lstart,user";
  char* arguments[] = {program.data(), option.data(), columns.data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawnp(&pid, "ps", &actions, nullptr, arguments, environ) == 0) ::waitpid(pid, nullptr, 0);
  ::posix_spawn_file_actions_destroy(&actions);
}

double milliseconds(std::function<void()> const& work) {
  auto const begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run() {
  Crowd const crowd;
  auto const registry = providers::make_registry();
  auto const host = system::make_host();
  auto const& cls = *registry.find("root/cimv2", "Win32_Process");
  std::vector<double> ours;
  std::vector<double> theirs;
  std::size_t count = 0;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(milliseconds([&] { count = enumerate(cls, *host); }));
    theirs.push_back(milliseconds(run_ps));
  }
  if (count < crowd.size()) return 2;
  std::printf("%zu processes, median of %d: Win32_Process %.1f ms, ps %.1f ms\n", count, rounds, median(ours),
              median(theirs));
  return median(ours) < median(theirs) ? 0 : 1;
}

}  // namespace
}  // namespace winrm

int main() { return winrm::run(); }
