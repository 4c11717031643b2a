#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "auth/sha256.hpp"
#include "base/unicode.hpp"
#include "tools/winrcp/copy.hpp"
#include "tools/winrcp/local.hpp"
#include "tools/winrcp/location.hpp"
#include "tools/winrcp/tar.hpp"

/// How single files and batches of small ones go over.
namespace winrm::tools::winrcp_tool {
namespace {

/// What was left behind may belong to a file that changed without a trace: then once again from the start.
constexpr int attempts = 2;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

/// Arguments of programs travel in XML.
void require_sendable(std::string path) {
  if (unicode::is_valid_utf8(path) && std::ranges::none_of(path, is_control)) return;
  std::ranges::replace_if(path, is_control, '?');
  throw CopyError(fmt::format("The name \"{}\" has characters that cannot be sent. Rename the file.", path));
}

std::uint64_t number_in(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find_first_of(" \r"));
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    throw CopyError(fmt::format("The far side answered \"{}\", which is no size.", text));
  return number;
}

std::string hash_in(std::string_view line) { return std::string(line.substr(0, line.find_first_of(" \r"))); }

CopyError damaged(std::string const& path) {
  return CopyError(fmt::format("{} arrived damaged; perhaps it was written to meanwhile. Try again.", path));
}

/// Gathers small pieces into whole messages.
class ChunkedInput {
 public:
  ChunkedInput(RemoteProcess& process, std::size_t chunk_bytes)
      : process_(process), chunk_bytes_(chunk_bytes) {}
  void write(std::string_view bytes) {
    pending_ += bytes;
    while (pending_.size() >= chunk_bytes_) {
      process_.send(std::string_view(pending_).substr(0, chunk_bytes_));
      pending_.erase(0, chunk_bytes_);
    }
  }
  void end() { process_.end_input(pending_); }

 private:
  RemoteProcess& process_;
  std::size_t chunk_bytes_;
  std::string pending_;
};

}  // namespace

void Copy::send_file(std::string const& source, std::string const& target, Entry const& entry) {
  require_sendable(target);
  auto const part = part_path(target, entry);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto process = remote_.start(remote_.dialect().append(part));
    auto const there = number_in(process->read_line());
    if (there > entry.size) {
      process.reset();
      remote_.run(remote_.dialect().discard(part));
      continue;
    }
    local::Reader reader(source);
    auth::Sha256 hash;
    std::uint64_t sent = 0;
    for (auto bytes = reader.read(remote_.chunk_bytes()); !bytes.empty();
         bytes = reader.read(remote_.chunk_bytes())) {
      check_cancelled();
      hash.update(bytes);
      auto const known =
          static_cast<std::size_t>(std::min<std::uint64_t>(there - std::min(there, sent), bytes.size()));
      if (known < bytes.size()) process->send(std::string_view(bytes).substr(known));
      sent += bytes.size();
      progress_.done_bytes += bytes.size();
    }
    process->end_input();
    bool const equal = hash_in(process->read_line()) == hash.hex();
    static_cast<void>(process->read_all());
    if (equal) {
      remote_.run(remote_.dialect().settle(part, target, entry));
      ++progress_.done_files;
      return;
    }
    process.reset();
    remote_.run(remote_.dialect().discard(part));
    progress_.done_bytes -= sent;
  }
  throw damaged(target);
}

void Copy::send_batch(std::string const& source, std::string const& target, Files const& files) {
  auto const process = remote_.start(remote_.dialect().unpack(target));
  ChunkedInput archive(*process, remote_.chunk_bytes());
  for (auto const& file : files) {
    check_cancelled();
    std::string bytes;
    try {
      bytes = local::Reader(join(source, file.path)).read(file.size);
    } catch (CopyError const&) {
      continue;  // it is missing when the hashes are compared, and tried again for itself
    }
    bytes.resize(file.size);  // one that shrank does not fit its header any more; its hash will tell
    archive.write(tar_header("./" + file.path, file));
    archive.write(bytes);
    archive.write(tar_padding(file.size));
  }
  archive.write(tar_end());
  archive.end();
  try {
    static_cast<void>(process->read_all());
  } catch (CopyError const&) {
    // What could not be unpacked is missing below.
  }
  for (auto const& file : differing(source, target, files)) {
    try {
      send_file(join(source, file.path), join(target, file.path), file);
    } catch (CopyError const& error) {
      record(error.what());
    }
  }
}

void Copy::fetch_file(std::string const& source, std::string const& target, Entry const& entry) {
  require_sendable(source);
  auto const part = part_path(target, entry);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    local::Writer writer(part, attempt == 0);
    if (writer.size() > entry.size) continue;
    auth::Sha256 hash;
    local::Reader begun(part);
    for (auto bytes = begun.read(remote_.chunk_bytes()); !bytes.empty();
         bytes = begun.read(remote_.chunk_bytes()))
      hash.update(bytes);
    progress_.done_bytes += writer.size();
    auto const hashing = remote_.start(remote_.dialect().hash(source));
    auto const reading = remote_.start(remote_.dialect().read(source, writer.size()));
    while (auto const bytes = reading->read()) {
      check_cancelled();
      hash.update(*bytes);
      writer.write(*bytes);
      progress_.done_bytes += bytes->size();
    }
    if (hash_in(hashing->read_line()) == hash.hex()) {
      writer.settle(target, entry);
      ++progress_.done_files;
      return;
    }
    progress_.done_bytes -= writer.size();
    writer.discard();
  }
  throw damaged(source);
}

void Copy::fetch_batch(std::string const& source, std::string const& target, Files const& files) {
  std::map<std::string, Entry const*> wanted;
  std::string names;
  for (auto const& file : files) {
    auto const name = "./" + file.path;
    wanted.emplace(name, &file);
    names.append(name).append("\n");
  }
  Entry const* current = nullptr;
  std::optional<local::Writer> writer;
  TarReader::Handler handler;
  handler.begin = [&](std::string const& name, std::uint64_t) {
    auto const found = wanted.find(name);
    current = found == wanted.end() ? nullptr : found->second;  // nothing that was not asked for
    if (current) writer.emplace(part_path(join(target, current->path), *current), false);
  };
  handler.bytes = [&](std::string_view bytes) {
    if (current) writer->write(bytes);
  };
  handler.end = [&] {
    if (current) writer->settle(join(target, current->path), *current);
    writer.reset();
  };
  TarReader archive(std::move(handler));
  auto const process = remote_.start(remote_.dialect().pack(source));
  process->end_input(names);
  try {
    while (auto const bytes = process->read()) {
      check_cancelled();
      if (auto fed = archive.feed(*bytes); !fed)
        throw CopyError(fmt::format("The archive of the far side cannot be read: {}.", fed.error().message));
    }
  } catch (CopyError const&) {
    // What did not come differs below.
  }
  Files here;
  Files missing;
  for (auto const& file : files) {
    bool const there = local::kind(join(target, file.path)) == Kind::file;
    (there ? here : missing).push_back(file);
  }
  auto const different = differing(target, source, here);
  missing.insert(missing.end(), different.begin(), different.end());
  for (auto const& file : missing) {
    try {
      fetch_file(join(source, file.path), join(target, file.path), file);
    } catch (CopyError const& error) {
      record(error.what());
    }
  }
}

}  // namespace winrm::tools::winrcp_tool
