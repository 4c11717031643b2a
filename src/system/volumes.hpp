#pragma once

#include <memory>
#include <optional>
#include <string>
#include <system_error>

/// File systems as a whole: their labels, and attaching them to folders.
namespace winrm::system {

/// Blocking; thread-safe. Changes return what the kernel refused them with.
class Volumes {
 public:
  virtual ~Volumes() = default;
  /// Of a mounted local file system; nothing where its driver does not tell (FS_IOC_GETFSLABEL).
  [[nodiscard]] virtual std::optional<std::string> label(std::string const& mount_point) const = 0;
  virtual std::error_code set_label(std::string const& mount_point, std::string const& label) const = 0;
  /// Shows the file system on `device` at `folder`, also when it is mounted elsewhere already.
  virtual std::error_code mount(std::string const& device, std::string const& folder,
                                std::string const& type) const = 0;
  /// With `force`, users of it lose it (MNT_DETACH); else EBUSY while there are any.
  virtual std::error_code unmount(std::string const& mount_point, bool force) const = 0;
};

[[nodiscard]] std::unique_ptr<Volumes> make_volumes();

}  // namespace winrm::system
