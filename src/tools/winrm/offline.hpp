#pragma once

#include <filesystem>

#include "client/connection.hpp"

namespace winrm::tools::winrm_tool {

/// The service's configuration file: WINRM_CONFIG, else the usual one.
[[nodiscard]] std::filesystem::path service_file();

/// `transport`, except that winrm/config of this machine is read and changed straight in the file while no
/// service runs, for those who may: root and the owner of the file.
[[nodiscard]] client::Transport with_offline_configuration(client::Transport transport,
                                                           std::filesystem::path file);

}  // namespace winrm::tools::winrm_tool
