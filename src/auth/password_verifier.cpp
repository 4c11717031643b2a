#include <fmt/format.h>
#include <unistd.h>

#include "auth/account_mapping.hpp"
#include "auth/exchange.hpp"
#include "auth/password_hash.hpp"
#include "auth/users_file.hpp"
#include "system/pam.hpp"

namespace winrm::auth {

namespace {

class UsersThenPam final : public PasswordVerifier {
 public:
  UsersThenPam(UsersFile const& users, std::string pam_service)
      : users_(users), pam_service_(std::move(pam_service)) {}

  Result<std::string> verify(std::string_view user, Secret const& password,
                             std::string_view client_address) override {
    if (auto const entry = users_.find(user)) {
      // An entry decides alone: its name must not have a second password in PAM.
      if (!matches_yescrypt(password, entry->yescrypt))
        return fail("wrong password for a name of the users file");
      return account_name(map_account(users_, entry->name));
    }
    if (pam_service_.empty() || ::geteuid() != 0) {
      spend_yescrypt_time(password);
      return fail("there is no such name in the users file");
    }
    return ask_pam(user, password, client_address);
  }

 private:
  static Result<std::string> account_name(Result<system::Account> account) {
    if (!account) return tl::unexpected(account.error());
    return std::move(account->name);
  }

  Result<std::string> ask_pam(std::string_view user, Secret const& password,
                              std::string_view client_address) {
    system::PamRequest request;
    request.service = pam_service_;
    // `.\root` and `HOST\root` are this machine's root; a name of another domain is PAM's to understand.
    request.user = local_user_name(user).value_or(std::string(user));
    request.remote_host = client_address;
    auto checked = system::pam_check_password(request, password);
    if (!checked) {
      // pam_unix hashes nothing for a name it does not know.
      if (checked.error().unknown_user) spend_yescrypt_time(password);
      return fail(std::move(checked.error().message));
    }
    if (!system::find_account(*checked)) {
      return fail(fmt::format("PAM accepted '{}', but there is no such account", *checked));
    }
    return std::move(*checked);
  }

  UsersFile const& users_;
  std::string pam_service_;
};

}  // namespace

std::unique_ptr<PasswordVerifier> make_password_verifier(UsersFile const& users, std::string pam_service) {
  return std::make_unique<UsersThenPam>(users, std::move(pam_service));
}

}  // namespace winrm::auth
