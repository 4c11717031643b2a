#include "system/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/unique_fd.hpp"

namespace winrm::system {

namespace {

[[nodiscard]] std::error_code last_error() { return {errno, std::generic_category()}; }
[[nodiscard]] std::error_code outcome(int result) { return result == 0 ? std::error_code() : last_error(); }

/// File systems keep what a file's owner sets, thousands of years and more away: what SystemTime cannot hold
/// is its first or last moment.
SystemTime system_time(statx_timestamp const& time) {
  constexpr auto most =
      std::chrono::floor<std::chrono::seconds>(SystemTime::max()).time_since_epoch().count() - 1;
  if (time.tv_sec > most) return SystemTime::max();
  if (time.tv_sec < -most) return SystemTime::min();
  return SystemTime(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000));
}

FileKind kind_of(std::uint32_t mode) {
  if (S_ISDIR(mode)) return FileKind::folder;
  if (S_ISLNK(mode)) return FileKind::link;
  if (S_ISFIFO(mode)) return FileKind::pipe;
  if (S_ISSOCK(mode)) return FileKind::socket;
  return S_ISREG(mode) ? FileKind::regular : FileKind::device;
}

/// An attribute the file system keeps (statx(2)); nothing when it does not.
std::optional<bool> attribute(struct statx const& info, std::uint64_t bit) {
  if ((info.stx_attributes_mask & bit) == 0) return std::nullopt;
  return (info.stx_attributes & bit) != 0;
}

/// As SELinux keeps it, with or without a zero at its end (xattr(7)).
std::optional<std::string> security_label(std::string const& path) {
  std::array<char, 1024> text{};
  auto const size = ::lgetxattr(path.c_str(), "security.selinux", text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return std::string(text.data(), ::strnlen(text.data(), static_cast<std::size_t>(size)));
}

bool may(std::string const& path, int what) {
  return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
}

/// The entries of an open folder.
std::optional<std::vector<std::string>> names_in(int folder) {
  UniqueFd own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct Close {
    void operator()(DIR* opened) const { ::closedir(opened); }
  };
  std::unique_ptr<DIR, Close> const opened(own ? ::fdopendir(own.get()) : nullptr);
  if (!opened) return std::nullopt;
  static_cast<void>(own.release());  // the DIR owns it
  std::vector<std::string> names;
  while (auto const* entry = ::readdir(opened.get())) {
    std::string_view const name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

/// Each level of folders within folders takes descriptors and stack. No path names what lies deeper than 2048
/// levels (PATH_MAX), but a program that goes down step by step makes it.
constexpr int deepest = 512;

/// A name in a folder that is open.
struct Place {
  int folder = AT_FDCWD;
  std::string name;
  Place const* around = nullptr;  ///< the folder's own place; null at the top, whose name is a path
  int depth = 0;

  [[nodiscard]] Place below(int opened, std::string const& entry) const {
    return {opened, entry, this, depth + 1};
  }
  /// How the user calls it: put together when it is needed, for all of them would fill the memory.
  [[nodiscard]] std::string path() const { return around == nullptr ? name : around->path() + '/' + name; }
  [[nodiscard]] std::optional<struct stat> look() const {
    struct stat info {};
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return info;
  }
  [[nodiscard]] UniqueFd open(int flags, mode_t mode = 0) const {
    return UniqueFd(::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
  }
  [[nodiscard]] FileFailure failed() const { return failed(last_error()); }
  [[nodiscard]] FileFailure failed(std::error_code error) const { return {error, path()}; }
  [[nodiscard]] FileFailure failed(std::errc error) const { return failed(std::make_error_code(error)); }
};

/// Set-user-id and set-group-id bits do not travel: the copy belongs to another account.
constexpr mode_t copied_permissions = 0777;

class Copier {
 public:
  explicit Copier(bool recursive) : recursive_(recursive) {}

  FileFailure copy(Place const& from, Place const& to, bool is_top) const {
    auto const info = from.look();
    if (!info) return from.failed();
    switch (kind_of(info->st_mode)) {
      case FileKind::regular:
        return copy_file(from, to);
      case FileKind::link:
        return copy_link(from, to);
      case FileKind::folder:
        return recursive_ || is_top ? copy_folder(from, to) : FileFailure();
      default:
        return from.failed(std::errc::not_supported);
    }
  }

 private:
  static FileFailure copy_file(Place const& from, Place const& to) {
    auto const source = from.open(O_RDONLY | O_NONBLOCK);
    struct stat info {};
    if (!source || ::fstat(source.get(), &info) != 0) return from.failed();
    auto const target = to.open(O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (!target) return to.failed();
    auto error = copy_bytes(source.get(), target.get());
    if (!error) error = finish(target.get(), info);
    if (error) {
      ::unlinkat(to.folder, to.name.c_str(), 0);
      return from.failed(error);
    }
    return {};
  }

  static std::error_code copy_bytes(int source, int target) {
    std::vector<char> buffer(256 * 1024);
    while (true) {
      auto const count = ::read(source, buffer.data(), buffer.size());
      if (count == 0) return {};
      if (count < 0) {
        if (errno == EINTR) continue;
        return last_error();
      }
      for (ssize_t written = 0; written < count;) {
        auto const part = ::write(target, buffer.data() + written, static_cast<std::size_t>(count - written));
        if (part < 0 && errno != EINTR) return last_error();
        if (part > 0) written += part;
      }
    }
  }

  static std::error_code finish(int target, struct stat const& info) {
    std::array<timespec, 2> const times{info.st_atim, info.st_mtim};
    if (::fchmod(target, info.st_mode & copied_permissions) != 0) return last_error();
    return outcome(::futimens(target, times.data()));
  }

  static FileFailure copy_link(Place const& from, Place const& to) {
    std::array<char, PATH_MAX> buffer{};
    auto const size = ::readlinkat(from.folder, from.name.c_str(), buffer.data(), buffer.size() - 1);
    if (size < 0) return from.failed();
    if (::symlinkat(buffer.data(), to.folder, to.name.c_str()) != 0) return to.failed();
    return {};
  }

  FileFailure copy_folder(Place const& from, Place const& to) const {
    if (from.depth > deepest) return from.failed(std::errc::filename_too_long);
    auto const source = from.open(O_RDONLY | O_DIRECTORY);
    struct stat info {};
    if (!source || ::fstat(source.get(), &info) != 0) return from.failed();
    auto const names = names_in(source.get());
    if (!names) return from.failed();
    if (::mkdirat(to.folder, to.name.c_str(), S_IRWXU) != 0) return to.failed();
    auto const target = to.open(O_RDONLY | O_DIRECTORY);
    if (!target) return to.failed();
    for (auto const& name : *names) {
      if (auto failure = copy(from.below(source.get(), name), to.below(target.get(), name), false))
        return failure;
    }
    if (auto const error = finish(target.get(), info)) return to.failed(error);
    return {};
  }

  bool recursive_;
};

/// Also of a folder of the same file system that is bound there (statx(2), Linux 5.8).
bool is_mounted_on(Place const& place) {
  struct statx info {};
  constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  return ::statx(place.folder, place.name.c_str(), flags, 0, &info) == 0 &&
         (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

FileFailure remove_at(Place const& place, dev_t file_system) {
  auto const info = place.look();
  if (!info) return place.failed();
  if (kind_of(info->st_mode) != FileKind::folder) {
    return ::unlinkat(place.folder, place.name.c_str(), 0) == 0 ? FileFailure() : place.failed();
  }
  if (info->st_dev != file_system || is_mounted_on(place))
    return place.failed(std::errc::device_or_resource_busy);
  if (place.depth > deepest) return place.failed(std::errc::filename_too_long);
  auto const folder = place.open(O_RDONLY | O_DIRECTORY);
  if (!folder) return place.failed();
  auto const names = names_in(folder.get());
  if (!names) return place.failed();
  for (auto const& name : *names) {
    if (auto failure = remove_at(place.below(folder.get(), name), file_system)) return failure;
  }
  return ::unlinkat(place.folder, place.name.c_str(), AT_REMOVEDIR) == 0 ? FileFailure() : place.failed();
}

std::string folder_of(std::string const& path) {
  auto const slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string real_path(std::string const& path) {
  struct Free {
    void operator()(char* text) const { std::free(text); }  // NOLINT: realpath(3) allocates with malloc
  };
  std::unique_ptr<char, Free> const real(::realpath(path.c_str(), nullptr));
  return real ? std::string(real.get()) : std::string();
}

/// A folder copied into itself would never end.
bool lies_within(std::string const& path, std::string const& folder) {
  auto const real_folder = real_path(folder) + '/';
  return (real_path(folder_of(path)) + '/').starts_with(real_folder);
}

class RealFiles final : public Files {
 public:
  std::optional<FileStatus> status(std::string const& path) const override {
    struct statx info {};
    constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (::statx(AT_FDCWD, path.c_str(), flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0)
      return std::nullopt;
    FileStatus status;
    status.kind = kind_of(info.stx_mode);
    status.size = info.stx_size;
    status.links = info.stx_nlink;
    status.mode = info.stx_mode & 07777U;
    status.owner = info.stx_uid;
    status.group = info.stx_gid;
    status.device = std::to_string(info.stx_dev_major) + ':' + std::to_string(info.stx_dev_minor);
    if ((info.stx_mask & STATX_BTIME) != 0) status.created = system_time(info.stx_btime);
    status.modified = system_time(info.stx_mtime);
    status.accessed = system_time(info.stx_atime);
    status.compressed = attribute(info, STATX_ATTR_COMPRESSED);
    status.encrypted = attribute(info, STATX_ATTR_ENCRYPTED);
    status.security_label = security_label(path);
    status.readable = may(path, R_OK);
    status.writable = may(path, W_OK);
    status.executable = may(path, X_OK);
    status.owned = ::geteuid() == 0 || ::geteuid() == status.owner;
    return status;
  }

  FileFailure copy(std::string const& from, std::string const& to, bool recursive) const override {
    auto const info = status(from);
    if (!info) return {last_error(), from};
    if (info->kind == FileKind::folder && lies_within(to, from)) {
      return {std::make_error_code(std::errc::invalid_argument), to};
    }
    return Copier(recursive).copy({AT_FDCWD, from}, {AT_FDCWD, to}, true);
  }

  std::error_code rename(std::string const& from, std::string const& to) const override {
    return outcome(::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE));
  }

  FileFailure remove_file(std::string const& path) const override {
    return {outcome(::unlink(path.c_str())), path};
  }

  FileFailure remove_folder(std::string const& path) const override {
    struct stat parent {};
    struct stat info {};
    if (::stat(folder_of(path).c_str(), &parent) != 0 || ::lstat(path.c_str(), &info) != 0) {
      return {last_error(), path};
    }
    if (!S_ISDIR(info.st_mode)) return {std::make_error_code(std::errc::not_a_directory), path};
    return remove_at({AT_FDCWD, path}, parent.st_dev);
  }
};

}  // namespace

std::unique_ptr<Files> make_files() { return std::make_unique<RealFiles>(); }

}  // namespace winrm::system
