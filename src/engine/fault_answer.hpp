#pragma once

#include <exception>
#include <string_view>

#include "engine/call.hpp"

namespace winrm::engine {

/// The one place where a wsman::Fault becomes a message. `message_id` is the request's, when one was read.
[[nodiscard]] Answer answer_with_fault(wsman::Fault const& fault, std::string_view message_id,
                                       ClientFacts const& client, wsman::Encoding encoding);

/// What a failure that is no fault looks like to the client: InternalError without particulars. They are
/// logged.
[[nodiscard]] wsman::Fault unexpected_failure(std::exception const& error, std::string_view action);

/// The name or address in a Host header, without port and brackets.
[[nodiscard]] std::string_view host_name(std::string_view host_header);

}  // namespace winrm::engine
