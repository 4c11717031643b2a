#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "client/shell.hpp"
#include "tools/winrcp/entry.hpp"

namespace winrm::tools::winrcp_tool {

/// What is run on the far side: each member gives one command line. All speak the same little protocol over
/// their standard streams, whatever the system. Names of lists end with NUL unless said otherwise, and begin
/// with "./".
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// Prints "directory", "file", "other" or "absent" and a line feed; with `whole`, for a file or a folder,
  /// one line "MODE SIZE MODIFIED" for each entry (mode as in st_mode, hexadecimal), an empty line, and the
  /// names in the same order; at last the number of what is neither file nor folder.
  [[nodiscard]] virtual client::CommandLine look(std::string const& path, bool whole) const = 0;
  /// Makes `base` and, below it, the folders whose names come in.
  [[nodiscard]] virtual client::CommandLine make_directories(std::string const& base) const = 0;
  /// Prints how many bytes `part` has and a line feed, appends what comes in, prints the SHA-256 of all.
  [[nodiscard]] virtual client::CommandLine append(std::string const& part) const = 0;
  /// Gives `part` the mode and time of `entry` and the name `target`.
  [[nodiscard]] virtual client::CommandLine settle(std::string const& part, std::string const& target,
                                                   Entry const& entry) const = 0;
  [[nodiscard]] virtual client::CommandLine discard(std::string const& path) const = 0;
  /// Writes the bytes of the file from `offset` on.
  [[nodiscard]] virtual client::CommandLine read(std::string const& path, std::uint64_t offset) const = 0;
  /// Prints the SHA-256 of the file.
  [[nodiscard]] virtual client::CommandLine hash(std::string const& path) const = 0;

  /// Whether the three below exist: many files in one stream.
  [[nodiscard]] virtual bool packs() const = 0;
  /// Takes a tar archive apart in `folder`.
  [[nodiscard]] virtual client::CommandLine unpack(std::string const& folder) const = 0;
  /// Writes a tar archive of the files whose names come in, a line each.
  [[nodiscard]] virtual client::CommandLine pack(std::string const& folder) const = 0;
  /// Prints "SHA-256, two blanks, name" and a line feed for each file whose name comes in.
  [[nodiscard]] virtual client::CommandLine hashes(std::string const& folder) const = 0;
};

/// Any system with a POSIX shell, stat -c, tar, find -print0, xargs -0 and sha256sum: GNU or BusyBox.
[[nodiscard]] std::unique_ptr<Dialect const> unix_dialect();
/// Windows PowerShell 3 or newer, over the command shell.
[[nodiscard]] std::unique_ptr<Dialect const> windows_dialect();

}  // namespace winrm::tools::winrcp_tool
