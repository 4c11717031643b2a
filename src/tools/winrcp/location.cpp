#include "tools/winrcp/location.hpp"

#include <algorithm>

namespace winrm::tools::winrcp_tool {
namespace {

std::string remote_path(std::string_view path) {
  if (path == "~") return ".";
  if (path.starts_with("~/")) path.remove_prefix(2);
  return path.empty() ? "." : std::string(path);
}

std::string_view without_slashes(std::string_view path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with('\\'))) path.remove_suffix(1);
  return path;
}

}  // namespace

Location parse_location(std::string_view text) {
  std::size_t begin = 0;
  if (text.starts_with('[')) {
    auto const bracket = text.find("]:");
    if (bracket != std::string_view::npos) begin = bracket + 1;
  }
  auto const colon = text.find(':', begin);
  bool const local =
      colon == std::string_view::npos || text.substr(0, colon).find('/') != std::string_view::npos;
  if (local) return {.remote = false, .host = {}, .path = std::string(text)};
  return {.remote = true,
          .host = std::string(text.substr(0, colon)),
          .path = remote_path(text.substr(colon + 1))};
}

std::string base_name(std::string_view path) {
  path = without_slashes(path);
  return std::string(path.substr(path.find_last_of("/\\") + 1));
}

std::string join(std::string_view folder, std::string_view name) {
  if (name.empty()) return std::string(folder);
  std::string joined(folder);
  if (!joined.ends_with('/')) joined += '/';
  return joined.append(name);
}

bool stays_below(std::string_view path) {
  while (true) {
    auto const slash = path.find('/');
    auto const name = path.substr(0, slash);
    if (name.empty() || name == ".." || name == ".") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace winrm::tools::winrcp_tool
