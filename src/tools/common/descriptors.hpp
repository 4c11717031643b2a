#pragma once

#include <string_view>

#include "base/unique_fd.hpp"

namespace winrm::tools {

/// An eventfd. Throws std::system_error.
[[nodiscard]] UniqueFd make_event();
void raise_event(UniqueFd const& event);

/// Waits until `fd` can be read or `stop` is raised; false for stop.
[[nodiscard]] bool wait_readable(int fd, UniqueFd const& stop);
/// True when `fd` can be read within this time.
[[nodiscard]] bool is_readable(int fd, int milliseconds);

/// Our standard output or error was closed by whoever read it.
struct OutputClosed {};

/// Says what writing our output failed with: throws OutputClosed for EPIPE, else client::Failure.
[[noreturn]] void throw_output_failure(int error);

/// Writes everything. Throws what throw_output_failure() does.
void write_all(int fd, std::string_view bytes);

}  // namespace winrm::tools
