#pragma once

#include <memory>

#include "engine/shell_plugin.hpp"

namespace winrm::plugins::shell {

/// The command shell (`…/windows/shell/cmd`, MS-WSMV 3.1.4.1.31). A command line runs in the login shell of
/// the principal's account; with WINRS_SKIP_CMD_SHELL the program is executed directly, one argument for each
/// rsp:Arguments. Output is passed on byte for byte whatever WINRS_CODEPAGE says: Linux programs write UTF-8.
///
/// The processes run with the rights of the calling process: a host that already is the account. One thread
/// serves the pipes of all shells; it ends with the plug-in. Nothing that a command started outlives its
/// shell or the calling process (plugins/shell/guard.hpp).
[[nodiscard]] std::unique_ptr<engine::ShellPlugin> make_cmd_shell_plugin();

}  // namespace winrm::plugins::shell
