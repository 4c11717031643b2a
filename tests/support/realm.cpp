#include "support/realm.hpp"

#include <cstdlib>
#include <stdexcept>

#include "support/run_program.hpp"

namespace winrm::support {

Realm::Realm() {
  ::setenv("KRB5_CONFIG", (folder_ / "krb5.conf").c_str(), 1);
  ::setenv("KRB5CCNAME", ("FILE:" + (folder_ / "ccache").string()).c_str(), 1);
  run({"start"});
  running_ = true;
}

Realm::~Realm() {
  stop();
  ::unsetenv("KRB5_CONFIG");
  ::unsetenv("KRB5CCNAME");
}

void Realm::run(std::vector<std::string> const& arguments) {
  std::vector<std::string> command = {WINRM_SOURCE_DIR "/tests/support/realm"};
  command.push_back(arguments.front());
  command.push_back(folder_.path().string());
  command.insert(command.end(), arguments.begin() + 1, arguments.end());
  if (int const status = run_program(command).status; status != 0) {
    throw std::runtime_error("realm " + arguments.front() + " failed with status " + std::to_string(status) +
                             " (are krb5-kdc and krb5-admin-server installed?)");
  }
}

void Realm::add_user(std::string const& name, std::string const& password) { run({"user", name, password}); }
void Realm::add_service(std::string const& principal) { run({"service", principal}); }

void Realm::log_on(std::string const& user, std::string const& password) {
  if (run_program({"kinit", user}, password + "\n").status != 0) throw std::runtime_error("kinit failed");
}

void Realm::forget_tickets() { std::filesystem::remove(folder_ / "ccache"); }

void Realm::stop() {
  if (running_) run({"stop"});
  running_ = false;
}

}  // namespace winrm::support
