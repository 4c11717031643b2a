#pragma once

#include <memory>
#include <string>

#include "engine/plugin.hpp"

namespace winrm::plugins {

/// The resource `…/windows/EventLog`: the journal of systemd as Windows' event logs, for subscriptions. Reads
/// the local journal, or the one in `journal_folder` when it is not empty.
[[nodiscard]] std::unique_ptr<engine::Plugin> make_eventlog_plugin(std::string journal_folder = {});

}  // namespace winrm::plugins
