#include "engine/plugin.hpp"

#include "engine/event_source.hpp"

namespace winrm::engine {
namespace {

[[noreturn]] void refuse(Call const& call) {
  throw wsman::faults::action_not_supported(call.request().action);
}

}  // namespace

bool ItemSource::next_within(Item& item, TimeLimit const&) { return next(item); }

void Plugin::get(Call const& call, xml::Writer&) { refuse(call); }
void Plugin::put(Call const& call, xml::Writer&) { refuse(call); }
void Plugin::create(Call const& call, xml::Writer&) { refuse(call); }
void Plugin::remove(Call const& call, xml::Writer&) { refuse(call); }
void Plugin::invoke(Call const& call, std::string_view, xml::Writer&) { refuse(call); }
std::unique_ptr<ItemSource> Plugin::enumerate(Call const& call, EnumerateRequest const&) { refuse(call); }
std::unique_ptr<EventSource> Plugin::subscribe(Call const& call, wsman::SubscribeRequest const&) {
  refuse(call);
}

}  // namespace winrm::engine
