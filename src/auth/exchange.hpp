#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/sealer.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"

/// Authentication as step functions: bytes in, step out; no sockets, no threads. Acceptor (service side) and
/// initiator (client side) stand side by side. Steps block (KDC, PAM): run them where blocking is allowed.
namespace winrm::auth {

/// RFC 5929 tls-server-end-point application data ("tls-server-end-point:" and the hash) of a certificate in
/// DER, as GSSAPI channel bindings carry it.
[[nodiscard]] Result<std::string> server_end_point_binding(std::string_view certificate_der);

// ---- acceptor ---------------------------------------------------------------------------------------------

/// What the acceptor learned when the client's credential held.
struct AcceptedClient {
  std::string name;         ///< NTLM: the users file's name, "alice"; Kerberos: "alice@EXAMPLE.TEST".
                            ///< Give it to map_account() (auth/account_mapping.hpp)
  std::string mechanism;    ///< "NTLM" or "Kerberos"
  Secret exported_context;  ///< for import_sealer() in the front; empty when the context cannot seal
};

struct AcceptorStep {
  enum class Outcome { proceed, accept, deny };
  Outcome outcome = Outcome::deny;
  std::string token;                     ///< to send back; may be empty
  std::optional<AcceptedClient> client;  ///< exactly when accepted
  std::string reason;                    ///< for our log when denied; never for the client
  std::string claimed_name;              ///< for our log when denied: whom the client said to be, if it did
};

/// One authentication on one connection. Any number may run at once, each on one thread at a time. After an
/// outcome other than `proceed` every further token is denied.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  [[nodiscard]] virtual AcceptorStep step(std::string_view token) = 0;
};

class UsersFile;

struct AcceptorOptions {
  std::filesystem::path keytab;      ///< any key in it serves; empty: the system's
  UsersFile const* users = nullptr;  ///< NTLM accounts; null: no NTLM
  std::string channel_binding;       ///< of our TLS certificate; "" on plain HTTP
  config::CbtHardeningLevel hardening = config::CbtHardeningLevel::relaxed;
  bool allow_ntlm = true;  ///< false under the scheme `Kerberos`
};

/// Takes raw NTLM (version 2 only), raw Kerberos and both inside SPNEGO (wire reference 3.4). Tokens are
/// checked for hostile lengths before GSSAPI sees them. `options.users` must outlive it.
[[nodiscard]] std::unique_ptr<Acceptor> make_gss_acceptor(AcceptorOptions options);

/// Checks a password. Blocking (yescrypt, PAM).
class PasswordVerifier {
 public:
  virtual ~PasswordVerifier() = default;
  /// The Unix account name the user's operations run as, or why not (for our log, not for the client).
  [[nodiscard]] virtual Result<std::string> verify(std::string_view user, Secret const& password,
                                                   std::string_view client_address) = 0;
};

/// The service's own accounts first; then PAM, for names that the users file does not have, when
/// `pam_service` is not empty and the process is root. Only names whose Unix account exists count (and,
/// without root, only the account the process runs as). Refusals take one password hash's time whatever the
/// name. Thread-safe.
[[nodiscard]] std::unique_ptr<PasswordVerifier> make_password_verifier(UsersFile const& users,
                                                                       std::string pam_service);

// ---- initiator --------------------------------------------------------------------------------------------

/// First parts of a service's Kerberos name, in the order to try them: WinRM services register WSMAN and
/// HTTP, and every machine has host. The next one is worth trying when InitiatorStep::unknown_service is
/// set.
inline constexpr std::array<std::string_view, 3> service_classes_to_try = {"WSMAN", "HTTP", "host"};

struct InitiatorOptions {
  enum class Mechanism { negotiate, ntlm, kerberos };
  Mechanism mechanism = Mechanism::negotiate;
  std::string user;           ///< "alice", "DOMAIN\\alice", "alice@REALM"; empty: the ccache's
  Secret password;            ///< empty: the ccache's ticket
  std::string service_class;  ///< first part of the SPN; empty: each of service_classes_to_try in turn
  std::string host;
  std::string channel_binding;  ///< always given over HTTPS
  bool delegate = false;
  std::uint16_t spn_port = 0;  ///< not 0: the service's name is CLASS/HOST:PORT
};

struct InitiatorStep {
  enum class Outcome { send, done, failed };
  Outcome outcome = Outcome::failed;
  std::string token;             ///< to send; may be empty when done
  std::string reason;            ///< when failed: what was tried, what the library said, what to do
  bool unknown_service = false;  ///< failed because the KDC does not know this service_class of the host
};

class Initiator {
 public:
  virtual ~Initiator() = default;
  /// First call with "", then with each token of the service.
  [[nodiscard]] virtual InitiatorStep step(std::string_view token) = 0;
  /// True when the service proved itself too (Kerberos mutual authentication; NTLM by its sealed answers).
  [[nodiscard]] virtual bool complete() const = 0;
  /// "NTLM" or "Kerberos", once known.
  [[nodiscard]] virtual std::string mechanism() const = 0;
  /// After complete(): message encryption with this context.
  [[nodiscard]] virtual std::unique_ptr<Sealer> take_sealer() = 0;
};

/// Negotiate speaks SPNEGO: Kerberos when the ticket cache has a ticket for the user or when a user@REALM and
/// a password get one, else NTLM with the password. Kerberos requires mutual authentication.
[[nodiscard]] std::unique_ptr<Initiator> make_gss_initiator(InitiatorOptions options);

}  // namespace winrm::auth
