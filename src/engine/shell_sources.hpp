#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/command.hpp"
#include "engine/plugin.hpp"
#include "engine/shell.hpp"

/// Shells and their commands as items of enumerations (wire reference 8.1).
namespace winrm::engine {

/// All of `shells` for `…/windows/shell`, those of one kind for its own resource URI. Throws for a filter.
[[nodiscard]] std::unique_ptr<ItemSource> shell_source(std::vector<std::shared_ptr<Shell>> shells,
                                                       std::string_view resource_uri,
                                                       EnumerateRequest const& request);

/// The ShellId of the SelectorFilter without which commands are not enumerated. Throws wsman::Fault.
[[nodiscard]] std::string shell_id_of_filter(EnumerateRequest const& request);

/// Throws for a mode with references: commands have none.
[[nodiscard]] std::unique_ptr<ItemSource> command_source(std::vector<std::shared_ptr<Command>> commands,
                                                         EnumerateRequest const& request);

}  // namespace winrm::engine
