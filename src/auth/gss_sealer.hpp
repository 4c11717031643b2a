#pragma once

#include <memory>
#include <string_view>

#include "auth/gss.hpp"
#include "auth/sealer.hpp"

namespace winrm::auth {

/// Message encryption with an established context; `mechanism` is "NTLM" or "Kerberos".
[[nodiscard]] std::unique_ptr<Sealer> make_gss_sealer(gss::Context context, std::string_view mechanism);

}  // namespace winrm::auth
