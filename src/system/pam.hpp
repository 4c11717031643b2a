#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

/// The machine's own accounts through PAM. The checks block and need the rights the PAM stack needs (root for
/// most stacks). Each call has a PAM handle of its own, so threads may call at once as far as the stack's
/// modules allow it; pam_unix, pam_sss and pam_winbind do.
namespace winrm::system {

struct PamRequest {
  std::string service;  ///< file name under /etc/pam.d
  std::string user;
  std::string remote_host;  ///< the client's address, for pam_access and the audit log; may be empty
  std::filesystem::path config_directory;  ///< instead of /etc/pam.d; empty: the system's
};

/// Why PAM said no. `unknown_user` lets the caller spend the time a known user's check would have taken.
struct PamRefusal {
  std::string message;  ///< for our log, never for the client
  bool unknown_user = false;
};

/// Authenticates and checks that the account may log on now (pam_acct_mgmt). An expired password is a
/// refusal: there is nobody to type a new one. Returns PAM's name of the user, which modules may have
/// changed. Does not sleep after a failure (pam_fail_delay is heard and left to the caller).
[[nodiscard]] Result<std::string, PamRefusal> pam_check_password(PamRequest const& request,
                                                                 Secret const& password);

/// Checks that an account may log on now (pam_acct_mgmt: not expired, not locked, allowed from there), for
/// one whose credential was verified elsewhere. The same calls as PamSession::open begins with.
[[nodiscard]] Result<void> pam_check_account(PamRequest const& request);

/// Whether there is a stack of that name: without one PAM would go by the service "other". Not for "".
[[nodiscard]] bool pam_service_exists(std::string const& service);

/// A PAM session of an account whose credential was verified elsewhere. Open it as root in the process that
/// will start the account's process and do nothing else: modules change the caller (pam_limits its limits,
/// pam_loginuid its audit id, pam_keyinit its keyring) and the child inherits them. The destructor closes the
/// session, so keep it until the child has ended.
class PamSession {
 public:
  /// Checks the account (expired, locked, not allowed here), sets its credentials and opens the session.
  [[nodiscard]] static Result<PamSession> open(PamRequest const& request);

  PamSession(PamSession&&) noexcept;
  PamSession& operator=(PamSession&&) noexcept;
  ~PamSession();

  /// "NAME=value", what the stack wants in the environment of the account's processes.
  [[nodiscard]] std::vector<std::string> environment() const;
  void close() noexcept;
  /// Forgets the session without ending it: for the child process, whose parent keeps it.
  void abandon() noexcept;

 private:
  class Handle;
  explicit PamSession(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace winrm::system
