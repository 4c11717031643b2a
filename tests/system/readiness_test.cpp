#include "system/readiness.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>

#include "base/unique_fd.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::system {
namespace {

TEST(Readiness, TheManagerIsToldOnceAndChildrenCannotSpeakForUs) {
  support::TemporaryFolder const folder;
  auto const path = folder.path() / "notify";
  UniqueFd const manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);

  tell_service_manager_ready();

  std::array<char, 64> heard{};
  auto const size = ::recv(manager.get(), heard.data(), heard.size(), 0);
  EXPECT_EQ(std::string_view(heard.data(), size > 0 ? static_cast<std::size_t>(size) : 0), "READY=1");
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
}

TEST(Readiness, WithoutAManagerNothingHappens) {
  ::unsetenv("NOTIFY_SOCKET");
  tell_service_manager_ready();
}

}  // namespace
}  // namespace winrm::system
