#include "http/message_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.hpp"
#include "base/unicode.hpp"

namespace winrm::http {
namespace {

using unicode::equals_ignoring_case;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto token_table = make_token_table();  // RFC 9110 5.6.2

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return token_table[c]; });
}

/// RFC 9110 5.5: visible characters, space, tab and bytes above 127.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; });
}

bool is_target(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

tl::unexpected<HeadError> refuse(unsigned status, std::string_view reason) {
  return tl::unexpected<HeadError>(HeadError{status, reason});
}

Result<unsigned, HeadError> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1U;
  if (text == "HTTP/1.0") return 0U;
  if (text.size() == 8 && text.starts_with("HTTP/"))
    return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken");
  return refuse(400, "malformed HTTP version");
}

Result<std::uint64_t, HeadError> parse_length(std::string_view text) {
  // 18 digits cannot overflow; a longer length is a mistake or an attack.
  if (text.empty() || text.size() > 18) return refuse(400, "malformed Content-Length");
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return refuse(400, "malformed Content-Length");
  return value;
}

/// The framing both directions share; `absent` is what neither field means.
Result<BodyFraming, HeadError> framing(Fields const& fields, BodyFraming absent) {
  auto const lengths = fields.count("Content-Length");
  auto const codings = fields.count("Transfer-Encoding");
  if (codings > 0 && lengths > 0) return refuse(400, "Content-Length together with Transfer-Encoding");
  if (lengths > 1) return refuse(400, "more than one Content-Length");
  if (codings > 1) return refuse(400, "more than one Transfer-Encoding");
  if (codings == 1) {
    if (!equals_ignoring_case(fields.get("Transfer-Encoding"), "chunked"))
      return refuse(501, "no transfer coding but chunked is understood");
    return BodyFraming{BodyFraming::Kind::chunked, 0};
  }
  if (lengths == 0) return absent;
  return parse_length(fields.get("Content-Length")).map([](std::uint64_t length) {
    return BodyFraming{BodyFraming::Kind::length, length};
  });
}

}  // namespace

std::string_view trim(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<void, HeadError> Fields::parse(std::string_view text) {
  fields_.clear();
  while (!text.empty()) {
    auto const end = text.find("\r\n");
    if (end == std::string_view::npos) return refuse(400, "header line without CRLF");
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.starts_with(' ') || line.starts_with('\t')) return refuse(400, "folded header line");
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(400, "header line without ':'");
    auto const name = line.substr(0, colon);
    auto const value = trim(line.substr(colon + 1));
    if (!is_token(name)) return refuse(400, "malformed header name");
    if (!is_field_value(value)) return refuse(400, "control character in a header");
    if (fields_.size() == limits::http_fields) return refuse(431, "too many header lines");
    fields_.push_back(Field{name, value});
  }
  return {};
}

std::string_view Fields::get(std::string_view name) const {
  for (auto const& field : fields_)
    if (equals_ignoring_case(field.name, name)) return field.value;
  return {};
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), [&](Field const& field) {
    return equals_ignoring_case(field.name, name);
  }));
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  for (auto const& field : fields_) {
    if (!equals_ignoring_case(field.name, name)) continue;
    auto rest = field.value;
    while (!rest.empty()) {
      auto const comma = std::min(rest.find(','), rest.size());
      if (equals_ignoring_case(trim(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

Result<RequestLine, HeadError> parse_request_line(std::string_view line) {
  auto const first = line.find(' ');
  auto const last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "malformed request line");
  RequestLine result;
  result.method = line.substr(0, first);
  result.target = line.substr(first + 1, last - first - 1);
  if (!is_token(result.method) || !is_target(result.target)) return refuse(400, "malformed request line");
  auto const version = parse_version(line.substr(last + 1));
  if (!version) return tl::unexpected<HeadError>(version.error());
  result.minor_version = *version;
  return result;
}

Result<StatusLine, HeadError> parse_status_line(std::string_view line) {
  if (line.size() < 12 || line[8] != ' ') return refuse(400, "malformed status line");
  auto const version = parse_version(line.substr(0, 8));
  if (!version) return tl::unexpected<HeadError>(version.error());
  StatusLine result;
  result.minor_version = *version;
  auto const [end, error] = std::from_chars(line.data() + 9, line.data() + 12, result.status);
  if (error != std::errc{} || end != line.data() + 12 || result.status < 100)
    return refuse(400, "malformed status line");
  if (line.size() > 12 && line[12] != ' ') return refuse(400, "malformed status line");
  return result;
}

Result<BodyFraming, HeadError> request_framing(Fields const& fields, unsigned minor_version) {
  if (minor_version == 0 && fields.count("Transfer-Encoding") > 0)
    return refuse(400, "Transfer-Encoding in HTTP/1.0");
  return framing(fields, BodyFraming{BodyFraming::Kind::length, 0});
}

Result<BodyFraming, HeadError> response_framing(Fields const& fields, unsigned status) {
  if (status < 200 || status == 204 || status == 304) return BodyFraming{BodyFraming::Kind::length, 0};
  return framing(fields, BodyFraming{BodyFraming::Kind::until_close, 0});
}

bool keeps_alive(Fields const& fields, unsigned minor_version) {
  if (fields.has_token("Connection", "close")) return false;
  return minor_version == 1 || fields.has_token("Connection", "keep-alive");
}

Result<std::size_t, HeadError> find_head_end(std::string_view bytes, std::size_t& scanned) {
  while (true) {
    auto const newline = bytes.find('\n', scanned);
    auto const reached = newline == std::string_view::npos ? bytes.size() : newline + 1;
    if (reached > limits::http_header_bytes) return refuse(431, "the header is too large");
    if (newline == std::string_view::npos) {
      scanned = bytes.size();
      return std::size_t{0};
    }
    if (newline == 0 || bytes[newline - 1] != '\r') return refuse(400, "line without CR");
    scanned = newline + 1;
    if (newline >= 3 && bytes[newline - 2] == '\n') return newline + 1;
  }
}

}  // namespace winrm::http
