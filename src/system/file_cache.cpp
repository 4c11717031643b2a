#include "system/file_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string_view>

#include "base/limits.hpp"

namespace winrm::system {

namespace {

constexpr std::string_view missing = "missing";
constexpr std::string_view mountinfo = "/proc/self/mountinfo";
constexpr std::string_view kernel_memory = "/proc/meminfo";
constexpr std::string_view kernel_settings = "/proc/sys/";
constexpr std::string_view cpuinfo = "/proc/cpuinfo";
constexpr char const* processors_online = "/sys/devices/system/cpu/online";

/// A second write within the clock's granularity leaves the times as they are: what has just changed may
/// change again unseen, and is not kept.
constexpr std::time_t settling_seconds = 2;

/// In folders of users a name may lead to a device, and to open one may do something: /dev/watchdog restarts
/// the machine when nobody feeds it. So what it is is seen before it is opened, and then that itself is
/// opened.
UniqueFd open_regular(std::string const& path) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (path.starts_with("/proc/") || path.starts_with("/sys/")) return UniqueFd(::open(path.c_str(), flags));
  UniqueFd const place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info {};
  if (!place || ::fstat(place.get(), &info) != 0 || !S_ISREG(info.st_mode)) return UniqueFd();
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", place.get()).c_str(), flags));
}

}  // namespace

bool read_file(std::string const& path, std::string& content) {
  auto const file = open_regular(path);
  if (!file) return false;
  content.clear();
  // Files of /proc have no size: read until there is no more.
  std::array<char, 4096> buffer;
  while (content.size() < limits::system_file_bytes) {
    auto const count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return true;
    if (count < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return true;
}

bool FileCache::read(std::string const& path, std::string& content) {
  std::lock_guard const lock(mutex_);
  auto const* entry = refreshed(path);
  if (entry == nullptr) return read_file(path, content);
  if (!entry->is_missing) content = entry->content;
  return !entry->is_missing;
}

std::shared_ptr<void const> FileCache::parsed(std::string const& path, Parse parse) {
  std::lock_guard const lock(mutex_);
  auto* entry = refreshed(path);
  if (entry == nullptr) {
    std::string content;
    return read_file(path, content) ? parse(content) : nullptr;
  }
  if (entry->is_missing) return nullptr;
  if (!entry->fact) entry->fact = parse(entry->content);
  return entry->fact;
}

void FileCache::distrust() {
  std::lock_guard const lock(mutex_);
  for (auto& [path, entry] : entries_) entry.asked = {};
}

FileCache::Entry* FileCache::refreshed(std::string const& path) {
  auto const now = SteadyClock::now();
  auto const known = entries_.find(path);
  // Mounts are asked about every time: that is cheap, and what follows a mount relies on it.
  bool const trusted = known != entries_.end() && path != mountinfo && now - known->second.asked < trust_;
  if (trusted) return &known->second;
  // The state is taken before the content: a change in between makes the next reader read again.
  auto state = state_of(path);
  if (state.empty()) return nullptr;
  auto& entry = entries_[path];
  if (entry.state == state) {
    entry.asked = now;
    return &entry;
  }
  entry = Entry{std::move(state), now, {}, false, nullptr};
  entry.is_missing = entry.state == missing || !read_file(path, entry.content);
  return &entry;
}

std::string FileCache::state_of(std::string const& path) {
  if (path == mountinfo) {
    if (mounts_changed()) ++mount_changes_;
    return std::to_string(mount_changes_);
  }
  if (path == cpuinfo) return online_processors();
  // What the kernel reckons anew for every reader is never the same: only trust keeps it.
  if (path.starts_with(kernel_memory) || path.starts_with(kernel_settings))
    return std::to_string(++readings_);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno == ENOENT ? std::string(missing) : std::string();
  if (::time(nullptr) - info.st_mtim.tv_sec < settling_seconds) return {};
  return fmt::format("{:x}.{:x}.{:x}.{:x}.{:x}.{:x}", info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_nsec);
}

bool FileCache::mounts_changed() {
  if (!mountinfo_) {
    mountinfo_ = UniqueFd(::open(std::string(mountinfo).c_str(), O_RDONLY | O_CLOEXEC));
    return true;
  }
  pollfd entry{mountinfo_.get(), POLLPRI, 0};
  return ::poll(&entry, 1, 0) != 0;
}

std::string const& FileCache::online_processors() {
  auto const now = SteadyClock::now();
  if (online_.empty() || now - online_asked_ > std::chrono::seconds(1)) {
    if (!read_file(processors_online, online_)) online_.clear();
    online_asked_ = now;
  }
  return online_;
}

}  // namespace winrm::system
