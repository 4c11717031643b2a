#include "http/sealed_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/unicode.hpp"
#include "http/message_head.hpp"

namespace winrm::http {
namespace {

using unicode::equals_ignoring_case;
using unicode::starts_with_ignoring_case;

// MS-WSMV 2.2.9.1.1: the boundary is this text, whatever the header says.
constexpr std::string_view boundary_name = "Encrypted Boundary";
constexpr std::string_view credssp_protocol = "application/HTTP-CredSSP-session-encrypted";
constexpr std::array<std::string_view, 3> protocols = {"application/HTTP-SPNEGO-session-encrypted",
                                                       "application/HTTP-Kerberos-session-encrypted",
                                                       credssp_protocol};
constexpr std::size_t length_prefix_bytes = 4;
constexpr std::size_t longest_sealed_header = 4096;  // Kerberos needs 60, NTLM 16
constexpr std::size_t tls_record_header_bytes = 5;
constexpr std::size_t piece_bytes = 16384;  // MS-WSMV 2.2.9.1.3: a part holds at most so much with multi

/// What has not been read yet of a body; every step says whether it was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }

  bool skip(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }
  std::string_view take(std::size_t bytes) {
    auto const taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// A line without its CRLF.
  std::optional<std::string_view> line() {
    auto const end = rest_.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    auto const text = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return text;
  }

 private:
  std::string_view rest_;
};

std::string_view unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

/// The value of `name` among a header's parameters ("a/b;x=1;y=\"2\""), unquoted.
std::optional<std::string_view> parameter(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    auto const end = std::min(header.find(';'), header.size());
    auto const part = trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    auto const equals = part.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(trim(part.substr(0, equals)), name))
      continue;
    return unquote(trim(part.substr(equals + 1)));
  }
  return std::nullopt;
}

/// `line` is "name: value", after an optional TAB; the value.
std::optional<std::string_view> part_header(std::string_view line, std::string_view name) {
  line = trim(line);
  if (!starts_with_ignoring_case(line, name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (!line.starts_with(':')) return std::nullopt;
  return trim(line.substr(1));
}

struct OriginalContent {
  std::string content_type;
  std::size_t length = 0;
};

/// "type=application/soap+xml;charset=UTF-8;Length=1234", in any order and case.
Result<OriginalContent> parse_original_content(std::string_view value) {
  auto const type = parameter(value, "type");
  auto const length = parameter(value, "Length");
  if (!type || !length) return fail("sealed body: OriginalContent without type or Length");
  OriginalContent result;
  result.content_type = *type;
  if (auto const charset = parameter(value, "charset"))
    result.content_type.append(";charset=").append(*charset);
  auto const [end, error] = std::from_chars(length->data(), length->data() + length->size(), result.length);
  if (error != std::errc{} || end != length->data() + length->size())
    return fail("sealed body: OriginalContent with a malformed Length");
  return result;
}

std::uint32_t read_le32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < length_prefix_bytes; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

void append_le32(std::string& out, std::size_t value) {
  for (std::size_t i = 0; i < length_prefix_bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

/// The bytes of the TLS records `bytes` starts with: a CredSSP payload says its size in no other way.
std::size_t tls_records_size(std::string_view bytes) {
  constexpr unsigned char first_type = 20;
  constexpr unsigned char last_type = 23;
  constexpr unsigned char major_version = 3;
  auto const at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::size_t size = 0;
  while (bytes.size() - size >= tls_record_header_bytes && at(size) >= first_type && at(size) <= last_type &&
         at(size + 1) == major_version) {
    auto const record = tls_record_header_bytes + at(size + 3) * 256U + at(size + 4);
    if (record > bytes.size() - size) break;
    size += record;
  }
  return size;
}

/// Reads the pairs of parts of one body.
class BodyReader {
 public:
  BodyReader(std::string_view body, auth::Sealer& sealer) : reader_(body), sealer_(sealer) {}

  Result<UnsealedBody> read(std::string_view protocol, bool multi) {
    result_.style.protocol = protocol;
    result_.style.multi = multi;
    if (!skip_boundary()) return fail("sealed body: it does not start with its boundary");
    do {
      if (auto pair = read_pair(); !pair) return tl::unexpected(pair.error());
    } while (multi && !at_end_ && skip_boundary());
    if (!at_end_) return fail("sealed body: the closing boundary is missing");
    return std::move(result_);
  }

 private:
  bool skip_boundary() {
    if (!skip_boundary_name()) return false;
    return reader_.skip("\r\n");
  }

  bool skip_boundary_name() {
    if (!reader_.skip("--")) return false;
    result_.style.space_in_boundary = reader_.skip(" ");
    return reader_.skip(boundary_name);
  }

  Result<void> read_pair() {
    auto const original = read_original_content();
    if (!original) return tl::unexpected(original.error());
    if (result_.content_type.empty()) result_.content_type = original->content_type;
    if (!skip_boundary()) return fail("sealed body: the boundary before the data is missing");
    auto const type = reader_.line();
    if (!type || !part_header(*type, "Content-Type"))
      return fail("sealed body: the data has no Content-Type");
    return read_data(*original);
  }

  Result<OriginalContent> read_original_content() {
    auto const type = reader_.line();
    if (!type || !part_header(*type, "Content-Type")) return fail("sealed body: a part has no Content-Type");
    result_.style.tab_before_headers = type->starts_with('\t');
    auto const line = reader_.line();
    auto const value = line ? part_header(*line, "OriginalContent") : std::nullopt;
    if (!value) return fail("sealed body: a part has no OriginalContent");
    return parse_original_content(*value);
  }

  Result<void> read_data(OriginalContent const& original) {
    auto const rest = reader_.rest();
    if (rest.size() < length_prefix_bytes) return fail("sealed body: it ends before the data");
    std::size_t const header_bytes = read_le32(rest);
    auto const after_prefix = rest.substr(length_prefix_bytes);
    bool const credssp = equals_ignoring_case(result_.style.protocol, credssp_protocol);
    if (header_bytes > longest_sealed_header || (!credssp && header_bytes > after_prefix.size()))
      return fail("sealed body: the header's length is wrong");
    // Never a search for the boundary: ciphertext may contain it.
    if (!credssp && original.length > after_prefix.size() - header_bytes)
      return fail("sealed body: it is shorter than OriginalContent says");
    auto const size = credssp ? tls_records_size(after_prefix) : header_bytes + original.length;
    auto plain = sealer_.unseal(after_prefix.substr(0, size), header_bytes);
    if (!plain) return tl::unexpected(plain.error());
    // Kerberos with RC4 pads by one byte, which Length counts.
    if (plain->size() != original.length && plain->size() + 1 != original.length)
      return fail("sealed body: OriginalContent's Length is not that of the message");
    reader_.take(length_prefix_bytes + size);
    result_.plain.append(*plain);
    return read_end();
  }

  /// After the data: the closing boundary, or that of another pair.
  Result<void> read_end() {
    auto const before = reader_;
    if (!skip_boundary_name()) return fail("sealed body: the boundary after the data is missing");
    if (reader_.skip("--")) {
      // OMI ends with a second line break.
      while (reader_.skip("\r\n")) {
      }
      if (!reader_.rest().empty()) return fail("sealed body: bytes after the closing boundary");
      at_end_ = true;
      return {};
    }
    reader_ = before;
    return {};
  }

  Reader reader_;
  auth::Sealer& sealer_;
  UnsealedBody result_;
  bool at_end_ = false;
};

}  // namespace

bool is_sealed_content_type(std::string_view content_type) {
  auto const type = trim(content_type.substr(0, content_type.find(';')));
  return equals_ignoring_case(type, "multipart/encrypted") ||
         equals_ignoring_case(type, "multipart/x-multi-encrypted");
}

Result<UnsealedBody> unseal_body(std::string_view http_content_type, std::string_view body,
                                 auth::Sealer& sealer) {
  if (!is_sealed_content_type(http_content_type))
    return fail("sealed body: its Content-Type is not multipart/encrypted");
  auto const protocol = parameter(http_content_type, "protocol");
  auto const known = std::find_if(protocols.begin(), protocols.end(), [&](std::string_view candidate) {
    return protocol && equals_ignoring_case(*protocol, candidate);
  });
  if (known == protocols.end()) return fail("sealed body: its Content-Type names no protocol that is known");
  auto const type = trim(http_content_type.substr(0, http_content_type.find(';')));
  return BodyReader(body, sealer).read(*known, equals_ignoring_case(type, "multipart/x-multi-encrypted"));
}

Result<SealedBody> seal_body(std::string_view plain, std::string_view content_type, SealedStyle const& style,
                             auth::Sealer& sealer) {
  std::string_view const tab = style.tab_before_headers ? "\t" : "";
  auto const boundary = fmt::format("--{}{}", style.space_in_boundary ? " " : "", boundary_name);
  SealedBody result;
  result.content_type = fmt::format(R"({};protocol="{}";boundary="{}")",
                                    style.multi ? "multipart/x-multi-encrypted" : "multipart/encrypted",
                                    style.protocol, boundary_name);
  do {
    auto const piece = style.multi ? plain.substr(0, piece_bytes) : plain;
    plain.remove_prefix(piece.size());
    auto const sealed = sealer.seal(piece);
    if (!sealed) return tl::unexpected(sealed.error());
    result.body.reserve(result.body.size() + sealed->header.size() + sealed->ciphertext.size() + 512);
    fmt::format_to(std::back_inserter(result.body),
                   "{0}\r\n{1}Content-Type: {2}\r\n{1}OriginalContent: type={3};Length={4}\r\n"
                   "{0}\r\n{1}Content-Type: application/octet-stream\r\n",
                   boundary, tab, style.protocol, content_type, piece.size() + sealed->padding);
    append_le32(result.body, sealed->header.size());
    result.body.append(sealed->header).append(sealed->ciphertext);
  } while (!plain.empty());
  result.body.append(boundary).append("--\r\n");
  return result;
}

}  // namespace winrm::http
