#include <set>

#include "cim/failure.hpp"
#include "cim/schema.hpp"
#include "providers/account/account_changes.hpp"
#include "providers/account/classes.hpp"
#include "providers/account/identifiers.hpp"
#include "system/account_database.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

struct UserAccount {
  std::string domain;
  std::string name;
  std::string caption;
  std::optional<std::string> description;
  std::string sid;
  bool is_local = false;
  std::optional<std::string> full_name;
  std::optional<bool> is_disabled;
  std::optional<bool> is_locked;
  std::optional<bool> password_expires;
  std::optional<bool> password_required;
  std::optional<bool> password_changeable;
};
struct SystemAccount {
  std::string domain;
  std::string name;
  std::string caption;
  std::optional<std::string> description;
  std::string sid;
  bool is_local = false;
};

constexpr std::uint8_t sid_type_user = 1;
constexpr std::uint32_t normal_account = 512;

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::UserAccount> = [] {
  using U = winrm::providers::UserAccount;
  namespace map = winrm::providers;
  using std::string_view, std::uint8_t, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_UserAccount", "Win32_Account")
          .described("An account of a person, and root. The rules of its password are known to root alone."),
      key<&U::domain>("Domain").described("This machine's name."),
      key<&U::name>("Name").case_exact(),
      constant<uint32_t>("AccountType", map::normal_account),
      prop<&U::caption>("Caption"),
      prop<&U::description>("Description").described("The whole comment (GECOS) field."),
      prop<&U::is_disabled>("Disabled").writable().described("The account has expired (chage -E)."),
      prop<&U::full_name>("FullName").writable(),
      prop<&U::is_local>("LocalAccount").described("It stands in /etc/passwd, not only in a directory service."),
      prop<&U::is_locked>("Lockout").writable().described("Its password is locked (usermod -L)."),
      prop<&U::password_changeable>("PasswordChangeable"),
      prop<&U::password_expires>("PasswordExpires").writable().described("It has a maximum age."),
      prop<&U::password_required>("PasswordRequired"),
      prop<&U::sid>("SID").described("S-1-22-1- and the user id, as Samba maps it."),
      constant<uint8_t>("SIDType", map::sid_type_user).values(map::sid_types),
      constant<string_view>("Status", "OK"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SystemAccount> = [] {
  using U = winrm::providers::SystemAccount;
  namespace map = winrm::providers;
  using std::string_view, std::uint8_t;
  return describe(
      ClassName("root/cimv2", "Win32_SystemAccount", "Win32_Account")
          .described("An account of a program or of the system: below UID_MIN of login.defs(5) but root, and nobody."),
      key<&U::domain>("Domain").described("This machine's name."),
      key<&U::name>("Name").case_exact(),
      prop<&U::caption>("Caption"),
      prop<&U::description>("Description"),
      prop<&U::is_local>("LocalAccount").described("It stands in /etc/passwd, not only in a directory service."),
      prop<&U::sid>("SID").described("S-1-22-1- and the user id, as Samba maps it."),
      constant<uint8_t>("SIDType", map::sid_type_user).values(map::sid_types),
      constant<string_view>("Status", "OK"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::User;

/// Keeps what is the same for every account, looked up once for a whole enumeration.
class Filler {
 public:
  explicit Filler(Host const& host)
      : host_(host),
        policy_(system::account_policy(host)),
        domain_(system::short_name(host.kernel())),
        local_names_(system::names_in_file(host, "/etc/passwd")) {}

  [[nodiscard]] bool is_of_system(User const& user) const { return is_system_account(user, policy_); }

  template <class Row>
  [[nodiscard]] Row row_of(User const& user) const {
    Row row;
    row.domain = domain_;
    row.name = user.name;
    row.caption = domain_ + "\\" + user.name;
    if (!user.comment.empty()) row.description = user.comment;
    row.sid = sid_of_user(user.uid);
    row.is_local = local_names_.contains(user.name);
    return row;
  }

  void fill_password_rules(UserAccount& row) const {
    auto const rules = host_.accounts().password_rules(row.name);
    if (!rules) return;
    constexpr std::int64_t never = 99999;  // what useradd(8) writes for no maximum
    auto const today = std::chrono::floor<std::chrono::days>(host_.now()).time_since_epoch().count();
    row.is_disabled = rules->account_expires && *rules->account_expires <= today;
    row.is_locked = rules->locked;
    row.password_expires = rules->maximum_age && *rules->maximum_age < never;
    row.password_required = !rules->empty;
    row.password_changeable = !rules->maximum_age || rules->minimum_age.value_or(0) <= *rules->maximum_age;
  }

 private:
  Host const& host_;
  system::AccountPolicy policy_;
  std::string domain_;
  std::set<std::string, std::less<>> local_names_;
};

std::optional<std::string> full_name(User const& user) {
  auto const name = user.comment.substr(0, user.comment.find(','));
  if (name.empty()) return std::nullopt;
  return name;
}

/// The account that a query is about, or all; those that two databases name once.
std::vector<User> asked_users(Host const& host, std::optional<std::string> const& name) {
  if (name) {
    auto user = host.accounts().find_user(*name);
    return user ? std::vector<User>{*std::move(user)} : std::vector<User>();
  }
  auto users = host.accounts().users();
  std::set<std::string> seen;
  std::erase_if(users, [&](User const& user) { return !seen.insert(user.name).second; });
  return users;
}

cim::Generator<UserAccount> enumerate_users(Host const& host, cim::Query const& query) {
  using U = UserAccount;
  bool const wants_rules = query.wants<&U::is_disabled, &U::is_locked, &U::password_expires,
                                       &U::password_required, &U::password_changeable>();
  Filler const filler(host);
  auto const users = asked_users(host, query.equals<&UserAccount::name>());
  for (auto const& user : users) {
    if (filler.is_of_system(user)) continue;
    auto row = filler.row_of<UserAccount>(user);
    row.full_name = full_name(user);
    if (wants_rules) filler.fill_password_rules(row);
    co_yield row;
  }
}

cim::Generator<SystemAccount> enumerate_system_accounts(Host const& host, cim::Query const& query) {
  Filler const filler(host);
  auto const users = asked_users(host, query.equals<&SystemAccount::name>());
  for (auto const& user : users) {
    if (!filler.is_of_system(user)) continue;
    auto const row = filler.row_of<SystemAccount>(user);
    co_yield row;
  }
}

// --- changes ---------------------------------------------------------------------------------------------

constexpr cim::ValueName rename_results[] = {
    {0, "Success"},
    {1, "Instance not found"},
    {2, "Instance required"},
    {3, "Invalid parameter"},
    {4, "User not found"},
    {5, "Domain not found"},
    {6, "Operation is allowed only on the primary domain controller"},
    {7, "Operation is not allowed on the last administrative account"},
    {8, "Operation is not allowed on specified special groups"},
    {9, "Other API error"},
    {10, "Internal error"}};

cim::MethodResult rename(Host const& host, UserAccount const& row, cim::NamedValues const& in) {
  auto const name = in.get<std::string>("Name").value_or("");
  if (!is_account_name(name)) return 3;
  if (row.name == "root") return 8;
  // usermod(8), "EXIT VALUES".
  switch (change_accounts(host, {"usermod", "--login", name, "--", row.name})) {
    case 0:
      return 0;
    case 2:
    case 3:
    case 9:
      return 3;
    case 6:
      return 4;
    default:
      return 9;
  }
}

constexpr cim::Method<UserAccount> user_methods[] = {
    {.name = "Rename", .parameters = rename_parameters, .return_values = rename_results, .run = rename}};

/// The comment with another name in front; the office and the telephones behind it stay.
std::string comment_with_name(Host const& host, std::string const& user, std::string const& full_name) {
  if (full_name.find_first_of(":,\n") != std::string::npos) {
    throw cim::Failure(cim::Status::invalid_parameter, "FullName cannot have a colon, a comma or a line end");
  }
  auto const account = host.accounts().find_user(user);
  auto const comma = account ? account->comment.find(',') : std::string::npos;
  return comma == std::string::npos ? full_name : full_name + account->comment.substr(comma);
}

void put_user(Host const& host, UserAccount const& row, cim::NamedValues const& changes) {
  auto const change = [&](std::vector<std::string> arguments, std::string const& property) {
    arguments.insert(arguments.end(), {"--", row.name});
    require_change(host, std::move(arguments), property + " of " + row.name + " cannot be changed");
  };
  if (changes.has("FullName")) {
    auto const full_name = changes.get<std::string>("FullName").value_or("");
    change({"usermod", "--comment", comment_with_name(host, row.name, full_name)}, "FullName");
  }
  if (auto const disabled = changes.get<bool>("Disabled")) {
    // A date long gone, or none.
    change({"usermod", "--expiredate", *disabled ? "1" : ""}, "Disabled");
  }
  if (auto const lockout = changes.get<bool>("Lockout")) {
    change({"usermod", *lockout ? "--lock" : "--unlock"}, "Lockout");
  }
  if (auto const expires = changes.get<bool>("PasswordExpires");
      expires && *expires != row.password_expires) {
    if (*expires) {
      throw cim::Failure(cim::Status::invalid_parameter,
                         "PasswordExpires: Linux asks after how many days; say it with chage --maxdays");
    }
    change({"chage", "--maxdays", "-1"}, "PasswordExpires");
  }
}

}  // namespace

void add_user_account(cim::Registry& registry) {
  registry.add<UserAccount>({.enumerate = enumerate_users, .methods = user_methods, .put = put_user});
  registry.add<SystemAccount>({.enumerate = enumerate_system_accounts});
}

}  // namespace winrm::providers
