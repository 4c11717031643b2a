#pragma once

#include <span>
#include <string>
#include <vector>

#include "cim/method.hpp"
#include "cim/schema.hpp"
#include "system/host.hpp"

/// What Win32_UserAccount and Win32_Group have in common: their value map, their Rename, and how the programs
/// of the shadow suite (usermod(8) and its like), which keep the rules of the account files, are asked.
namespace winrm::providers {

inline constexpr cim::ValueName sid_types[] = {
    {1, "SidTypeUser"},    {2, "SidTypeGroup"},          {3, "SidTypeDomain"},
    {4, "SidTypeAlias"},   {5, "SidTypeWellKnownGroup"}, {6, "SidTypeDeletedAccount"},
    {7, "SidTypeInvalid"}, {8, "SidTypeUnknown"},        {9, "SidTypeComputer"}};

inline constexpr cim::Parameter rename_parameters[] = {cim::in<std::string>("Name")};

/// Lower and upper case letters, digits, '_', '.' and '-', beginning with a letter or '_', at most 32 bytes:
/// what every tool of the account files takes.
[[nodiscard]] bool is_account_name(std::string_view name);

/// Runs `arguments`, whose first is a program of the shadow suite without its folder, and returns its exit
/// status. Throws cim::Failure (access denied) when the calling account may not change accounts, (not
/// supported) when the machine has no such program.
[[nodiscard]] int change_accounts(system::Host const& host, std::vector<std::string> arguments);

/// As change_accounts(); throws cim::Failure for every other error too. `what` begins its message.
void require_change(system::Host const& host, std::vector<std::string> arguments, std::string const& what);

}  // namespace winrm::providers
