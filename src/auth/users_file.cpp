#include "auth/users_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
#include <mutex>

#include "auth/nt_hash.hpp"
#include "auth/password_hash.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"
#include "base/unique_fd.hpp"

namespace winrm::auth {

namespace {

constexpr std::size_t maximum_name_bytes = 256;
constexpr std::size_t maximum_file_bytes = 16 * 1024 * 1024;
constexpr std::size_t nt_hash_digits = 32;
constexpr std::string_view first_line =
    "# Accounts of the WinRM service: name:account:yescrypt:NT hash. Change it with 'winrmd user'.\n";

/// Keys are names in lower case.
using Table = std::map<std::string, UserEntry>;

std::string system_error() { return std::strerror(errno); }

/// Tells one state of the file from another.
struct Signature {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = -1;
  timespec modified{};
  timespec changed{};

  static Signature of(struct stat const& status) {
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
  }
  friend bool operator==(Signature const& a, Signature const& b) {
    auto same = [](timespec const& x, timespec const& y) {
      return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
    };
    return a.device == b.device && a.inode == b.inode && a.size == b.size && same(a.modified, b.modified) &&
           same(a.changed, b.changed);
  }
};

UserEntry copy(UserEntry const& entry) {
  UserEntry result;
  result.name = entry.name;
  result.account = entry.account;
  result.yescrypt = entry.yescrypt;
  result.nt_hash = entry.nt_hash.clone();
  return result;
}

Result<void> check_word(std::string_view what, std::string_view word) {
  if (word.empty()) return fail(fmt::format("the {} is empty", what));
  if (word.size() > maximum_name_bytes) {
    return fail(fmt::format("the {} is longer than {} bytes", what, maximum_name_bytes));
  }
  bool const has_forbidden = std::any_of(word.begin(), word.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7f || c == ':' || c == '\\';
  });
  if (has_forbidden || word.front() == '#' || !unicode::is_valid_utf8(word)) {
    return fail(
        fmt::format("the {} must be UTF-8 without ':', '\\', control characters and a leading '#'", what));
  }
  return {};
}

bool is_nt_hash(std::string_view text) {
  return text.size() == nt_hash_digits &&
         text.find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
}

Result<UserEntry> parse_line(std::string_view line) {
  std::array<std::string_view, 4> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto const colon = line.find(':');
    bool const last = i + 1 == fields.size();
    if (last != (colon == std::string_view::npos)) return fail("expected name:account:yescrypt:NT hash");
    fields[i] = line.substr(0, colon);
    if (!last) line.remove_prefix(colon + 1);
  }
  if (auto ok = check_word("name", fields[0]); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_word("account", fields[1]); !ok) return tl::unexpected(ok.error());
  if (!is_nt_hash(fields[3])) return fail("the NT hash must be 32 hexadecimal digits");
  UserEntry entry;
  entry.name = fields[0];
  entry.account = fields[1];
  entry.yescrypt = fields[2];
  entry.nt_hash = Secret(std::string(fields[3]));
  return entry;
}

Result<Table> parse(std::string_view content, std::filesystem::path const& file) {
  Table table;
  for (std::size_t number = 1; !content.empty(); ++number) {
    auto const end = content.find('\n');
    std::string_view const line = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    auto entry = parse_line(line);
    if (!entry) return fail(fmt::format("{}:{}: {}", file.string(), number, entry.error().message));
    std::string key = unicode::to_lower_ascii(entry->name);
    if (!table.emplace(std::move(key), std::move(*entry)).second) {
      return fail(fmt::format("{}:{}: this name is in the file twice", file.string(), number));
    }
  }
  return table;
}

/// A users file decides who gets in: only its owner, who is the account we run as, may have written it.
Result<void> check_trust(struct stat const& status, std::filesystem::path const& file) {
  if (!S_ISREG(status.st_mode)) return fail(fmt::format("{} is not a regular file", file.string()));
  if (status.st_uid != ::geteuid()) {
    return fail(fmt::format("{} belongs to uid {}, but the service runs as uid {}: change its owner",
                            file.string(), status.st_uid, ::geteuid()));
  }
  if ((status.st_mode & 077) != 0) {
    return fail(fmt::format("{} holds password hashes and must be closed to others: chmod 600 {}",
                            file.string(), file.string()));
  }
  if (static_cast<std::size_t>(status.st_size) > maximum_file_bytes) {
    return fail(fmt::format("{} is larger than {} bytes", file.string(), maximum_file_bytes));
  }
  return {};
}

Result<Secret> read_all(int fd, std::size_t size_hint, std::filesystem::path const& file) {
  std::string content;
  content.reserve(std::min(size_hint, maximum_file_bytes) + 1);
  std::array<char, 4096> block;
  for (;;) {
    ssize_t const count = ::read(fd, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(fmt::format("cannot read {}: {}", file.string(), system_error()));
    if (count == 0) break;
    content.append(block.data(), static_cast<std::size_t>(count));
    if (content.size() > maximum_file_bytes) {
      return fail(fmt::format("{} is larger than {} bytes", file.string(), maximum_file_bytes));
    }
  }
  wipe(block.data(), block.size());
  return Secret(std::move(content));
}

struct Loaded {
  Table table;
  Signature signature;
};

Result<Loaded> load(std::filesystem::path const& file) {
  Loaded loaded;
  // O_NONBLOCK: a FIFO put in the file's place must not hang the service.
  UniqueFd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) return loaded;
    if (errno == ELOOP)
      return fail(fmt::format("{} is a symbolic link: name the file itself", file.string()));
    return fail(fmt::format("cannot open {}: {}", file.string(), system_error()));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return fail(fmt::format("cannot examine {}: {}", file.string(), system_error()));
  }
  if (auto ok = check_trust(status, file); !ok) return tl::unexpected(ok.error());
  auto content = read_all(fd.get(), static_cast<std::size_t>(status.st_size), file);
  if (!content) return tl::unexpected(content.error());
  auto table = parse(content->reveal(), file);
  if (!table) return tl::unexpected(table.error());
  loaded.table = std::move(*table);
  loaded.signature = Signature::of(status);
  return loaded;
}

Secret render(Table const& table) {
  std::string text(first_line);
  for (auto const& [key, entry] : table) {
    text += fmt::format("{}:{}:{}:{}\n", entry.name, entry.account, entry.yescrypt, entry.nt_hash.reveal());
  }
  return Secret(std::move(text));
}

Result<void> write_all(int fd, std::string_view bytes, std::string const& name) {
  while (!bytes.empty()) {
    ssize_t const count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(fmt::format("cannot write {}: {}", name, system_error()));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

std::filesystem::path folder_of(std::filesystem::path const& file) {
  auto folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// A new file beside the old one takes its place at once, so that a reader sees the old or the new content.
Result<void> replace(std::filesystem::path const& file, Table const& table) {
  std::string temporary = file.string() + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return fail(fmt::format("cannot create a file beside {}: {}", file.string(), system_error()));
  Secret const content = render(table);
  auto written = write_all(fd.get(), content.reveal(), temporary);
  if (written && ::fsync(fd.get()) != 0) {
    written = fail(fmt::format("cannot write {} to disk: {}", temporary, system_error()));
  }
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) {
    written = fail(fmt::format("cannot replace {}: {}", file.string(), system_error()));
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  UniqueFd const folder(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
  return {};
}

/// One writer at a time, over all processes. The lock is a file of its own, as the users file is replaced.
Result<UniqueFd> lock(std::filesystem::path const& file) {
  std::string const name = file.string() + ".lock";
  UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail(fmt::format("cannot open the lock {}: {}", name, system_error()));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(fmt::format("cannot lock {}: {}", name, system_error()));
  }
  return fd;
}

bool names_this_machine(std::string_view domain) {
  static constexpr std::array<std::string_view, 3> always = {".", "localhost", "WORKGROUP"};
  auto same = [&](std::string_view name) { return unicode::equals_ignoring_case(name, domain); };
  if (std::any_of(always.begin(), always.end(), same)) return true;
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return false;
  auto first_label = [](std::string_view name) { return name.substr(0, name.find('.')); };
  return !domain.empty() && unicode::equals_ignoring_case(first_label(host.data()), first_label(domain));
}

}  // namespace

std::optional<std::string> local_user_name(std::string_view name) {
  if (auto const separator = name.find('\\'); separator != std::string_view::npos) {
    if (!names_this_machine(name.substr(0, separator))) return std::nullopt;
    return std::string(name.substr(separator + 1));
  }
  if (auto const at = name.rfind('@'); at != std::string_view::npos) {
    if (!names_this_machine(name.substr(at + 1))) return std::nullopt;
    return std::string(name.substr(0, at));
  }
  return std::string(name);
}

/// The last content read. A failed load is an empty table: nobody gets in.
struct UsersFile::State {
  std::mutex mutex;
  bool loaded = false;
  Signature signature;
  std::shared_ptr<Table const> table = std::make_shared<Table const>();

  std::shared_ptr<Table const> current(std::filesystem::path const& file) {
    std::lock_guard const guard(mutex);
    struct stat status {};
    bool const exists = ::lstat(file.c_str(), &status) == 0;
    Signature const now = exists ? Signature::of(status) : Signature{};
    if (loaded && now == signature) return table;
    auto content = load(file);
    if (!content) log::error("the users file lets nobody in: {}", content.error().message);
    // The state that was read, or, when it could not be read, the state that should not be tried again.
    signature = content ? content->signature : now;
    table = std::make_shared<Table const>(content ? std::move(content->table) : Table{});
    loaded = true;
    return table;
  }
};

std::filesystem::path users_file(config::Settings const& settings) {
  return settings.daemon.users_file.empty() ? settings.daemon.state_dir / "users"
                                            : settings.daemon.users_file;
}

UsersFile::UsersFile(std::filesystem::path file)
    : file_(std::move(file)), state_(std::make_unique<State>()) {}
UsersFile::~UsersFile() = default;

std::optional<UserEntry> UsersFile::find_exact(std::string_view name) const {
  auto const table = state_->current(file_);
  auto const found = table->find(unicode::to_lower_ascii(name));
  if (found == table->end()) return std::nullopt;
  return copy(found->second);
}

std::optional<UserEntry> UsersFile::find(std::string_view name) const {
  if (auto entry = find_exact(name)) return entry;
  auto const local = local_user_name(name);
  return local && *local != name ? find_exact(*local) : std::nullopt;
}

Result<std::vector<UserEntry>> UsersFile::list() const {
  auto loaded = load(file_);
  if (!loaded) return tl::unexpected(loaded.error());
  std::vector<UserEntry> entries;
  for (auto& [key, entry] : loaded->table) entries.push_back(std::move(entry));
  return entries;
}

Result<void> UsersFile::add(std::string_view name, Secret const& password, std::string_view account) {
  if (auto ok = check_word("user name", name); !ok) return ok;
  if (auto ok = check_word("account name", account); !ok) return ok;
  auto hash = yescrypt_hash(password);
  if (!hash) return tl::unexpected(hash.error());
  auto ntlm = nt_hash(password);
  if (!ntlm) return tl::unexpected(ntlm.error());
  auto const guard = lock(file_);
  if (!guard) return tl::unexpected(guard.error());
  auto loaded = load(file_);
  if (!loaded) return tl::unexpected(loaded.error());
  UserEntry entry;
  entry.name = name;
  entry.account = account;
  entry.yescrypt = std::move(*hash);
  entry.nt_hash = std::move(*ntlm);
  loaded->table.insert_or_assign(unicode::to_lower_ascii(name), std::move(entry));
  return replace(file_, loaded->table);
}

Result<void> UsersFile::remove(std::string_view name) {
  auto const guard = lock(file_);
  if (!guard) return tl::unexpected(guard.error());
  auto loaded = load(file_);
  if (!loaded) return tl::unexpected(loaded.error());
  if (loaded->table.erase(unicode::to_lower_ascii(name)) == 0) {
    return fail(fmt::format("{} has no user '{}'", file_.string(), name));
  }
  return replace(file_, loaded->table);
}

bool UsersFile::verify(std::string_view name, Secret const& password) const {
  auto const entry = find(name);
  if (!entry) {
    spend_yescrypt_time(password);
    return false;
  }
  return matches_yescrypt(password, entry->yescrypt);
}

}  // namespace winrm::auth
