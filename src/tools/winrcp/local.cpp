#include "tools/winrcp/local.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "auth/sha256.hpp"
#include "tools/winrcp/location.hpp"
#include "tools/winrcp/remote.hpp"

namespace winrm::tools::winrcp_tool::local {
namespace {

namespace fs = std::filesystem;

constexpr unsigned permission_mask = 0777;
constexpr std::size_t hash_chunk = std::size_t{1} << 20;

[[noreturn]] void fail_with_errno(std::string_view what, std::string const& path) {
  throw CopyError(fmt::format("{} {}: {}.", what, path, std::generic_category().message(errno)));
}

Entry entry_of(struct stat const& file, std::string path) {
  Entry entry;
  entry.path = std::move(path);
  entry.directory = S_ISDIR(file.st_mode);
  entry.size = entry.directory ? 0 : static_cast<std::uint64_t>(file.st_size);
  entry.modified = file.st_mtim.tv_sec;
  entry.mode = file.st_mode & permission_mask;
  return entry;
}

void add_children(std::string const& root, std::string const& below, Tree& tree) {
  std::error_code error;
  fs::directory_iterator children(join(root, below), error);
  if (error) throw CopyError(fmt::format("Cannot list {}: {}.", join(root, below), error.message()));
  std::vector<std::string> names;
  for (auto const& child : children) names.push_back(child.path().filename().string());
  std::ranges::sort(names);
  for (auto const& name : names) {
    auto const path = below.empty() ? name : join(below, name);
    struct stat file {};
    bool const wanted =
        lstat(join(root, path).c_str(), &file) == 0 && (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode));
    if (!wanted) {
      tree.skipped.push_back(path);
      continue;
    }
    tree.entries.push_back(entry_of(file, path));
    if (S_ISDIR(file.st_mode)) add_children(root, path, tree);
  }
}

}  // namespace

Kind kind(std::string const& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return Kind::absent;
  if (S_ISDIR(file.st_mode)) return Kind::directory;
  return S_ISREG(file.st_mode) ? Kind::file : Kind::other;
}

Tree tree(std::string const& path) {
  Tree tree;
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return tree;
  tree.kind = kind(path);
  if (tree.kind == Kind::other) return tree;
  tree.entries.push_back(entry_of(file, {}));
  if (tree.kind == Kind::directory) add_children(path, {}, tree);
  return tree;
}

void make_directory(std::string const& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw CopyError(fmt::format("Cannot make the folder {}: {}.", path, error.message()));
}

Reader::Reader(std::string const& path) : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!file_) fail_with_errno("Cannot read", path);
}

std::string Reader::read(std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t filled = 0;
  while (filled < most) {
    ssize_t const count = ::read(file_.get(), bytes.data() + filled, most - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("Cannot read", path_);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Writer::Writer(std::string part, bool keep) : part_(std::move(part)) {
  int const anew = keep ? 0 : O_TRUNC;
  file_ = UniqueFd(open(part_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | anew, 0600));
  struct stat about {};
  if (!file_ || fstat(file_.get(), &about) != 0) fail_with_errno("Cannot write", part_);
  size_ = static_cast<std::uint64_t>(about.st_size);
}

void Writer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t const count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("Cannot write", part_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    size_ += static_cast<std::uint64_t>(count);
  }
}

void Writer::settle(std::string const& target, Entry const& entry) {
  std::array<timespec, 2> const times{timespec{0, UTIME_NOW}, timespec{entry.modified, 0}};
  if (fchmod(file_.get(), entry.mode) != 0 || futimens(file_.get(), times.data()) != 0 ||
      std::rename(part_.c_str(), target.c_str()) != 0) {
    int const error = errno;
    discard();
    errno = error;
    fail_with_errno("Cannot finish", target);
  }
}

void Writer::discard() {
  file_.reset();
  unlink(part_.c_str());
}

std::string hash(std::string const& path) {
  Reader reader(path);
  auth::Sha256 hash;
  for (auto bytes = reader.read(hash_chunk); !bytes.empty(); bytes = reader.read(hash_chunk))
    hash.update(bytes);
  return hash.hex();
}

}  // namespace winrm::tools::winrcp_tool::local
