#pragma once

#include <filesystem>
#include <functional>

#include "base/unique_fd.hpp"
#include "config/edit.hpp"
#include "config/settings.hpp"

namespace winrm::plugins::config_resource {

/// Tells the running service to read its configuration again and waits for what it says; absent when no
/// service runs.
using Reload = std::function<Result<void>()>;

/// The configuration file and the policy beside it. Changes are checked as a whole before they are written,
/// and written as a whole.
class Store {
 public:
  Store(std::filesystem::path file, Reload reload) : file_(std::move(file)), reload_(std::move(reload)) {}

  /// Whoever changes something holds this from before he reads until he has written: one at a time, in all
  /// processes, so that places in lists stay right and no change is lost. Throws wsman::Fault.
  [[nodiscard]] UniqueFd exclusively() const;

  /// What the files say now. Throws wsman::Fault (CONFIG_CORRUPTED) with file, line and reason.
  [[nodiscard]] config::Settings settings() const;

  /// Applies `edit` to the file's text. When the service refuses the outcome (an address that is taken), the
  /// file gets its old text back. Throws wsman::Fault. Held exclusively(), as for rescue().
  using Edit = std::function<Result<void>(config::FileEditor&)>;
  void change(Edit const& edit);

  /// Puts what config::salvage() finds in place of a file that cannot be used, and keeps that beside it as
  /// FILE.damaged. Does nothing to a file that is right. Throws wsman::Fault.
  void rescue();

  /// Where the file is: relative paths in it begin there.
  [[nodiscard]] std::filesystem::path folder() const {
    return std::filesystem::absolute(file_).parent_path();
  }

 private:
  void write(std::string const& text) const;
  void use(std::string const& text, std::string const& before);

  std::filesystem::path file_;
  Reload reload_;
};

}  // namespace winrm::plugins::config_resource
