#pragma once

#include <string>
#include <system_error>

/// Why a change was refused, in the words of CIM.
namespace winrm::providers {

/// Throws cim::Failure: access denied for EPERM and EACCES, not supported for ENOTSUP, failed for the rest.
/// `what` begins the message: "the clock cannot be set".
[[noreturn]] void throw_failure(std::system_error const& error, std::string const& what);

}  // namespace winrm::providers
