#include "config/salvage.hpp"

#include <algorithm>
#include <vector>

#include "base/unicode.hpp"
#include "config/load.hpp"
#include "config/table.hpp"

namespace winrm::config {

namespace {

bool is_header(std::string_view line) { return line.starts_with('['); }

/// "Daemon" of "[Daemon] # mine".
std::string_view table_in(std::string_view header) {
  auto const begin = std::min(header.find_first_not_of("[ "), header.size());
  auto const end = header.find_first_of("] .", begin);
  return end == header.npos ? std::string_view{} : header.substr(begin, end - begin);
}

bool is_kept(std::string_view table) {
  auto const is = [&](std::string_view name) { return unicode::equals_ignoring_case(table, name); };
  return is("Daemon") || is(connections_table) ||
         std::ranges::any_of(entry_lists(), [&](EntryList const& list) { return is(list.table); });
}

/// Each header with the lines up to the next; what stands above the first header is left out.
std::vector<std::string> tables_of(std::string_view text) {
  std::vector<std::string> tables;
  while (!text.empty()) {
    auto const line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    if (is_header(line)) tables.emplace_back();
    if (!tables.empty()) tables.back() += line;
    text.remove_prefix(line.size());
  }
  return tables;
}

}  // namespace

std::string salvage(std::string_view text, std::filesystem::path const& file) {
  std::string kept;
  for (auto& table : tables_of(text)) {
    if (!table.ends_with('\n')) table += '\n';
    // Together with what was kept before: two entries may be right and contradict each other.
    if (is_kept(table_in(table)) && parse(kept + table, file.string())) kept += table;
  }
  return kept;
}

}  // namespace winrm::config
