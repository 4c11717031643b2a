#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// The payload of request and answer frames: a small fixed header, then the SOAP bytes as they came.
namespace winrm::ipc {

/// One SOAP message on its way to a host, with what the front knows of its connection. Views.
struct SoapRequest {
  std::string_view address;    ///< the peer's
  std::string_view host_used;  ///< the Host header
  std::string_view url;        ///< as the client reached us
  bool over_tls = false;
  bool utf16 = false;
  std::string_view message;
};

/// Everything that goes before the message bytes. Facts over 64 kB are cut.
[[nodiscard]] std::string encode_request_prefix(SoapRequest const& request);

/// Views into `payload`.
[[nodiscard]] Result<SoapRequest> decode_request(std::string_view payload);

/// An answer's HTTP status goes before its message.
[[nodiscard]] std::string encode_answer_prefix(int http_status);

struct SoapAnswer {
  int http_status = 0;
  std::string message;
};

/// Takes the payload over, without copying the message.
[[nodiscard]] Result<SoapAnswer> decode_answer(std::string payload);

}  // namespace winrm::ipc
