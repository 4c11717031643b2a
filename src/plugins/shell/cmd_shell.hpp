#pragma once

#include <memory>

#include "base/changeable.hpp"
#include "engine/shell_plugin.hpp"
#include "plugins/shell/quota.hpp"

namespace winrm::plugins::shell {

/// The command shell (`…/windows/shell/cmd`, MS-WSMV 3.1.4.1.31). A command line runs in the login shell of
/// the principal's account; with WINRS_SKIP_CMD_SHELL the program is executed directly, one argument for each
/// rsp:Arguments. Output is passed on byte for byte whatever WINRS_CODEPAGE says: Linux programs write UTF-8.
///
/// The processes run with the rights of the calling process: a host that already is the account. One thread
/// serves the pipes of all shells; it ends with the plug-in. Nothing that a command started outlives its
/// shell or the calling process (plugins/shell/guard.hpp).
///
/// `quota` holds for each shell and may change at any time.
[[nodiscard]] std::unique_ptr<engine::ShellPlugin> make_cmd_shell_plugin(
    std::shared_ptr<Changeable<ShellQuota> const> quota =
        std::make_shared<Changeable<ShellQuota>>(ShellQuota{}));

}  // namespace winrm::plugins::shell
