#include "system/block_devices.hpp"

#include "system/text.hpp"

namespace winrm::system {

namespace {

/// udev writes blanks and other awkward characters of a label as \x20.
std::string decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\x") && i + 3 < text.size()) {
      unsigned code = 0;
      auto const* digits = text.data() + i + 2;
      if (std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
        plain += static_cast<char>(code);
        i += 3;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

}  // namespace

std::optional<std::string> UdevProperties::find(std::string_view name) const {
  auto const value = text::value_of(entry_, "E:" + std::string(name), '=');
  if (!value || value->empty()) return std::nullopt;
  return decode(*value);
}

UdevProperties udev_entry(Host const& host, std::string const& id) {
  std::string content;
  if (!host.read("/run/udev/data/" + id, content)) content.clear();
  return UdevProperties(std::move(content));
}

UdevProperties udev_properties(Host const& host, std::string const& number) {
  return number.empty() ? UdevProperties("") : udev_entry(host, "b" + number);
}

BlockDevice block_device(Host const& host, std::string const& number) {
  BlockDevice device;
  std::string content;
  auto const folder = "/sys/dev/block/" + number;
  // A partition is as removable as the disk it is on.
  if (host.read(folder + "/removable", content) || host.read(folder + "/../removable", content)) {
    device.removable = text::trim(content) == "1";
  }
  auto const udev = udev_properties(host, number);
  device.label = udev.find("ID_FS_LABEL_ENC");
  device.uuid = udev.find("ID_FS_UUID");
  if (udev.find("ID_FS_USAGE") == "filesystem") device.file_system = udev.find("ID_FS_TYPE");
  return device;
}

}  // namespace winrm::system
