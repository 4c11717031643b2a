#pragma once

namespace winrm::service::front {

/// Runs the network process: takes listeners, keys and settings from the broker on `control`, gives up every
/// right, and serves HTTP until the broker says stop or hangs up. Returns the process's exit status.
[[nodiscard]] int run(int control);

}  // namespace winrm::service::front
