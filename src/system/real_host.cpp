#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utmpx.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"
#include "system/account_database.hpp"
#include "system/bounded_usage.hpp"
#include "system/file_cache.hpp"
#include "system/files.hpp"
#include "system/host.hpp"
#include "system/journal.hpp"
#include "system/machine_control.hpp"
#include "system/network.hpp"
#include "system/proc.hpp"
#include "system/process_control.hpp"
#include "system/program.hpp"
#include "system/replace_file.hpp"
#include "system/services.hpp"
#include "system/volumes.hpp"

namespace winrm::system {

namespace {

/// A field of fixed size that ends with a zero only when it is not full.
template <std::size_t Size>
std::string text_of(char const (&field)[Size]) {
  return {field, ::strnlen(field, Size)};
}

/// An entry stays when nobody takes it out: after a crash, say. who(1) too leaves out those whose process is
/// gone.
bool is_of_process_that_runs(utmpx const& entry) {
  return entry.ut_pid <= 0 || ::kill(entry.ut_pid, 0) == 0 || errno != ESRCH;
}

Session session_of(utmpx const& entry) {
  Session session;
  session.user = text_of(entry.ut_user);
  session.terminal = text_of(entry.ut_line);
  session.remote = text_of(entry.ut_host);
  session.process = static_cast<std::uint32_t>(entry.ut_pid);
  session.began =
      SystemTime(std::chrono::seconds(entry.ut_tv.tv_sec) + std::chrono::microseconds(entry.ut_tv.tv_usec));
  return session;
}

std::int64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

class RealHost final : public Host {
 public:
  bool read(std::string const& path, std::string& content) const override { return read_file(path, content); }
  bool read_cached(std::string const& path, std::string& content) const override {
    return cache_.read(path, content);
  }
  std::shared_ptr<void const> parsed(std::string const& path, FileCache::Parse parse) const override {
    return cache_.parsed(path, parse);
  }

  bool read_proc(char const* path, std::string& content) const override {
    UniqueFd const file(::openat(proc_.get(), path, O_RDONLY | O_CLOEXEC));
    if (!file) return false;
    content.clear();
    std::array<char, 4096> buffer;
    while (content.size() < limits::system_file_bytes) {
      auto const count = ::read(file.get(), buffer.data(), buffer.size());
      if (count < 0) return false;
      content.append(buffer.data(), static_cast<std::size_t>(count));
      // The kernel gives all that fits: less than that is the end, and need not be read to be believed.
      if (static_cast<std::size_t>(count) < buffer.size()) return true;
    }
    return true;
  }

  std::optional<std::vector<std::string>> list(std::string const& path) const override {
    struct Close {
      void operator()(DIR* folder) const { ::closedir(folder); }
    };
    std::unique_ptr<DIR, Close> const folder(::opendir(path.c_str()));
    if (!folder) return std::nullopt;
    std::vector<std::string> names;
    while (auto const* entry = ::readdir(folder.get())) {
      std::string_view const name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
  }

  std::optional<std::string> link_target(std::string const& path) const override {
    std::array<char, PATH_MAX> buffer;
    auto const size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (size < 0) return std::nullopt;
    return std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  bool exists(std::string const& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  std::optional<SystemTime> birth_time(std::string const& path) const override {
    struct statx info {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &info) != 0) return std::nullopt;
    // File systems made from an image may carry no real time: the epoch stands for none.
    if ((info.stx_mask & STATX_BTIME) == 0 || info.stx_btime.tv_sec == 0) return std::nullopt;
    return SystemTime(std::chrono::seconds(info.stx_btime.tv_sec) +
                      std::chrono::microseconds(info.stx_btime.tv_nsec / 1000));
  }

  std::optional<SystemTime> change_time(std::string const& path) const override {
    struct statx info {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_MTIME, &info) != 0) return std::nullopt;
    return SystemTime(std::chrono::seconds(info.stx_mtime.tv_sec) +
                      std::chrono::microseconds(info.stx_mtime.tv_nsec / 1000));
  }

  void replace_file(std::string const& path, std::string_view content) const override {
    system::replace_file(path, content);
    cache_.distrust();
  }
  ProgramResult run(std::vector<std::string> const& arguments, Milliseconds patience) const override {
    cache_.distrust();
    auto result = run_program(arguments, patience);
    cache_.distrust();
    return result;
  }

  std::optional<FileSystemUsage> usage(std::string const& mount_point, bool may_hang) const override {
    return may_hang ? usage_.ask(mount_point) : ask_kernel(mount_point);
  }

  KernelName kernel() const override {
    struct utsname name {};
    ::uname(&name);
    return {name.sysname, name.nodename, name.release, name.version, name.machine};
  }
  SystemTime now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  void pause(std::chrono::milliseconds time) const override { std::this_thread::sleep_for(time); }
  std::optional<SystemTime> boot_time() const override {
    // /proc/stat is slow to make (it sums every interrupt), and its btime moves only when the clock is set.
    auto const offset =
        std::chrono::nanoseconds(nanoseconds_of(CLOCK_REALTIME) - nanoseconds_of(CLOCK_BOOTTIME));
    std::lock_guard const lock(boot_mutex_);
    if (!boot_time_ || std::chrono::abs(offset - boot_offset_) > std::chrono::milliseconds(1)) {
      boot_time_ = proc::read_boot_time(*this);
      boot_offset_ = offset;
    }
    return boot_time_;
  }
  std::uint32_t process_count() const override {
    std::lock_guard const lock(count_mutex_);
    auto const now = SteadyClock::now();
    if (!counted_at_ || now - *counted_at_ >= std::chrono::seconds(1)) {
      process_count_ = static_cast<std::uint32_t>(proc::pids(*this).size());
      counted_at_ = now;
    }
    return process_count_;
  }
  DateTime local(SystemTime time) const override { return local_date_time(time); }
  std::uint64_t page_bytes() const override { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }
  std::uint64_t clock_ticks_per_second() const override {
    return static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  }

  std::optional<std::vector<Session>> sessions() const override {
    if (!exists("/run/utmp")) return std::nullopt;
    // The utmp functions share one position in one file.
    static std::mutex one_reader;
    std::lock_guard const lock(one_reader);
    std::vector<Session> sessions;
    ::setutxent();
    while (auto const* entry = ::getutxent()) {
      if (entry->ut_type == USER_PROCESS && is_of_process_that_runs(*entry))
        sessions.push_back(session_of(*entry));
    }
    ::endutxent();
    return sessions;
  }

  ServiceManager const& services() const override {
    // sd_booted(3): this folder exists exactly when systemd runs the machine.
    if (exists("/run/systemd/system")) return *systemd_;
    return *service_files_;
  }
  AccountDatabase const& accounts() const override { return *accounts_; }
  ProcessControl const& processes() const override { return *processes_; }
  Journal const& journal() const override { return *journal_; }
  MachineControl const& control() const override {
    cache_.distrust();
    return *control_;
  }
  Network const& network() const override { return *network_; }
  Volumes const& volumes() const override {
    cache_.distrust();
    return *volumes_;
  }
  Files const& files() const override { return *files_; }

 private:
  UniqueFd proc_{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  mutable FileCache cache_{limits::file_cache_trust};
  mutable std::mutex count_mutex_;
  mutable std::optional<Deadline> counted_at_;
  mutable std::uint32_t process_count_ = 0;
  mutable std::mutex boot_mutex_;
  mutable std::optional<SystemTime> boot_time_;
  mutable std::chrono::nanoseconds boot_offset_{0};
  BoundedUsage usage_;
  std::unique_ptr<ProcessControl> processes_ = make_process_control();
  std::unique_ptr<Journal> journal_ = make_journal();
  std::unique_ptr<ServiceManager> systemd_ = make_systemd_services(*this);
  std::unique_ptr<AccountDatabase> accounts_ = make_account_database();
  std::unique_ptr<MachineControl> control_ = make_machine_control(*this);
  std::unique_ptr<ServiceManager> service_files_ = make_file_services(*this);
  std::unique_ptr<Network> network_ = make_network();
  std::unique_ptr<Volumes> volumes_ = make_volumes();
  std::unique_ptr<Files> files_ = make_files();
};

}  // namespace

std::unique_ptr<Host> make_host() { return std::make_unique<RealHost>(); }

}  // namespace winrm::system
