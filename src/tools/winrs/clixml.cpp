#include "tools/winrs/clixml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/unicode.hpp"

namespace winrm::tools::winrs_tool {
namespace {

/// MS-PSRP says nothing of it: the line powershell.exe writes before a document.
constexpr std::string_view announcement = "#< CLIXML";
constexpr std::string_view record_start = "<S S=\"";
constexpr std::string_view record_end = "</S>";
constexpr std::string_view document_end = "</Objs>";
/// More of one record than this is no record.
constexpr std::size_t record_limit = 4 << 20;

struct Kind {
  std::string_view name;
  std::string_view prefix;  ///< as PowerShell's own console shows it
};
/// Records of other kinds (progress, information) are not for the error stream.
constexpr auto shown_kinds = std::to_array<Kind>(
    {{"Error", ""}, {"warning", "WARNING: "}, {"verbose", "VERBOSE: "}, {"debug", "DEBUG: "}});

std::optional<unsigned> hex_unit(std::string_view digits) {
  unsigned value = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// UTF-16 units that stand as _xHHHH_ (MS-PSRP 2.2.5.3.2), pairs of surrogates among them, as UTF-8.
std::string without_escapes(std::string_view text) {
  constexpr std::size_t escape_size = 7;
  std::string out;
  std::string units;
  auto const flush = [&] {
    if (auto const decoded = unicode::utf16_to_utf8(units)) out += *decoded;
    units.clear();
  };
  while (!text.empty()) {
    auto const unit = text.starts_with("_x") && text.size() >= escape_size && text[escape_size - 1] == '_'
                          ? hex_unit(text.substr(2, 4))
                          : std::nullopt;
    if (unit) {
      units += static_cast<char>(*unit & 0xFFU);
      units += static_cast<char>(*unit >> 8U);
      text.remove_prefix(escape_size);
    } else {
      flush();
      out += text.front();
      text.remove_prefix(1);
    }
  }
  flush();
  return out;
}

std::string without_entities(std::string_view text) {
  constexpr auto entities = std::to_array<std::pair<std::string_view, char>>(
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}});
  std::string out;
  while (!text.empty()) {
    auto const entity =
        std::ranges::find_if(entities, [&](auto const& known) { return text.starts_with(known.first); });
    bool const found = entity != entities.end();
    out += found ? entity->second : text.front();
    text.remove_prefix(found ? entity->first.size() : 1);
  }
  return out;
}

std::string unix_lines(std::string text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
  return out;
}

/// `record` is what follows record_start, without record_end: KIND">TEXT
std::string shown(std::string_view record) {
  auto const quote = record.find("\">");
  if (quote == std::string_view::npos) return {};
  auto const* const kind =
      std::ranges::find_if(shown_kinds, [&](Kind const& k) { return record.substr(0, quote) == k.name; });
  if (kind == shown_kinds.end()) return {};
  auto text = unix_lines(without_escapes(without_entities(record.substr(quote + 2))));
  if (!kind->prefix.empty() && !text.ends_with('\n')) text += '\n';
  return std::string(kind->prefix) + text;
}

/// How many bytes at the end of `text` may be the beginning of `word`.
std::size_t begun_at_end(std::string_view text, std::string_view word) {
  for (auto size = std::min(text.size(), word.size() - 1); size > 0; --size)
    if (text.ends_with(word.substr(0, size))) return size;
  return 0;
}

}  // namespace

std::string ClixmlReader::read(std::string_view piece) {
  buffer_ += piece;
  std::string out;
  while (true) {
    bool const was_in_document = in_document_;
    out += in_document_ ? take_records() : take_plain();
    if (in_document_ == was_in_document) return out;
  }
}

/// The line feed behind a document belongs to it.
bool ClixmlReader::skip_line_end() {
  if (buffer_.empty() || buffer_ == "\r") return false;
  buffer_.erase(0, buffer_.starts_with("\r\n") ? 2 : buffer_.starts_with('\n') ? 1 : 0);
  return true;
}

std::string ClixmlReader::take_plain() {
  if (line_end_due_) line_end_due_ = !skip_line_end();
  if (line_end_due_) return {};
  auto const start = buffer_.find(announcement);
  if (start != std::string::npos) {
    in_document_ = true;
    auto plain = buffer_.substr(0, start);
    buffer_.erase(0, start + announcement.size());
    return plain;
  }
  auto const kept = begun_at_end(buffer_, announcement);
  auto plain = buffer_.substr(0, buffer_.size() - kept);
  buffer_.erase(0, plain.size());
  return plain;
}

std::string ClixmlReader::take_records() {
  std::string out;
  while (true) {
    auto const start = buffer_.find(record_start);
    auto const document = buffer_.find(document_end);
    if (document < start) {
      in_document_ = false;
      buffer_.erase(0, document + document_end.size());
      line_end_due_ = true;
      return out;
    }
    auto const end = start == std::string::npos ? start : buffer_.find(record_end, start);
    if (end == std::string::npos) {
      if (start == std::string::npos) {
        auto const kept = std::max(begun_at_end(buffer_, record_start), begun_at_end(buffer_, document_end));
        buffer_.erase(0, buffer_.size() - kept);
      } else if (buffer_.size() - start > record_limit) {
        in_document_ = false;
      }
      return out;
    }
    out += shown(
        std::string_view(buffer_).substr(start + record_start.size(), end - start - record_start.size()));
    buffer_.erase(0, end + record_end.size());
  }
}

std::string ClixmlReader::finish() {
  auto const rest = std::exchange(buffer_, {});
  return in_document_ || line_end_due_ ? "" : rest;
}

}  // namespace winrm::tools::winrs_tool
