#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace winrm::auth {

/// What stops a password from getting a ticket, and whether trying the password elsewhere could lock the
/// account.
struct TicketRefusal {
  std::string message;
  bool account_found =
      false;  ///< the KDC knows the user, but did not accept the password or the account's state
};

/// A ticket-granting ticket in the memory of this process, gone with its object. Not thread-safe; any number
/// may live at once.
class TicketCache {
 public:
  /// Asks the KDC of the user's realm. Blocking.
  [[nodiscard]] static Result<TicketCache, TicketRefusal> from_password(std::string const& user,
                                                                        Secret const& password,
                                                                        bool forwardable);
  TicketCache(TicketCache&&) noexcept;
  TicketCache& operator=(TicketCache&&) noexcept;
  ~TicketCache();

  /// For GSSAPI's credential store key "ccache".
  [[nodiscard]] std::string const& name() const noexcept;

 private:
  struct Tickets;
  explicit TicketCache(std::unique_ptr<Tickets> tickets);
  std::unique_ptr<Tickets> tickets_;
};

/// What to do about a Kerberos error code; empty when the library's own words say it.
[[nodiscard]] std::string_view kerberos_advice(long code);

}  // namespace winrm::auth
