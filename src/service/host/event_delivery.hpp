#pragma once

#include <memory>

#include "base/changeable.hpp"
#include "config/settings.hpp"
#include "engine/event_sink.hpp"

namespace winrm::service::host {

using SharedClientPolicy = std::shared_ptr<Changeable<config::Client>>;

/// Sends events over HTTP and HTTPS as the account of this process: with its Kerberos ticket where the sink's
/// policy asks for a log-on, else without one. Clear text over plain HTTP only where the [Client] settings
/// allow it. Follows no redirection.
[[nodiscard]] std::shared_ptr<engine::EventSinks> make_event_sinks(SharedClientPolicy policy);

}  // namespace winrm::service::host
