#pragma once

#include <string>

namespace winrm::providers {

/// `text`, or its beginning when it is longer than Windows lets such texts be (CreateProcess takes 32767
/// characters of a command line, ReportEvent 31839 of a message), or takes more than 96 KiB in an answer,
/// where "&" is five bytes. For texts that any account may make without end: one that fits no envelope would
/// keep a client from everything else of its class.
[[nodiscard]] std::string within_bounds(std::string text);

}  // namespace winrm::providers
