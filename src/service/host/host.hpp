#pragma once

namespace winrm::service::host {

/// Runs an account's host: becomes the account when the broker says so, serves the channels it gives until
/// the account is idle for long enough or the broker hangs up. `control` is the socket to the broker. Returns
/// the process's exit status.
[[nodiscard]] int run(int control);

}  // namespace winrm::service::host
