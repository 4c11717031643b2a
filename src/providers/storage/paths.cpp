#include "providers/storage/paths.hpp"

namespace winrm::providers {

bool is_clean_path(std::string_view path) {
  constexpr std::size_t longest = 4095;  // PATH_MAX without the zero
  if (path == "/") return true;
  if (!path.starts_with('/') || path.size() > longest || path.find('\0') != std::string_view::npos)
    return false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    auto const part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    path.remove_prefix(part.size());
  }
  return true;
}

}  // namespace winrm::providers
