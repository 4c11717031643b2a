#include "system/replace_file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace winrm::system {

namespace {

constexpr mode_t mode_of_new_files = 0644;

[[noreturn]] void throw_error(std::string const& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

void write_all(UniqueFd const& file, std::string_view content, std::string const& path) {
  while (!content.empty()) {
    auto const count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_error(path);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0) throw_error(path);
}

void write_in_place(std::string const& path, std::string_view content) {
  UniqueFd const file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file) throw_error(path);
  write_all(file, content, path);
}

/// Removes the file when it goes, unless it found its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& beside)
      : path_(beside + ".XXXXXX"), file_(::mkostemp(path_.data(), O_CLOEXEC)) {
    if (!file_) throw_error(path_);
  }
  ~TemporaryFile() {
    if (!is_placed_) ::unlink(path_.c_str());
  }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;

  [[nodiscard]] UniqueFd const& file() const noexcept { return file_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  /// False with errno set when it cannot take the place of `target`.
  [[nodiscard]] bool take_place_of(std::string const& target) {
    is_placed_ = ::rename(path_.c_str(), target.c_str()) == 0;
    return is_placed_;
  }

 private:
  std::string path_;
  UniqueFd file_;
  bool is_placed_ = false;
};

std::string without_links(std::string const& path) {
  std::array<char, PATH_MAX> resolved;
  return ::realpath(path.c_str(), resolved.data()) != nullptr ? std::string(resolved.data()) : path;
}

/// A new lock belongs to whom the file belongs to, who may change it too.
UniqueFd open_lock(std::string const& lock, std::string const& target) {
  constexpr mode_t mode_of_locks = 0600;
  constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  UniqueFd made(::open(lock.c_str(), flags | O_CREAT | O_EXCL, mode_of_locks));
  if (!made && errno == EEXIST) return UniqueFd(::open(lock.c_str(), flags));
  struct stat about {};
  if (made && ::stat(target.c_str(), &about) == 0 && about.st_uid != ::geteuid() &&
      ::fchown(made.get(), about.st_uid, about.st_gid) != 0)
    throw_error(lock);
  return made;
}

}  // namespace

void replace_file(std::string const& path, std::string_view content) {
  auto const target = without_links(path);
  struct stat before {};
  bool const exists = ::stat(target.c_str(), &before) == 0;
  TemporaryFile temporary(target);
  auto const mode = exists ? before.st_mode & 07777 : mode_of_new_files;
  if (exists && ::fchown(temporary.file().get(), before.st_uid, before.st_gid) != 0) throw_error(target);
  if (::fchmod(temporary.file().get(), mode) != 0) throw_error(target);
  write_all(temporary.file(), content, target);
  if (temporary.take_place_of(target)) return;
  if (errno != EBUSY) throw_error(target);
  write_in_place(target, content);
}

UniqueFd lock_for_change(std::string const& path) {
  std::filesystem::path const target(without_links(path));
  auto const lock = (target.parent_path() / ("." + target.filename().string() + ".lock")).string();
  auto file = open_lock(lock, target.string());
  if (!file) throw_error(lock);
  while (::flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw_error(lock);
  return file;
}

}  // namespace winrm::system
