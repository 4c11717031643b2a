#include "tools/winrmd/users.hpp"

#include <istream>
#include <ostream>

#include "system/accounts.hpp"

namespace winrm::tools::winrmd {

Result<void> add_user(auth::UsersFile& users, std::string const& name, std::string const& account,
                      std::istream& input) {
  std::string line;
  std::getline(input, line);
  if (line.ends_with('\r')) line.pop_back();
  Secret const password(std::move(line));
  if (password.empty()) return fail("standard input held no password");
  if (!account.empty() && !system::find_account(account))
    return fail("there is no account " + account +
                " on this machine; create it first or name another with --as");
  if (!account.empty()) return users.add(name, password, account);
  auto const known = users.find_exact(name);
  return users.add(name, password, known ? known->account : system::current_account().name);
}

Result<void> list_users(auth::UsersFile const& users, std::ostream& out) {
  auto const entries = users.list();
  if (!entries) return tl::unexpected(entries.error());
  for (auth::UserEntry const& entry : *entries) out << entry.name << '\t' << entry.account << '\n';
  return {};
}

}  // namespace winrm::tools::winrmd
