#pragma once

#include <string>
#include <string_view>

namespace winrm::tools::winrcp_tool {

/// One end of a copy, as the command line names it.
struct Location {
  bool remote = false;
  std::string host;  ///< "" with remote: the host that -remote names
  std::string path;
};

/// "HOST:PATH", ":PATH" (with -remote) and "[2001:db8::1]:PATH" are remote, as is a name of the
/// configuration's connections; a path with a slash before the first colon is local. A remote path that is
/// not absolute begins at the account's home.
[[nodiscard]] Location parse_location(std::string_view text);

/// The last part of a path: "c" of "/a/b/c/".
[[nodiscard]] std::string base_name(std::string_view path);
[[nodiscard]] std::string join(std::string_view folder, std::string_view name);

/// True for a path that stays below its root: relative, no "..", no empty name.
[[nodiscard]] bool stays_below(std::string_view path);

}  // namespace winrm::tools::winrcp_tool
