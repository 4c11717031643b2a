#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_folder.hpp"

namespace winrm::support {

/// A throw-away realm EXAMPLE.TEST with a real KDC (tests/support/realm). While it lives, this process's
/// Kerberos configuration and ticket cache are the realm's (environment variables, so make it before
/// threads).
class Realm {
 public:
  /// Throws when the KDC cannot be started, saying why.
  Realm();
  ~Realm();
  Realm(Realm const&) = delete;
  Realm& operator=(Realm const&) = delete;

  void add_user(std::string const& name, std::string const& password);
  /// For example "HTTP/localhost"; its key goes into keytab().
  void add_service(std::string const& principal);
  /// Logs on with kinit into the realm's ticket cache.
  void log_on(std::string const& user, std::string const& password);
  void forget_tickets();
  /// Ends the KDC; tickets already there still work.
  void stop();
  [[nodiscard]] std::filesystem::path keytab() const { return folder_ / "service.keytab"; }
  [[nodiscard]] std::filesystem::path const& folder() const noexcept { return folder_.path(); }

 private:
  void run(std::vector<std::string> const& arguments);
  TemporaryFolder folder_;
  bool running_ = false;
};

}  // namespace winrm::support
