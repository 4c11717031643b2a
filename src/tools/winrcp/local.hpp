#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "tools/winrcp/entry.hpp"

/// The files of this machine. All throw CopyError.
namespace winrm::tools::winrcp_tool::local {

[[nodiscard]] Kind kind(std::string const& path);
/// Links are followed when `path` itself is one, and not below it.
[[nodiscard]] Tree tree(std::string const& path);
void make_directory(std::string const& path);

/// A file that is read from its beginning.
class Reader {
 public:
  explicit Reader(std::string const& path);
  /// Up to `most` bytes; fewer at the end only.
  [[nodiscard]] std::string read(std::size_t most);

 private:
  std::string path_;
  UniqueFd file_;
};

/// A file that is put together under another name.
class Writer {
 public:
  /// Goes on where an earlier one stopped with `keep`; else begins anew.
  Writer(std::string part, bool keep);
  /// How much there is.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  void write(std::string_view bytes);
  /// Gives it its time, its mode and its name.
  void settle(std::string const& target, Entry const& entry);
  void discard();

 private:
  std::string part_;
  UniqueFd file_;
  std::uint64_t size_ = 0;
};

[[nodiscard]] std::string hash(std::string const& path);

}  // namespace winrm::tools::winrcp_tool::local
