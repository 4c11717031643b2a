#include "tools/winrm/format.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr std::size_t indent_step = 2;

/// One past the '>' that ends the tag at `start`; a '>' inside an attribute value does not.
std::size_t end_of_tag(std::string_view xml, std::size_t start) {
  char quote = '\0';
  for (auto i = start; i < xml.size(); ++i) {
    char const c = xml[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return xml.size();
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

std::string format_pretty(std::string_view xml) {
  std::string out;
  std::size_t depth = 0;
  bool leaf_is_open = false;  // the last thing written was a start tag: its text and end tag stay on its line
  for (std::size_t at = 0; at < xml.size();) {
    if (xml[at] != '<') {
      auto const end = std::min(xml.find('<', at), xml.size());
      auto const text = xml.substr(at, end - at);
      if (leaf_is_open && xml.substr(end).starts_with("</"))
        out.append(text);
      else if (!trimmed(text).empty())
        out.append("\n").append(depth * indent_step, ' ').append(trimmed(text));
      at = end;
      continue;
    }
    auto const end = end_of_tag(xml, at);
    auto const tag = xml.substr(at, end - at);
    bool const closes = tag.starts_with("</");
    bool const empty = tag.ends_with("/>");
    if (closes && depth > 0) --depth;
    if (!(closes && leaf_is_open)) {
      if (!out.empty()) out += '\n';
      out.append(depth * indent_step, ' ');
    }
    out.append(tag);
    leaf_is_open = !closes && !empty;
    if (leaf_is_open) ++depth;
    at = end;
  }
  out += '\n';
  return out;
}

}  // namespace winrm::tools::winrm_tool
