#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <vector>

#include "auth/users_file.hpp"
#include "base/log.hpp"
#include "config/addresses.hpp"
#include "config/load.hpp"
#include "service/broker/broker.hpp"
#include "service/broker/child_process.hpp"
#include "service/broker/named_files.hpp"
#include "service/front/front.hpp"
#include "service/host/host.hpp"
#include "tools/winrmd/arguments.hpp"
#include "tools/winrmd/users.hpp"

namespace {

using namespace winrm;
using namespace winrm::tools::winrmd;

constexpr int usage_status = 2;

int report(Result<void> const& outcome) {
  if (outcome) return EXIT_SUCCESS;
  std::cerr << "winrmd: " << outcome.error().message << '\n';
  return EXIT_FAILURE;
}

log::Level level_of(std::string_view name) {
  if (name == "debug") return log::Level::debug;
  if (name == "warning") return log::Level::warning;
  return name == "error" ? log::Level::error : log::Level::info;
}

int run_command(Arguments const& arguments) {
  if (arguments.command == Command::help) {
    std::cout << help_text();
    return EXIT_SUCCESS;
  }
  if (arguments.command == Command::version) {
    std::cout << "winrmd " WINRM_VERSION "\n";
    return EXIT_SUCCESS;
  }
  auto const settings = config::load(arguments.config);
  if (!settings) return report(tl::unexpected(settings.error()));
  if (arguments.command == Command::check_config)
    return report(config::check_clashes(*settings).and_then(
        [&] { return service::broker::check_named_files(*settings); }));
  log::configure("broker", level_of(settings->daemon.log_level));
  if (arguments.command == Command::serve)
    return report(service::broker::run(*settings, std::filesystem::absolute(arguments.config)));

  std::error_code error;
  std::filesystem::create_directories(auth::users_file(*settings).parent_path(), error);
  auth::UsersFile users(auth::users_file(*settings));
  if (arguments.command == Command::user_add)
    return report(add_user(users, arguments.name, arguments.account, std::cin));
  if (arguments.command == Command::user_remove) return report(users.remove(arguments.name));
  return report(list_users(users, std::cout));
}

}  // namespace

int main(int argc, char** argv) {
  // gss-ntlmssp compares the names of accounts in the character set of the locale: ASCII, unless one is set.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::vector<std::string_view> const words(argv + 1, argv + argc);
  std::string_view const first = words.empty() ? std::string_view{} : words.front();
  if (first.starts_with(service::broker::role_argument)) {
    std::string_view const role = first.substr(service::broker::role_argument.size());
    if (role == "front") return service::front::run(service::broker::control_descriptor);
    if (role == "host") return service::host::run(service::broker::control_descriptor);
  }
  auto const arguments = parse_arguments(words);
  if (!arguments) {
    std::cerr << "winrmd: " << arguments.error().message << '\n';
    return usage_status;
  }
  return run_command(*arguments);
}
