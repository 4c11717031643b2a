#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tools/winrcp/entry.hpp"

/// The archive in which small files travel: pax (POSIX.1-2001) as it is written, ustar, pax and GNU tar's
/// long names as they are read.
namespace winrm::tools::winrcp_tool {

/// The header of an entry; its bytes and tar_padding() follow.
[[nodiscard]] std::string tar_header(std::string_view name, Entry const& entry);
/// What fills the last block of a file of `size` bytes.
[[nodiscard]] std::string tar_padding(std::uint64_t size);
[[nodiscard]] std::string tar_end();

/// Takes an archive apart as it comes.
class TarReader {
 public:
  /// A file begins, has bytes, ends. Other kinds of entries are passed over.
  struct Handler {
    std::function<void(std::string const& name, std::uint64_t size)> begin;
    std::function<void(std::string_view bytes)> bytes;
    std::function<void()> end;
  };
  explicit TarReader(Handler handler) : handler_(std::move(handler)) {}

  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// The archive ended where it says that it ends.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  enum class Content { file, name, pax, other };
  [[nodiscard]] Result<void> read_header(std::string_view block);
  void take_content(std::string_view bytes);
  void end_content();

  Handler handler_;
  std::string block_;  ///< of a header, as far as it came
  std::uint64_t left_ = 0;
  std::uint64_t padding_ = 0;
  Content content_ = Content::other;
  std::string text_;  ///< of a long name or pax records
  std::string long_name_;
  bool complete_ = false;
};

}  // namespace winrm::tools::winrcp_tool
