#pragma once

#include <string>
#include <string_view>

namespace winrm::system {

/// Makes `content` the whole of a file, or makes the file (mode 0644). Owner, group and mode stay, a symbolic
/// link is followed, and a reader sees the old content or the new one and no mixture, unless the file is a
/// mount point, which can only be written in place. Throws std::system_error.
void replace_file(std::string const& path, std::string_view content);

}  // namespace winrm::system
