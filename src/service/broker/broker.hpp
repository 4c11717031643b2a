#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"

namespace winrm::service::broker {

/// Runs the service in the foreground until SIGTERM or SIGINT: binds the listeners, starts the front,
/// verifies credentials, starts hosts. Prints "winrmd: ready" when every listener accepts. SIGHUP, and a
/// change of a policy or certificate file, make it read `file` again. An error means that the service could
/// not start.
[[nodiscard]] Result<void> run(config::Settings settings, std::filesystem::path const& file);

}  // namespace winrm::service::broker
