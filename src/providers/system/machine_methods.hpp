#pragma once

#include <string>

#include "cim/method.hpp"
#include "system/host.hpp"

/// What the methods of Win32_OperatingSystem and Win32_ComputerSystem do to the machine. What the account may
/// not do fails as access denied.
namespace winrm::providers {

/// Win32 error codes that these methods answer.
inline constexpr cim::ValueName machine_results[] = {
    {0, "Success"}, {5, "Access denied"}, {87, "Invalid parameter"}};

inline constexpr cim::Parameter shutdown_parameters[] = {cim::in<std::int32_t>("Flags"),
                                                         cim::in<std::int32_t>("Reserved").optional()};
inline constexpr cim::Parameter shutdown_tracker_parameters[] = {
    cim::in<std::uint32_t>("Timeout"), cim::in<std::string>("Comment").optional(),
    cim::in<std::uint32_t>("ReasonCode").optional(), cim::in<std::int32_t>("Flags")};
inline constexpr cim::Parameter set_time_parameters[] = {cim::in<DateTime>("LocalDatetime")};
inline constexpr cim::Parameter rename_computer_parameters[] = {cim::in<std::string>("Name"),
                                                                cim::in<std::string>("Password").optional(),
                                                                cim::in<std::string>("UserName").optional()};

[[nodiscard]] cim::MethodResult reboot(system::Host const& host);
[[nodiscard]] cim::MethodResult shut_down(system::Host const& host);
/// `Flags`: 1 or 8 ends the machine, 2 restarts it, each with 4 added or not.
[[nodiscard]] cim::MethodResult win32_shutdown(system::Host const& host, cim::NamedValues const& in);
/// The same after `Timeout` seconds, with `Comment` shown to those who are logged on.
[[nodiscard]] cim::MethodResult win32_shutdown_tracker(system::Host const& host, cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult set_date_time(system::Host const& host, cim::NamedValues const& in);
/// Answers access denied as a code, as Windows does. Takes effect at once.
[[nodiscard]] cim::MethodResult rename_computer(system::Host const& host, cim::NamedValues const& in);

/// Keeps what people call the machine (PRETTY_HOSTNAME of machine-info(5)); an empty name takes it away.
void set_pretty_host_name(system::Host const& host, std::string const& name);

}  // namespace winrm::providers
