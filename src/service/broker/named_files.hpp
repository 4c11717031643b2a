#pragma once

#include "auth/tls_identity.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"

namespace winrm::service::broker {

[[nodiscard]] bool names_certificate(config::Listener const& listener);

/// The certificate that an HTTPS listener names by file or thumbprint, with its key.
[[nodiscard]] Result<auth::TlsIdentity> load_named_certificate(config::Listener const& listener,
                                                               config::Settings const& settings);

/// What a service with these settings would miss: certificates of its enabled listeners with their keys, and
/// the keytab. Reads them and changes nothing. An error says which file is wrong, and for which setting.
[[nodiscard]] Result<void> check_named_files(config::Settings const& settings);

}  // namespace winrm::service::broker
