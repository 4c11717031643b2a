// Tokens from clients nobody has verified: a first and, where the acceptor goes on, a second one. Whatever
// they are, the acceptor ends with a decision, and no made-up proof is ever accepted. The first two bytes say
// how long the first token is.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "auth/exchange.hpp"
#include "auth/token_inspection.hpp"
#include "auth/users_file.hpp"

using namespace winrm::auth;

namespace {

UsersFile const& users() {
  static UsersFile const file(std::filesystem::temp_directory_path() / "no-such-folder" / "users");
  return file;
}

void drive(std::string_view first, std::string_view second) {
  AcceptorOptions options;
  options.users = &users();
  options.keytab = "/nonexistent/keytab";
  auto const acceptor = make_gss_acceptor(std::move(options));
  for (auto token : {first, second}) {
    auto const step = acceptor->step(token);
    if (step.outcome == AcceptorStep::Outcome::accept) std::abort();
    if (step.outcome == AcceptorStep::Outcome::deny) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
  std::size_t const split = (static_cast<std::size_t>(data[0]) << 8 | data[1]) % (bytes.size() + 1);
  (void)inspect_token(bytes);
  drive(bytes.substr(0, split), bytes.substr(split));
  return 0;
}
