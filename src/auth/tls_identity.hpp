#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// A listener's certificate chain and key, in PEM.
struct TlsIdentity {
  std::string certificate_pem;
  Secret key_pem;
  std::string certificate_der;  ///< of the leaf, for the channel binding
};

/// Reads the files an administrator named; without `key` the key is in `certificate`. A key of another
/// certificate is an error.
[[nodiscard]] Result<TlsIdentity> load_tls_identity(std::filesystem::path const& certificate,
                                                    std::filesystem::path const& key);

/// StateDir/tls/server.crt and server.key: read when they are there, made (self-signed, for this host's name)
/// when neither is. Never replaced.
[[nodiscard]] Result<TlsIdentity> load_or_make_tls_identity(std::filesystem::path const& folder);

/// SHA-1 of a certificate in DER, 40 upper-case hexadecimal digits: how Windows names certificates.
[[nodiscard]] std::string thumbprint_of(std::string_view certificate_der);

/// The PEM file (*.pem, *.crt) in `folder` whose first certificate has that thumbprint; case and blanks in
/// `thumbprint` do not matter.
[[nodiscard]] std::optional<std::filesystem::path> find_certificate(std::filesystem::path const& folder,
                                                                    std::string_view thumbprint);

/// What a listener's certificate must be.
struct CertificateFacts {
  std::string thumbprint;
  std::vector<std::string> names;  ///< DNS names and addresses of the subjectAltName, else the common name
  bool server_authentication = false;
  bool self_signed = false;
};
[[nodiscard]] Result<CertificateFacts> certificate_facts(std::filesystem::path const& certificate);
/// True when one of the names (with a wildcard as first label) is `host`.
[[nodiscard]] bool is_certificate_for(CertificateFacts const& facts, std::string_view host);

}  // namespace winrm::auth
