#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

/// Changes to the text of a configuration file that keep everything else as it stands: comments, order,
/// unknown keys, line ends.
namespace winrm::config {

/// A key and its value as TOML ("false", "5985", "\"Relaxed\"").
using TomlEntry = std::pair<std::string, std::string>;

class FileEditor {
 public:
  /// `text` must be valid TOML; the error says where it is not.
  [[nodiscard]] static Result<FileEditor> open(std::string text, std::string_view name);

  /// Sets "Service.Auth" / "Basic", in the place it has, or behind the last key of its table, or in a new
  /// table at the end. Names compare without case.
  [[nodiscard]] Result<void> set(std::string_view table, std::string_view name, std::string_view literal);
  /// Takes the key's lines out, so that its default holds. Does nothing when it is not there.
  [[nodiscard]] Result<void> reset(std::string_view table, std::string_view name);

  /// The same for the `index`th [[list]] of the file.
  [[nodiscard]] Result<void> set_entry(std::string_view list, std::size_t index, std::string_view name,
                                       std::string_view literal);
  [[nodiscard]] Result<void> reset_entry(std::string_view list, std::size_t index, std::string_view name);
  [[nodiscard]] Result<void> add_entry(std::string_view list, std::vector<TomlEntry> const& entries);
  [[nodiscard]] Result<void> remove_entry(std::string_view list, std::size_t index);

  [[nodiscard]] std::string const& text() const noexcept { return text_; }

 private:
  FileEditor(std::string text, std::string_view name) : text_(std::move(text)), name_(name) {}

  std::string text_;
  std::string name_;
};

}  // namespace winrm::config
