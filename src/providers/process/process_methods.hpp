#pragma once

#include <span>

#include "cim/method.hpp"
#include "system/proc.hpp"

/// What the methods of Win32_Process do, apart from its row.
namespace winrm::providers::process_methods {

inline constexpr cim::ValueName return_codes[] = {{0, "Successful completion"},  {2, "Access denied"},
                                                  {3, "Insufficient privilege"}, {8, "Unknown failure"},
                                                  {9, "Path not found"},         {21, "Invalid parameter"}};

inline constexpr cim::Parameter create_parameters[] = {
    cim::in<std::string>("CommandLine"), cim::in<std::string>("CurrentDirectory").optional(),
    cim::in<cim::EmbeddedInstance>("ProcessStartupInformation").of_class("Win32_ProcessStartup").optional(),
    cim::out<std::uint32_t>("ProcessId")};
inline constexpr cim::Parameter terminate_parameters[] = {cim::in<std::uint32_t>("Reason").optional()};
inline constexpr cim::Parameter owner_parameters[] = {cim::out<std::string>("User"),
                                                      cim::out<std::string>("Domain")};
inline constexpr cim::Parameter owner_sid_parameters[] = {cim::out<std::string>("Sid")};
inline constexpr cim::Parameter priority_parameters[] = {cim::in<std::int32_t>("Priority")};

[[nodiscard]] cim::MethodResult create(system::Host const& host, cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult terminate(system::Host const& host, system::proc::Pid pid);
[[nodiscard]] cim::MethodResult get_owner(system::Host const& host, system::proc::Pid pid);
[[nodiscard]] cim::MethodResult get_owner_sid(system::Host const& host, system::proc::Pid pid);
[[nodiscard]] cim::MethodResult set_priority(system::Host const& host, system::proc::Pid pid,
                                             cim::NamedValues const& in);

}  // namespace winrm::providers::process_methods
