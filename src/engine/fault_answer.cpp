#include "engine/fault_answer.hpp"

#include <string>

#include "base/log.hpp"
#include "wsman/encoding.hpp"
#include "wsman/response.hpp"

namespace winrm::engine {

std::string_view host_name(std::string_view host_header) {
  if (host_header.starts_with('[')) return host_header.substr(1, host_header.find(']') - 1);
  std::size_t const colon = host_header.find(':');
  // A second colon makes it an IPv6 address without a port.
  bool const has_port = colon != std::string_view::npos && colon == host_header.rfind(':');
  return has_port ? host_header.substr(0, colon) : host_header;
}

Answer answer_with_fault(wsman::Fault const& fault, std::string_view message_id, ClientFacts const& client,
                         wsman::Encoding encoding) {
  bool const related = !fault.relates_to().empty();
  wsman::Fault const answer =
      wsman::Fault(fault).relating_to(related ? fault.relates_to() : std::string(message_id));
  std::string message = wsman::write_fault(answer, host_name(client.host_used));
  return {.http_status = answer.row().http_status,
          .message = wsman::encode_message(std::move(message), encoding)};
}

wsman::Fault unexpected_failure(std::exception const& error, std::string_view action) {
  log::error("{} failed: {}", action, error.what());
  return wsman::faults::internal_error(
      "The service failed while it worked on the request. Its log says what happened.");
}

}  // namespace winrm::engine
