#include "tools/winrmd/users.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "system/accounts.hpp"

namespace winrm::tools::winrmd {
namespace {

class Users : public ::testing::Test {
 protected:
  Users() { remove(); }
  ~Users() override { remove(); }

  Result<void> add(std::string const& name, std::string const& account) {
    std::istringstream password("Secret 1!\n");
    return add_user(users_, name, account, password);
  }
  [[nodiscard]] std::string account_of(std::string_view name) const {
    auto const entry = users_.find_exact(name);
    return entry ? entry->account : std::string{};
  }

 private:
  void remove() const {
    std::filesystem::remove(file_);
    std::filesystem::remove(file_.string() + ".lock");
  }

  std::filesystem::path file_ = std::filesystem::path(::testing::TempDir()) / "winrmd_users_test";
  auth::UsersFile users_{file_};
};

TEST_F(Users, ANewPasswordChangesNoAccount) {
  ASSERT_TRUE(add("ops", "nobody"));
  ASSERT_TRUE(add("OPS", ""));
  EXPECT_EQ(account_of("ops"), "nobody");
  ASSERT_TRUE(add("ops", "daemon"));
  EXPECT_EQ(account_of("ops"), "daemon");
  ASSERT_TRUE(add("other", ""));
  EXPECT_EQ(account_of("other"), system::current_account().name);
}

}  // namespace
}  // namespace winrm::tools::winrmd
