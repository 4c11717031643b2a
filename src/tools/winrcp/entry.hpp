#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace winrm::tools::winrcp_tool {

/// A file or folder of a tree that is copied.
struct Entry {
  std::string path;  ///< below the tree's root, with slashes; "" is the root itself
  bool directory = false;
  std::uint64_t size = 0;     ///< of a file, in bytes
  std::int64_t modified = 0;  ///< seconds since 1970
  unsigned mode = 0644;       ///< permission bits

  /// Nobody has written to it since it was copied.
  [[nodiscard]] bool looks_like(Entry const& other) const {
    return directory == other.directory && size == other.size && modified == other.modified;
  }
};

enum class Kind { absent, file, directory, other };

/// What a path names, with all that is below it.
struct Tree {
  Kind kind = Kind::absent;
  std::vector<Entry> entries;        ///< folders before what is in them; of a file itself only
  std::vector<std::string> skipped;  ///< links, devices and the like, which are not copied: paths as in Entry
};

/// Where a file is put together before it is renamed to its name, beside it. The same file that was changed
/// meanwhile has another, so that nothing is ever appended to the beginning of another file.
[[nodiscard]] std::string part_path(std::string const& target, Entry const& source);

}  // namespace winrm::tools::winrcp_tool
