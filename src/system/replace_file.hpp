#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace winrm::system {

/// Makes `content` the whole of a file, or makes the file (mode 0644). Owner, group and mode stay, a symbolic
/// link is followed, and a reader sees the old content or the new one and no mixture, unless the file is a
/// mount point, which can only be written in place. Throws std::system_error.
void replace_file(std::string const& path, std::string_view content);

/// Waits until nobody else holds it, in this process or another, and holds it as long as the descriptor is
/// open. Who reads a file, and replaces it by what follows from that, holds it meanwhile, lest the change of
/// another be lost. It is a file of its own (".NAME.lock" beside the file), as the file is replaced, for the
/// file's owner alone, as anyone may lock what he can read. Throws std::system_error.
[[nodiscard]] UniqueFd lock_for_change(std::string const& path);

}  // namespace winrm::system
