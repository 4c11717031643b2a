#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// One sealed message: what stands before and after the length-prefixed header in an encrypted part.
struct SealedMessage {
  std::string header;  ///< NTLM signature (16 bytes) or Kerberos token header (60 with AES)
  std::string ciphertext;
  std::size_t padding = 0;  ///< bytes added to the plain length (RC4 Kerberos); 0 otherwise
};

/// Message encryption of one connection. Each direction is a sequence: messages must be sealed and unsealed
/// in the order of the wire. Not thread-safe.
class Sealer {
 public:
  virtual ~Sealer() = default;
  [[nodiscard]] virtual Result<SealedMessage> seal(std::string_view plain) = 0;
  /// `header_bytes` is what the peer's length prefix said. Fails for anything altered, replayed or reordered.
  [[nodiscard]] virtual Result<std::string> unseal(std::string_view header_and_ciphertext,
                                                   std::size_t header_bytes) = 0;
};

/// Continues in this process a security context that another accepted and exported (broker to front).
[[nodiscard]] Result<std::unique_ptr<Sealer>> import_sealer(Secret exported_context);

/// Loads what GSSAPI would load lazily (mechanism modules, character sets, cipher providers), so that this
/// process can import contexts and seal after it has given up the file system. For a process that only seals:
/// Kerberos' configuration is out of its reach from here on. Call it once, before there are threads.
void preload_mechanisms();

}  // namespace winrm::auth
