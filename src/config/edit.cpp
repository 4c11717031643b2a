#include "config/edit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// Behind the mark that Windows' editors put before UTF-8, which toml++ does not count.
std::size_t start_of_text(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  return text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
}

std::size_t start_of_line(std::string_view text, std::size_t line) {
  auto at = start_of_text(text);
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
  auto end = has_header ? end_of_line(text, offset_of(text, table.source().begin)) : start_of_text(text);
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
  if (at >= text.size() || text[at] != '[' || close == std::string_view::npos) return false;
  std::string written(text.substr(at + 1, close - at - 1));
  std::erase_if(written, [](char c) { return std::string_view(" \t\"'").find(c) != std::string_view::npos; });
  return unicode::equals_ignoring_case(written, path);
}

constexpr std::string_view blanks = " \t\r\n";

/// Puts one more behind the others of "{…}" or "[…]", which ends at `end`.
void add_inside(std::string& text, std::size_t end, std::string const& item) {
  auto const close = end - 1;
  auto const last = text.find_last_not_of(blanks, close - 1);
  bool const is_first = text[last] == '{' || text[last] == '[' || text[last] == ',';
  // A line of its own may end with a comment.
  auto const at = text.find('\n', last) < close ? close : last + 1;
  text.insert(at, (is_first ? "" : ", ") + item);
}

/// Takes [begin, end) out of "{…}" or "[…]", with the comma that parts it from the others.
void erase_inside(std::string& text, std::size_t begin, std::size_t end) {
  auto const next = std::min(text.find_first_not_of(blanks, end), text.size() - 1);
  if (text[next] == ',')
    end = std::min(text.find_first_not_of(" \t", next + 1), text.size());
  else if (auto const before = text.find_last_not_of(blanks, begin - 1); text[before] == ',')
    begin = before;
  text.erase(begin, end - begin);
}

/// The end of the line of a key written as "Auth.Basic = true" where the table is `Auth`, and what stands
/// before its last part.
struct DottedKey {
  std::size_t end = 0;
  std::string prefix;
};

std::optional<DottedKey> dotted_key_of(std::string_view text, toml::table const& table) {
  for (auto const& [key, value] : table) {
    if (value.is_table()) continue;
    auto const line = start_of_line(text, key.source().begin.line);
    auto const prefix = text.substr(line, offset_of(text, key.source().begin) - line);
    if (!prefix.ends_with('.')) continue;
    return DottedKey{end_of_line(text, start_of_line(text, value.source().end.line)), std::string(prefix)};
  }
  return std::nullopt;
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
  if (table.is_inline())
    return add_inside(text, offset_of(text, table.source().end), fmt::format("{} = {}", name, literal));
  insert_line(text, end_of_keys(text, table, headed), fmt::format("{} = {}", name, literal));
}

void reset_in(std::string& text, toml::table const& table, std::string_view name) {
  auto const found = find(table, name);
  if (found.value == nullptr) return;
  if (table.is_inline())
    return erase_inside(text, offset_of(text, found.key->source().begin),
                        offset_of(text, found.value->source().end));
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
  if (there || headed || (target != nullptr && (table.empty() || target->is_inline()))) {
    set_in(text_, *target, headed, name, literal);
  } else if (auto const dotted = target == nullptr ? std::nullopt : dotted_key_of(text_, *target)) {
    insert_line(text_, dotted->end, fmt::format("{}{} = {}", dotted->prefix, name, literal));
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
  auto const root = parse_toml(text_, name_);
  if (!root) return tl::unexpected(root.error());
  auto const found = find(*root, list);
  auto const* array = found.value == nullptr ? nullptr : found.value->as_array();
  auto const* first = array == nullptr ? nullptr : entry_at(*root, list, 0);
  if (array != nullptr && (first == nullptr || first->is_inline())) {
    std::vector<std::string> keys;
    for (auto const& [name, literal] : entries) keys.push_back(fmt::format("{} = {}", name, literal));
    add_inside(text_, offset_of(text_, array->source().end), fmt::format("{{{}}}", fmt::join(keys, ", ")));
    return {};
  }
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
  if (target->is_inline()) {
    erase_inside(text_, offset_of(text_, target->source().begin), offset_of(text_, target->source().end));
    return {};
  }
  auto const begin = start_of_line(text_, target->source().begin.line);
  auto const end = end_of_keys(text_, *target, true);
  text_.erase(begin, end - begin);
  return {};
}

}  // namespace winrm::config
