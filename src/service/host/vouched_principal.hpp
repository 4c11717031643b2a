#pragma once

#include "auth/principal.hpp"

namespace winrm::ipc::message {
class Principal;
}

namespace winrm::service::host {

/// The identity the broker vouches for on this host's control socket becomes a principal again. That socket
/// is the only place such a message may come from.
[[nodiscard]] auth::Principal vouched_principal(ipc::message::Principal const& message);

}  // namespace winrm::service::host
