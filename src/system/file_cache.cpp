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

constexpr std::string_view mountinfo = "/proc/self/mountinfo";
constexpr std::string_view cpuinfo = "/proc/cpuinfo";
constexpr char const* processors_online = "/sys/devices/system/cpu/online";

/// A second write within the clock's granularity leaves the times as they are: what has just changed may
/// change again unseen, and is not kept.
constexpr std::time_t settling_seconds = 2;

}  // namespace

bool read_file(std::string const& path, std::string& content) {
  UniqueFd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
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
  // The state is taken before the content: a change in between makes the next reader read again.
  auto state = state_of(path);
  auto const known = entries_.find(path);
  if (!state.empty() && known != entries_.end() && known->second.state == state) {
    content = known->second.content;
    return true;
  }
  if (!read_file(path, content)) return false;
  if (!state.empty()) entries_[path] = {std::move(state), content};
  return true;
}

std::string FileCache::state_of(std::string const& path) {
  if (path == mountinfo) {
    if (mounts_changed()) ++mount_changes_;
    return std::to_string(mount_changes_);
  }
  if (path == cpuinfo) {
    std::string online;
    return read_file(processors_online, online) ? online : std::string();
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || ::time(nullptr) - info.st_mtim.tv_sec < settling_seconds) return {};
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

}  // namespace winrm::system
