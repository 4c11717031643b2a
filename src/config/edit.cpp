#include "config/edit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "config/toml.hpp"

namespace winrm::config {
namespace {

/// Bytes [begin, end) of the text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::size_t start_of_line(std::string_view text, std::size_t line) {
  std::size_t at = 0;
  for (std::size_t i = 1; i < line; ++i) {
    auto const end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

/// toml++ counts code points; we need bytes.
std::size_t offset_of(std::string_view text, toml::source_position position) {
  auto at = start_of_line(text, position.line);
  for (std::size_t column = 1; column < position.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at;
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  auto const end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

struct Found {
  toml::key const* key = nullptr;
  toml::node const* value = nullptr;
};

Found find(toml::table const& table, std::string_view name) {
  for (auto const& [key, value] : table)
    if (unicode::equals_ignoring_case(key.str(), name)) return {&key, &value};
  return {};
}

/// The table at "Service.Auth"; null when there is none.
toml::table const* table_at(toml::table const& root, std::string_view path) {
  auto const* table = &root;
  while (table != nullptr && !path.empty()) {
    auto const dot = std::min(path.find('.'), path.size());
    auto const found = find(*table, path.substr(0, dot));
    table = found.value == nullptr ? nullptr : found.value->as_table();
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return table;
}

toml::table const* entry_at(toml::table const& root, std::string_view list, std::size_t index) {
  auto const found = find(root, list);
  auto const* entries = found.value == nullptr ? nullptr : found.value->as_array();
  return entries == nullptr || index >= entries->size() ? nullptr : (*entries)[index].as_table();
}

/// One past the last line of the keys written directly in `table`, or of its header.
std::size_t end_of_keys(std::string_view text, toml::table const& table, bool has_header) {
  auto end = has_header ? end_of_line(text, offset_of(text, table.source().begin)) : std::size_t{0};
  for (auto const& [key, value] : table) {
    bool const of_its_own_header = value.is_table() || value.is_array_of_tables();
    if (of_its_own_header || value.source().end.line == 0) continue;
    end = std::max(end, end_of_line(text, start_of_line(text, value.source().end.line)));
  }
  return end;
}

/// A header "[Service]" was written, not only "[Service.Auth]", where toml++ says that both begin.
bool has_header(std::string_view text, toml::table const& table, std::string_view path) {
  if (table.source().begin.line == 0) return false;
  auto const at = offset_of(text, table.source().begin);
  auto const close = text.find(']', at);
  return at < text.size() && text[at] == '[' && close != std::string_view::npos &&
         unicode::equals_ignoring_case(text.substr(at + 1, close - at - 1), path);
}

void insert_line(std::string& text, std::size_t at, std::string line) {
  if (at > 0 && text[at - 1] != '\n') line.insert(0, "\n");
  text.insert(at, line + "\n");
}

void set_in(std::string& text, toml::table const& table, bool headed, std::string_view name,
            std::string_view literal) {
  if (auto const found = find(table, name); found.value != nullptr) {
    auto const& source = found.value->source();
    auto const begin = offset_of(text, source.begin);
    text.replace(begin, offset_of(text, source.end) - begin, literal);
    return;
  }
  insert_line(text, end_of_keys(text, table, headed), fmt::format("{} = {}", name, literal));
}

void reset_in(std::string& text, toml::table const& table, std::string_view name) {
  auto const found = find(table, name);
  if (found.value == nullptr) return;
  auto const begin = start_of_line(text, found.key->source().begin.line);
  auto const end = end_of_line(text, start_of_line(text, found.value->source().end.line));
  text.erase(begin, end - begin);
}

}  // namespace

Result<FileEditor> FileEditor::open(std::string text, std::string_view name) {
  FileEditor editor(std::move(text), name);
  if (auto const root = parse_toml(editor.text_, name); !root) return tl::unexpected(root.error());
  return editor;
}

Result<void> FileEditor::set(std::string_view table, std::string_view name, std::string_view literal) {
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  auto const* target = table_at(*root, table);
  bool const headed = !table.empty() && target != nullptr && has_header(text_, *target, table);
  bool const there = target != nullptr && find(*target, name).value != nullptr;
  if (there || headed || (target != nullptr && table.empty())) {
    set_in(text_, *target, headed, name, literal);
  } else {
    insert_line(text_, text_.size(), fmt::format("\n[{}]\n{} = {}", table, name, literal));
  }
  return {};
}

Result<void> FileEditor::reset(std::string_view table, std::string_view name) {
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  if (auto const* target = table_at(*root, table)) reset_in(text_, *target, name);
  return {};
}

Result<void> FileEditor::set_entry(std::string_view list, std::size_t index, std::string_view name,
                                   std::string_view literal) {
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  if (auto const* target = entry_at(*root, list, index)) set_in(text_, *target, true, name, literal);
  return {};
}

Result<void> FileEditor::reset_entry(std::string_view list, std::size_t index, std::string_view name) {
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  if (auto const* target = entry_at(*root, list, index)) reset_in(text_, *target, name);
  return {};
}

Result<void> FileEditor::add_entry(std::string_view list, std::vector<TomlEntry> const& entries) {
  auto block = fmt::format("\n[[{}]]", list);
  for (auto const& [name, literal] : entries) block += fmt::format("\n{} = {}", name, literal);
  insert_line(text_, text_.size(), std::move(block));
  return {};
}

Result<void> FileEditor::remove_entry(std::string_view list, std::size_t index) {
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  auto const* target = entry_at(*root, list, index);
  if (target == nullptr) return {};
  auto const begin = start_of_line(text_, target->source().begin.line);
  auto const end = end_of_keys(text_, *target, true);
  text_.erase(begin, end - begin);
  return {};
}

}  // namespace winrm::config
