#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "client/shell.hpp"
#include "tools/winrcp/dialect.hpp"
#include "tools/winrcp/entry.hpp"

namespace winrm::tools::winrcp_tool {

/// Why something was not copied, in words for the user.
class CopyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A program on the far side and its streams.
class RemoteProcess {
 public:
  RemoteProcess(client::Shell& shell, client::CommandLine const& line);
  /// Ends it, if it runs.
  ~RemoteProcess();
  RemoteProcess(RemoteProcess const&) = delete;
  RemoteProcess& operator=(RemoteProcess const&) = delete;

  void send(std::string_view bytes) { command_.send(bytes, false); }
  /// Closes its input; `last` goes before.
  void end_input(std::string_view last = {}) { command_.send(last, true); }
  /// What it wrote next; nothing when it ended. Throws CopyError when it failed.
  [[nodiscard]] std::optional<std::string> read();
  /// Up to a line feed, which is taken, too.
  [[nodiscard]] std::string read_line();
  [[nodiscard]] std::string read_all();

 private:
  [[nodiscard]] std::optional<std::string> next_chunk();

  client::Command command_;
  std::string ahead_;   ///< received, not read
  std::string errors_;  ///< the beginning of what it wrote to stderr
  std::optional<std::uint32_t> exit_code_;
};

/// The files of the far side. Thread-safe: each operation has processes of its own in the one shell.
class Remote {
 public:
  /// `chunk_bytes` is how much goes into one message.
  Remote(client::Shell& shell, std::unique_ptr<Dialect const> dialect, std::size_t chunk_bytes)
      : shell_(shell), dialect_(std::move(dialect)), chunk_bytes_(chunk_bytes) {}

  [[nodiscard]] Dialect const& dialect() const { return *dialect_; }
  [[nodiscard]] std::size_t chunk_bytes() const { return chunk_bytes_; }
  [[nodiscard]] std::unique_ptr<RemoteProcess> start(client::CommandLine const& line) const {
    return std::make_unique<RemoteProcess>(shell_, line);
  }

  [[nodiscard]] Kind kind(std::string const& path) const;
  [[nodiscard]] Tree tree(std::string const& path) const;
  void make_directories(std::string const& base, std::vector<std::string> const& names) const;
  /// SHA-256 by name. Files that are not there are absent.
  [[nodiscard]] std::map<std::string, std::string> hashes(std::string const& folder,
                                                          std::vector<std::string> const& names) const;
  /// Runs what answers with nothing.
  void run(client::CommandLine const& line) const;

 private:
  client::Shell& shell_;
  std::unique_ptr<Dialect const> const dialect_;
  std::size_t const chunk_bytes_;
};

/// The dialect that a service's Identify speaks for.
[[nodiscard]] Remote make_remote(client::Session& session, client::Shell& shell);

/// What Dialect::look() printed. Throws CopyError when it is damaged or names a file above its root.
[[nodiscard]] Tree read_tree(std::string_view text);

}  // namespace winrm::tools::winrcp_tool
