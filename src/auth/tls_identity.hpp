#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// A listener's certificate chain and key, in PEM.
struct TlsIdentity {
  std::string certificate_pem;
  Secret key_pem;
  std::string certificate_der;  ///< of the leaf, for the channel binding
};

/// Reads the files an administrator named.
[[nodiscard]] Result<TlsIdentity> load_tls_identity(std::filesystem::path const& certificate,
                                                    std::filesystem::path const& key);

/// StateDir/tls/server.crt and server.key: read when they are there, made (self-signed, for this host's name)
/// when neither is. Never replaced.
[[nodiscard]] Result<TlsIdentity> load_or_make_tls_identity(std::filesystem::path const& folder);

}  // namespace winrm::auth
