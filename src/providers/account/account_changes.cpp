#include "providers/account/account_changes.hpp"

#include <algorithm>
#include <system_error>

#include "cim/failure.hpp"
#include "providers/common/failures.hpp"
#include "system/account_database.hpp"
#include "system/program.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

system::ProgramResult run(system::Host const& host, std::vector<std::string> arguments) {
  auto const program = arguments.front();
  // Asked first: usermod(8) has other objections (the account is in use) before it finds that it may not.
  if (!host.accounts().may_be_changed()) {
    throw cim::Failure(cim::Status::access_denied,
                       "this account may not change accounts; usually only root may");
  }
  for (std::string const folder : {"/usr/sbin/", "/usr/bin/"}) {
    if (!host.exists(folder + program)) continue;
    arguments.front() = folder + program;
    try {
      return host.run(arguments);
    } catch (std::system_error const& error) {
      throw_failure(error, program);
    }
  }
  throw cim::Failure(cim::Status::not_supported,
                     "this machine has no " + program + " to change accounts with");
}

}  // namespace

bool is_account_name(std::string_view name) {
  constexpr std::size_t most_bytes = 32;  // useradd(8)
  return !name.empty() && name.size() <= most_bytes && (is_letter(name.front()) || name.front() == '_') &&
         std::ranges::all_of(
             name, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

int change_accounts(system::Host const& host, std::vector<std::string> arguments) {
  return run(host, std::move(arguments)).exit_status;
}

void require_change(system::Host const& host, std::vector<std::string> arguments, std::string const& what) {
  auto const result = run(host, std::move(arguments));
  if (result.exit_status == 0) return;
  throw cim::Failure(cim::Status::failed, what + ": " + std::string(system::text::trim(result.errors)));
}

}  // namespace winrm::providers
