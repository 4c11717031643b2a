#pragma once

#include <string>
#include <system_error>

#include "cim/failure.hpp"

/// Why a change was refused, in the words of CIM: access denied for EPERM and EACCES, not supported for
/// ENOTSUP and so on; failed for what CIM has no word for.
namespace winrm::providers {

/// "<what>: <why>"; `what` is a sentence such as "the clock cannot be set".
[[nodiscard]] cim::Failure failure_of(std::error_code const& refused, std::string const& what);

/// The same of an error that was thrown, with what it tells.
[[noreturn]] void throw_failure(std::system_error const& error, std::string const& what);

}  // namespace winrm::providers
