#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "system/host.hpp"

/// Files and folders, looked at and changed as the account this process runs as. A symbolic link at the end
/// of a name stands for itself and is never followed.
namespace winrm::system {

enum class FileKind { regular, folder, link, device, pipe, socket };

struct FileStatus {
  FileKind kind = FileKind::regular;
  std::uint64_t size = 0;
  std::uint64_t links = 0;
  std::uint32_t mode = 0;  ///< permission bits
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::string device;  ///< of the file system it is on: "8:1"
  std::optional<SystemTime> created;
  SystemTime modified;
  SystemTime accessed;
  std::optional<bool> compressed;  ///< nothing where the file system does not say (statx attributes)
  std::optional<bool> encrypted;
  std::optional<std::string> security_label;  ///< of SELinux: "system_u:object_r:etc_t:s0"
  bool readable = false;                      ///< to this account
  bool writable = false;
  bool executable = false;  ///< or, of a folder, open to be entered
  bool owned = false;       ///< this account owns it, or has the right to act as if it did
};

/// Why an operation on several files stopped, and where.
struct FileFailure {
  std::error_code error;
  std::string path;
  explicit operator bool() const { return static_cast<bool>(error); }
};

/// Blocking; thread-safe. Nothing is ever overwritten: what is there already is EEXIST.
class Files {
 public:
  virtual ~Files() = default;
  [[nodiscard]] virtual std::optional<FileStatus> status(std::string const& path) const = 0;
  /// One file or link with its permissions and times; a folder with everything in it when `recursive`, else
  /// the folder and the files in it, without folders below.
  virtual FileFailure copy(std::string const& from, std::string const& to, bool recursive) const = 0;
  /// Within one file system: EXDEV otherwise.
  virtual std::error_code rename(std::string const& from, std::string const& to) const = 0;
  /// Anything but a folder: EISDIR.
  virtual FileFailure remove_file(std::string const& path) const = 0;
  /// A folder with everything in it. Never leaves it through a link, and never enters a file system that is
  /// mounted in it (EBUSY).
  virtual FileFailure remove_folder(std::string const& path) const = 0;
};

[[nodiscard]] std::unique_ptr<Files> make_files();

}  // namespace winrm::system
