#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace winrm::tools::winrs_tool {

/// UTF-8: output and input are passed on byte for byte.
inline constexpr std::uint32_t utf8_code_page = 65001;

/// Changes text between a Windows code page and UTF-8, piece by piece: a character may be cut by the border
/// of two pieces. Not thread-safe; copies share nothing.
class CodePageConverter {
 public:
  enum class Direction { to_utf8, from_utf8 };
  /// Throws UsageError for a code page that this machine does not know.
  CodePageConverter(std::uint32_t code_page, Direction direction);

  /// What does not exist in the other encoding becomes '?'.
  [[nodiscard]] std::string convert(std::string_view bytes);
  /// What is left of a character that was cut at the end of everything.
  [[nodiscard]] std::string finish();

 private:
  struct Closer {
    void operator()(void* descriptor) const noexcept;
  };
  /// Leaves out what iconv cannot convert.
  void skip(char*& from, std::size_t& left) const;

  bool to_utf8_;
  std::size_t unit_ = 1;                      ///< bytes of the code page's smallest piece
  std::unique_ptr<void, Closer> descriptor_;  ///< iconv_t is a pointer; empty for UTF-8
  std::string rest_;                          ///< of a character
};

}  // namespace winrm::tools::winrs_tool
