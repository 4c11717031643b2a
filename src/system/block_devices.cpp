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

BlockDevice block_device(Host const& host, std::string const& number) {
  BlockDevice device;
  std::string content;
  auto const folder = "/sys/dev/block/" + number;
  // A partition is as removable as the disk it is on.
  if (host.read(folder + "/removable", content) || host.read(folder + "/../removable", content)) {
    device.removable = text::trim(content) == "1";
  }
  if (host.read("/run/udev/data/b" + number, content)) {
    auto const property = [&](std::string_view name) -> std::optional<std::string> {
      auto const value = text::value_of(content, name, '=');
      if (!value || value->empty()) return std::nullopt;
      return decode(*value);
    };
    device.label = property("E:ID_FS_LABEL_ENC");
    device.uuid = property("E:ID_FS_UUID");
  }
  return device;
}

}  // namespace winrm::system
