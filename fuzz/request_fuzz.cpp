// SOAP messages from both sides of the wire: every one is read, or refused with a fault that can be written
// and read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wsman/answer.hpp"
#include "wsman/encoding.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"
#include "wsman/response.hpp"

namespace wsman = winrm::wsman;

namespace {

void check_fault(wsman::Fault const& fault) {
  auto const answer = wsman::parse_answer(wsman::write_fault(fault, "host"));
  if (!answer || !answer->fault || answer->fault->code != fault.code()) std::abort();
}

void check_request(std::string_view utf8) {
  try {
    wsman::Request const request = wsman::Request::parse(utf8);
    wsman::ResponseWriter writer(request, wsman::response_action(request.action));
    auto const answer = wsman::parse_answer(writer.finish());
    if (!answer || answer->relates_to != request.message_id) std::abort();
    if (wsman::is_identify(utf8)) std::abort();
  } catch (wsman::Fault const& fault) {
    check_fault(fault);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  for (auto const declared : {wsman::Encoding::utf8, wsman::Encoding::utf16}) {
    auto const utf8 = wsman::decode_message(bytes, declared);
    if (!utf8) continue;
    check_request(*utf8);
    static_cast<void>(wsman::is_identify(*utf8));
    static_cast<void>(wsman::parse_answer(*utf8));
  }
  return 0;
}
