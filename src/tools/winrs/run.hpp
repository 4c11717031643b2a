#pragma once

#include <string>
#include <vector>

namespace winrm::tools::winrs_tool {

/// The tool without main(); works on the standard streams. The exit status: the command's, 255 for a failure
/// of our own, 128 and the signal's number when one ended us.
[[nodiscard]] int run(std::vector<std::string> const& arguments);

}  // namespace winrm::tools::winrs_tool
