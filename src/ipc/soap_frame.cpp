#include "ipc/soap_frame.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace winrm::ipc {

namespace {

struct RequestHeader {
  std::uint8_t utf16 = 0;
  std::uint8_t over_tls = 0;
  std::uint16_t address_bytes = 0;
  std::uint16_t host_bytes = 0;
  std::uint16_t url_bytes = 0;
};
static_assert(sizeof(RequestHeader) == 8);

constexpr std::size_t answer_prefix_bytes = sizeof(std::uint32_t);

std::string_view cut(std::string_view text) {
  return text.substr(0, std::numeric_limits<std::uint16_t>::max());
}

}  // namespace

std::string encode_request_prefix(SoapRequest const& request) {
  std::string_view const address = cut(request.address);
  std::string_view const host = cut(request.host_used);
  std::string_view const url = cut(request.url);
  RequestHeader header;
  header.utf16 = request.utf16 ? 1 : 0;
  header.over_tls = request.over_tls ? 1 : 0;
  header.address_bytes = static_cast<std::uint16_t>(address.size());
  header.host_bytes = static_cast<std::uint16_t>(host.size());
  header.url_bytes = static_cast<std::uint16_t>(url.size());
  std::string out;
  out.reserve(sizeof header + address.size() + host.size() + url.size());
  out.append(reinterpret_cast<char const*>(&header), sizeof header);
  return out.append(address).append(host).append(url);
}

Result<SoapRequest> decode_request(std::string_view payload) {
  RequestHeader header;
  if (payload.size() < sizeof header) return fail("a request frame is shorter than its header");
  std::memcpy(&header, payload.data(), sizeof header);
  payload.remove_prefix(sizeof header);
  std::size_t const facts = std::size_t{header.address_bytes} + header.host_bytes + header.url_bytes;
  if (payload.size() < facts) return fail("a request frame is shorter than its facts");
  auto take = [&payload](std::size_t bytes) {
    std::string_view const part = payload.substr(0, bytes);
    payload.remove_prefix(bytes);
    return part;
  };
  SoapRequest request;
  request.utf16 = header.utf16 != 0;
  request.over_tls = header.over_tls != 0;
  request.address = take(header.address_bytes);
  request.host_used = take(header.host_bytes);
  request.url = take(header.url_bytes);
  request.message = payload;
  return request;
}

std::string encode_answer_prefix(int http_status) {
  auto const status = static_cast<std::uint32_t>(http_status);
  return std::string(reinterpret_cast<char const*>(&status), sizeof status);
}

Result<SoapAnswer> decode_answer(std::string payload) {
  std::uint32_t status = 0;
  if (payload.size() < answer_prefix_bytes) return fail("an answer frame is shorter than its header");
  std::memcpy(&status, payload.data(), sizeof status);
  if (status != 200 && status != 204 && status != 500) return fail("an answer frame has no valid status");
  payload.erase(0, answer_prefix_bytes);
  SoapAnswer answer;
  answer.http_status = static_cast<int>(status);
  answer.message = std::move(payload);
  return answer;
}

}  // namespace winrm::ipc
