#pragma once

#include <string>

#include "cim/method.hpp"

/// What the methods of Win32_Service do, apart from its row. Return values are those that Windows documents.
namespace winrm::providers::service_methods {

inline constexpr cim::ValueName return_codes[] = {{0, "Success"},
                                                  {1, "Not Supported"},
                                                  {2, "Access Denied"},
                                                  {3, "Dependent Services Running"},
                                                  {4, "Invalid Service Control"},
                                                  {5, "Service Cannot Accept Control"},
                                                  {6, "Service Not Active"},
                                                  {7, "Service Request Timeout"},
                                                  {8, "Unknown Failure"},
                                                  {9, "Path Not Found"},
                                                  {10, "Service Already Running"},
                                                  {11, "Service Database Locked"},
                                                  {12, "Service Dependency Deleted"},
                                                  {13, "Service Dependency Failure"},
                                                  {14, "Service Disabled"},
                                                  {15, "Service Logon Failure"},
                                                  {16, "Service Marked For Deletion"},
                                                  {17, "Service No Thread"},
                                                  {18, "Status Circular Dependency"},
                                                  {19, "Status Duplicate Name"},
                                                  {20, "Status Invalid Name"},
                                                  {21, "Status Invalid Parameter"},
                                                  {22, "Status Invalid Service Account"},
                                                  {23, "Status Service Exists"},
                                                  {24, "Service Already Paused"}};

inline constexpr cim::Parameter control_parameters[] = {cim::in<std::uint8_t>("ControlCode")};
inline constexpr cim::Parameter start_mode_parameters[] = {cim::in<std::string>("StartMode")};
inline constexpr cim::Parameter create_parameters[] = {
    cim::in<std::string>("Name"),
    cim::in<std::string>("DisplayName"),
    cim::in<std::string>("PathName"),
    cim::in<std::uint8_t>("ServiceType").optional(),
    cim::in<std::uint8_t>("ErrorControl").optional(),
    cim::in<std::string>("StartMode").optional(),
    cim::in<bool>("DesktopInteract").optional(),
    cim::in<std::string>("StartName").optional(),
    cim::in<std::string>("StartPassword").optional(),
    cim::in<std::string>("LoadOrderGroup").optional(),
    cim::in<std::vector<std::string>>("LoadOrderGroupDependencies").optional(),
    cim::in<std::vector<std::string>>("ServiceDependencies").optional()};
inline constexpr cim::Parameter change_parameters[] = {
    cim::in<std::string>("DisplayName").optional(),
    cim::in<std::string>("PathName").optional(),
    cim::in<std::uint32_t>("ServiceType").optional(),
    cim::in<std::uint32_t>("ErrorControl").optional(),
    cim::in<std::string>("StartMode").optional(),
    cim::in<bool>("DesktopInteract").optional(),
    cim::in<std::string>("StartName").optional(),
    cim::in<std::string>("StartPassword").optional(),
    cim::in<std::string>("LoadOrderGroup").optional(),
    cim::in<std::vector<std::string>>("LoadOrderGroupDependencies").optional(),
    cim::in<std::vector<std::string>>("ServiceDependencies").optional()};

[[nodiscard]] cim::MethodResult start(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult stop(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult restart(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult pause(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult resume(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult interrogate(system::Host const& host, std::string const& name);
[[nodiscard]] cim::MethodResult user_control(cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult change_start_mode(system::Host const& host, std::string const& name,
                                                  cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult change(system::Host const& host, std::string const& name,
                                       cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult create(system::Host const& host, cim::NamedValues const& in);
[[nodiscard]] cim::MethodResult remove(system::Host const& host, std::string const& name);

}  // namespace winrm::providers::service_methods
