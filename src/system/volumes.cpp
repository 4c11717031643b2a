#include "system/volumes.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"

namespace winrm::system {

namespace {

[[nodiscard]] std::error_code last_error() { return {errno, std::generic_category()}; }
[[nodiscard]] std::error_code outcome(int result) { return result == 0 ? std::error_code() : last_error(); }

UniqueFd open_folder(std::string const& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

class RealVolumes final : public Volumes {
 public:
  std::optional<std::string> label(std::string const& mount_point) const override {
    auto const folder = open_folder(mount_point);
    std::array<char, FSLABEL_MAX> text{};
    if (!folder || ::ioctl(folder.get(), FS_IOC_GETFSLABEL, text.data()) != 0) return std::nullopt;
    return std::string(text.data(), ::strnlen(text.data(), text.size()));
  }

  std::error_code set_label(std::string const& mount_point, std::string const& label) const override {
    std::array<char, FSLABEL_MAX> text{};
    if (label.size() >= text.size()) return std::make_error_code(std::errc::invalid_argument);
    std::ranges::copy(label, text.begin());
    auto const folder = open_folder(mount_point);
    if (!folder) return last_error();
    return outcome(::ioctl(folder.get(), FS_IOC_SETFSLABEL, text.data()));
  }

  std::error_code mount(std::string const& device, std::string const& folder,
                        std::string const& type) const override {
    return outcome(::mount(device.c_str(), folder.c_str(), type.c_str(), 0, nullptr));
  }

  std::error_code unmount(std::string const& mount_point, bool force) const override {
    return outcome(::umount2(mount_point.c_str(), UMOUNT_NOFOLLOW | (force ? MNT_DETACH : 0)));
  }
};

}  // namespace

std::unique_ptr<Volumes> make_volumes() { return std::make_unique<RealVolumes>(); }

}  // namespace winrm::system
