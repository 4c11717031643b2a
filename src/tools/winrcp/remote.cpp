#include "tools/winrcp/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/winrcp/location.hpp"
#include "wsman/answer.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

constexpr std::size_t kept_errors = 4096;
/// With base64 it stays below the half megabyte that our service takes.
constexpr std::size_t chunk_of_our_service = std::size_t{256} * 1024;
constexpr unsigned file_type_mask = 0170000;
constexpr unsigned directory_type = 0040000;
constexpr unsigned permission_mask = 0777;

/// Takes what is before `end` off the text, and `end` itself.
std::string_view take_until(std::string_view& text, char end) {
  auto const at = std::min(text.find(end), text.size());
  auto const taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

template <class Number>
Number number_in(std::string_view text, int base) {
  Number number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size())
    throw CopyError(fmt::format("The far side's list of files cannot be read: \"{}\" is no number.", text));
  return number;
}

Entry read_entry(std::string_view line) {
  auto const mode = number_in<unsigned>(take_until(line, ' '), 16);
  Entry entry;
  entry.directory = (mode & file_type_mask) == directory_type;
  entry.mode = mode & permission_mask;
  entry.size = number_in<std::uint64_t>(take_until(line, ' '), 10);
  if (entry.directory) entry.size = 0;
  entry.modified = number_in<std::int64_t>(line, 10);
  return entry;
}

std::string name_below_root(std::string_view shown) {
  if (shown == ".") return {};
  if (shown.starts_with("./") && stays_below(shown.substr(2))) return std::string(shown.substr(2));
  throw CopyError(fmt::format("The far side names the file \"{}\", which is not below its folder.", shown));
}

std::string list_of(std::vector<std::string> const& names, char end) {
  std::string list;
  for (auto const& name : names) list.append("./").append(name) += end;
  return list;
}

}  // namespace

RemoteProcess::RemoteProcess(client::Shell& shell, client::CommandLine const& line)
    : command_(shell.start(line)) {}

RemoteProcess::~RemoteProcess() {
  try {
    command_.signal(client::Signal::terminate);
  } catch (client::Failure const&) {
    // The shell's deletion ends it, too.
  }
}

std::optional<std::string> RemoteProcess::next_chunk() {
  while (!exit_code_) {
    auto received = command_.receive();
    exit_code_ = received.exit_code;
    std::string bytes;
    for (auto& chunk : received.chunks) {
      if (chunk.stream != "stderr")
        bytes = bytes.empty() ? std::move(chunk.bytes) : bytes + chunk.bytes;
      else if (errors_.size() < kept_errors)
        errors_ += chunk.bytes.substr(0, kept_errors - errors_.size());
    }
    if (!bytes.empty()) return bytes;
  }
  if (*exit_code_ == 0) return std::nullopt;
  auto const end = errors_.find_last_not_of(" \r\n");
  throw CopyError(end == std::string::npos
                      ? fmt::format("The program on the far side ended with status {}.", *exit_code_)
                      : fmt::format("The far side says: {}", errors_.substr(0, end + 1)));
}

std::optional<std::string> RemoteProcess::read() {
  if (!ahead_.empty()) return std::exchange(ahead_, {});
  return next_chunk();
}

std::string RemoteProcess::read_line() {
  while (ahead_.find('\n') == std::string::npos) {
    auto const more = next_chunk();
    if (!more) throw CopyError("The far side ended without an answer.");
    ahead_ += *more;
  }
  std::string_view rest = ahead_;
  std::string line(take_until(rest, '\n'));
  ahead_ = std::string(rest);
  return line;
}

std::string RemoteProcess::read_all() {
  std::string text;
  while (auto const more = read()) text += *more;
  return text;
}

Tree read_tree(std::string_view text) {
  Tree tree;
  auto const kind = take_until(text, '\n');
  if (kind == "directory") tree.kind = Kind::directory;
  if (kind == "file") tree.kind = Kind::file;
  if (kind == "other") tree.kind = Kind::other;
  if (text.empty()) return tree;
  for (auto line = take_until(text, '\n'); !line.empty(); line = take_until(text, '\n'))
    tree.entries.push_back(read_entry(line));
  for (auto& entry : tree.entries) {
    if (text.find('\0') == std::string_view::npos)
      throw CopyError("The far side's files changed while they were listed. Try again.");
    entry.path = name_below_root(take_until(text, '\0'));
  }
  if (!text.starts_with('\0'))
    throw CopyError("The far side's files changed while they were listed. Try again.");
  text.remove_prefix(1);
  while (!text.empty()) tree.skipped.push_back(name_below_root(take_until(text, '\0')));
  return tree;
}

Kind Remote::kind(std::string const& path) const {
  return read_tree(start(dialect_->look(path, false))->read_all()).kind;
}

Tree Remote::tree(std::string const& path) const {
  return read_tree(start(dialect_->look(path, true))->read_all());
}

void Remote::run(client::CommandLine const& line) const { static_cast<void>(start(line)->read_all()); }

void Remote::make_directories(std::string const& base, std::vector<std::string> const& names) const {
  auto const process = start(dialect_->make_directories(base));
  auto const list = list_of(names, '\0');
  for (std::size_t at = 0; at < list.size(); at += chunk_bytes_)
    process->send(std::string_view(list).substr(at, chunk_bytes_));
  process->end_input();
  static_cast<void>(process->read_all());
}

std::map<std::string, std::string> Remote::hashes(std::string const& folder,
                                                  std::vector<std::string> const& names) const {
  if (names.empty()) return {};
  constexpr std::size_t hash_digits = 64;
  auto const process = start(dialect_->hashes(folder));
  process->end_input(list_of(names, '\0'));
  std::string shown;
  try {
    while (auto const more = process->read()) shown += *more;
  } catch (CopyError const&) {
    // Of files that are not there; who asks sees which.
  }
  std::map<std::string, std::string> hashes;
  for (std::string_view text = shown; !text.empty();) {
    auto const line = take_until(text, '\n');
    if (line.size() > hash_digits + 4 && line.substr(hash_digits + 2, 2) == "./")
      hashes.emplace(line.substr(hash_digits + 4), line.substr(0, hash_digits));
  }
  return hashes;
}

Remote make_remote(client::Session& session, client::Shell& shell) {
  auto const answer = wsman::read_identify(session.identify());
  bool const windows = answer && answer->product_vendor.find("Microsoft") != std::string::npos;
  if (windows) return Remote(shell, windows_dialect(), client::send_chunk_bytes);
  return Remote(shell, unix_dialect(), chunk_of_our_service);
}

}  // namespace winrm::tools::winrcp_tool
