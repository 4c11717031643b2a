#pragma once

#include <string>
#include <vector>

namespace winrm::tools::winrcp_tool {

/// The tool without main(). The exit status: 0, 1 when something was not copied, 2 for a wrong command line,
/// 128 and the signal's number when one ended it.
[[nodiscard]] int run(std::vector<std::string> const& arguments);

}  // namespace winrm::tools::winrcp_tool
