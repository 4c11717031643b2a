// Event queries from subscribers, as a path, as a query list in text and as a whole Subscribe: whatever is
// accepted can be asked about an event, and says the same each time.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugins/eventlog/event_query.hpp"
#include "wsman/actions.hpp"
#include "wsman/eventing.hpp"
#include "wsman/eventing_uris.hpp"
#include "wsman/fault.hpp"

namespace {

using namespace winrm;

constexpr std::string_view event_xml =
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='sshd'/><EventID "
    "Qualifiers='0'>7</EventID><Level>4</Level><Keywords>0x80000000000000</Keywords>"
    "<TimeCreated "
    "SystemTime='2026-01-02T03:04:05.678901Z'/><EventRecordID>12</EventRecordID><Channel>System</Channel>"
    "</System><EventData><Data Name='a'>b</Data><Data>c</Data></EventData></Event>";

xml::Element event() {
  static auto const document = xml::Document::parse(event_xml);
  if (!document) std::abort();
  return document->root();
}

void ask(wsman::EventFilter const& filter) {
  auto const now = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::seconds(1'800'000'000));
  auto const query = plugins::eventlog::EventQuery::read(filter, true);
  for (std::string_view const log : {"System", "Security"}) {
    bool const matches = query.matches(log, event(), now);
    if (matches != query.matches(log, event(), now)) std::abort();
    if (query.wants_all_of(log) && !matches) std::abort();
    if (!query.wants(log) && matches) std::abort();
  }
}

void read_filter(std::string_view text) try {
  ask({std::string(wsman::dialect::event_query), std::string(text), {}});
} catch (wsman::Fault const&) {
  return;
}

void read_message(std::string_view text) try {
  auto const document = xml::Document::parse(text);
  if (!document) return;
  auto const subscribe = wsman::read_subscribe(document->root());
  if (subscribe.filter) ask(*subscribe.filter);
} catch (wsman::Fault const&) {
  return;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  read_filter(text);
  read_message(text);
  return 0;
}
