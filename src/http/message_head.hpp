#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// Reading the start line and fields of an HTTP/1.1 message (RFC 9112 sections 2 to 6), strictly: what two
/// readers could understand differently is refused, so that nobody smuggles a request past us. No I/O here;
/// service and client share it.
namespace winrm::http {

struct Field {
  std::string_view name;
  std::string_view value;  ///< without surrounding white space
};

/// Why a message is refused: the status a service answers with, and the text for its log or answer.
struct HeadError {
  unsigned status = 400;
  std::string_view reason;
};

/// The fields of one message: views into the text that was parsed.
class Fields {
 public:
  /// `text`: the lines between start line and empty line, each with its CRLF. Refuses folded lines, white
  /// space before ':', control characters and more than `limits::http_fields` lines.
  [[nodiscard]] Result<void, HeadError> parse(std::string_view text);
  void clear() { fields_.clear(); }

  /// First value, without case; "" when absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// True when a field of that name has `token` in its comma-separated list, without case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;
  [[nodiscard]] std::vector<Field> const& all() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct RequestLine {
  std::string_view method;
  std::string_view target;
  unsigned minor_version = 1;  ///< HTTP/1.0 or HTTP/1.1
};

/// Without the blanks and tabs around it (RFC 9110 section 5.6.3: OWS).
[[nodiscard]] std::string_view trim(std::string_view text);

/// `line` without its CRLF.
[[nodiscard]] Result<RequestLine, HeadError> parse_request_line(std::string_view line);

struct StatusLine {
  unsigned status = 0;
  unsigned minor_version = 1;
};

/// `line` without its CRLF. The reason phrase may be missing (Windows sends an empty one).
[[nodiscard]] Result<StatusLine, HeadError> parse_status_line(std::string_view line);

/// How a message's body ends.
struct BodyFraming {
  enum class Kind { length, chunked, until_close };
  Kind kind = Kind::length;
  std::uint64_t length = 0;  ///< with Kind::length
};

/// RFC 9112 6.1, 6.3: both Content-Length and Transfer-Encoding, a repeated or odd length, or a coding other
/// than chunked is refused.
[[nodiscard]] Result<BodyFraming, HeadError> request_framing(Fields const& fields, unsigned minor_version);
[[nodiscard]] Result<BodyFraming, HeadError> response_framing(Fields const& fields, unsigned status);

/// Whether the connection lives on after this message (RFC 9112 9.3).
[[nodiscard]] bool keeps_alive(Fields const& fields, unsigned minor_version);

/// Looks for the empty line that ends a head. `scanned` remembers how far earlier calls looked: start with 0.
/// Returns the head's length with the empty line, 0 while it is incomplete, and fails for a line that ends
/// without CR or a head longer than `limits::http_header_bytes`.
[[nodiscard]] Result<std::size_t, HeadError> find_head_end(std::string_view bytes, std::size_t& scanned);

}  // namespace winrm::http
