#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "xml/document.hpp"

namespace winrm::tools::winrm_tool {

/// The children of `parent`, those with the same key together at the place of the first of them. `key_of`
/// gives std::optional<std::string>; a child without a key stands alone.
template <class KeyOf>
std::vector<std::vector<xml::Element>> group_children(xml::Element parent, KeyOf const& key_of) {
  std::vector<std::vector<xml::Element>> groups;
  std::unordered_map<std::string, std::size_t> group_of;
  for (auto const child : parent.children()) {
    std::optional<std::string> const key = key_of(child);
    if (key) {
      auto const [known, is_new] = group_of.try_emplace(*key, groups.size());
      if (!is_new) {
        groups[known->second].push_back(child);
        continue;
      }
    }
    groups.push_back({child});
  }
  return groups;
}

}  // namespace winrm::tools::winrm_tool
