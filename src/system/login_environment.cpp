#include "system/login_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace winrm::system {

namespace {

constexpr std::string_view user_path = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
constexpr std::string_view root_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Of this process's environment only what makes a session: whatever else it was started with is not the
/// client's business.
constexpr std::array<std::string_view, 5> inherited_names{"LANG", "LANGUAGE", "TZ", "KRB5CCNAME",
                                                          "DBUS_SESSION_BUS_ADDRESS"};
constexpr std::array<std::string_view, 2> inherited_prefixes{"LC_", "XDG_"};

bool is_inherited(std::string_view name) {
  return std::ranges::find(inherited_names, name) != inherited_names.end() ||
         std::ranges::any_of(inherited_prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

void set(Environment& environment, std::string_view name, std::string_view value) {
  auto const found = std::ranges::find(environment, name, &Environment::value_type::first);
  if (found != environment.end()) {
    found->second = value;
  } else {
    environment.emplace_back(name, value);
  }
}

}  // namespace

Environment make_environment(Account const& account, Environment const& variables) {
  Environment environment;
  for (char* const* entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view const text = *entry;
    std::size_t const equals = text.find('=');
    if (equals == std::string_view::npos || !is_inherited(text.substr(0, equals))) continue;
    set(environment, text.substr(0, equals), text.substr(equals + 1));
  }
  set(environment, "HOME", account.home.native());
  set(environment, "USER", account.name);
  set(environment, "LOGNAME", account.name);
  set(environment, "SHELL", account.shell.native());
  set(environment, "PATH", account.uid == 0 ? root_path : user_path);
  for (auto const& [name, value] : variables) set(environment, name, value);
  return environment;
}

}  // namespace winrm::system
