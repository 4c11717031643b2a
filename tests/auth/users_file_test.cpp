#include "auth/users_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

#include "auth/nt_hash.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  EXPECT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  return name.data();
}

class UsersFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  void write(std::string const& text, mode_t mode = 0600) const {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }

  support::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "users";
  UsersFile users_{path_};
};

TEST(NtHash, IsTheOneEveryoneKnows) {
  // MS-NLMP 4.2.2.1.2: NTOWFv1 of "Password".
  EXPECT_EQ(nt_hash(Secret("Password"))->reveal(), "A4F49C406510BDCAB6824EE7C30FD852");
}

TEST_F(UsersFileTest, AddedUserIsStoredHashedAndClosedToOthers) {
  ASSERT_TRUE(users_.add("Alice", Secret("Secret 1!"), "nobody"));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_THAT(content(), HasSubstr("Alice:nobody:$y$"));
  EXPECT_THAT(content(), Not(HasSubstr("Secret 1!")));
  auto const listed = users_.list();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().name, "Alice");
  EXPECT_EQ(listed->front().account, "nobody");
  EXPECT_EQ(listed->front().nt_hash.reveal(), nt_hash(Secret("Secret 1!"))->reveal());
}

TEST_F(UsersFileTest, VerifiesThePasswordOnly) {
  ASSERT_TRUE(users_.add("alice", Secret("Secret 1!"), "nobody"));
  EXPECT_TRUE(users_.verify("alice", Secret("Secret 1!")));
  EXPECT_TRUE(users_.verify("ALICE", Secret("Secret 1!")));
  EXPECT_FALSE(users_.verify("alice", Secret("secret 1!")));
  EXPECT_FALSE(users_.verify("alice", Secret("")));
  EXPECT_FALSE(users_.verify("alice", Secret(std::string("Secret 1!\0x", 11))));
  EXPECT_FALSE(users_.verify("alice", Secret(std::string(100'000, 'a'))));
  EXPECT_FALSE(users_.verify("bob", Secret("Secret 1!")));
  EXPECT_FALSE(users_.verify("", Secret("Secret 1!")));
}

TEST_F(UsersFileTest, A19_NameFormsOfThisMachineFindTheEntry) {
  ASSERT_TRUE(users_.add("alice", Secret("x"), "nobody"));
  std::string const host = host_name();
  for (std::string const& name :
       {std::string("alice"), std::string(".\\alice"), host + "\\alice", "alice@" + host,
        "alice@" + host.substr(0, host.find('.')) + ".example.test", std::string("WORKGROUP\\ALICE"),
        std::string("localhost\\alice")}) {
    EXPECT_TRUE(users_.find(name)) << name;
  }
  for (std::string const& name :
       {std::string("OTHER\\alice"), std::string("alice@other"), std::string("\\alice"),
        std::string("alice@"), std::string(".\\.\\alice")}) {
    EXPECT_FALSE(users_.find(name)) << name;
  }
  EXPECT_FALSE(users_.find_exact(".\\alice"));
}

TEST_F(UsersFileTest, WholeNameGoesBeforeItsLocalPart) {
  ASSERT_TRUE(users_.add("alice", Secret("x"), "nobody"));
  ASSERT_TRUE(users_.add("alice@localhost", Secret("x"), "daemon"));
  EXPECT_EQ(users_.find("alice@localhost")->account, "daemon");
}

TEST_F(UsersFileTest, ChangesByAnotherProcessCountAtOnce) {
  EXPECT_FALSE(users_.find("alice"));
  UsersFile other(path_);
  ASSERT_TRUE(other.add("alice", Secret("one"), "nobody"));
  EXPECT_TRUE(users_.verify("alice", Secret("one")));
  ASSERT_TRUE(other.add("alice", Secret("two"), "nobody"));
  EXPECT_FALSE(users_.verify("alice", Secret("one")));
  EXPECT_TRUE(users_.verify("alice", Secret("two")));
  ASSERT_TRUE(other.remove("alice"));
  EXPECT_FALSE(users_.find("alice"));
  EXPECT_THAT(other.remove("alice").error().message, HasSubstr("has no user 'alice'"));
}

TEST_F(UsersFileTest, RefusesNamesThatCouldForgeALine) {
  for (std::string const& name :
       {std::string(), std::string("a:b"), std::string("a\nb"), std::string("#a"), std::string("a\\b"),
        std::string("a\0b", 3), std::string(300, 'a'), std::string("\xff")}) {
    EXPECT_FALSE(users_.add(name, Secret("x"), "nobody")) << name;
    EXPECT_FALSE(users_.add("alice", Secret("x"), name)) << name;
  }
  EXPECT_THAT(users_.add("alice", Secret(), "nobody").error().message, HasSubstr("password is empty"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UsersFileTest, FileThatCannotBeTrustedLetsNobodyIn) {
  ASSERT_TRUE(users_.add("alice", Secret("x"), "nobody"));
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_FALSE(users_.find("alice"));
  EXPECT_THAT(users_.list().error().message, HasSubstr("chmod 600"));
  EXPECT_FALSE(users_.add("bob", Secret("x"), "nobody"));
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_TRUE(users_.find("alice"));

  std::filesystem::rename(path_, folder_ / "real");
  std::filesystem::create_symlink(folder_ / "real", path_);
  EXPECT_FALSE(users_.find("alice"));
  EXPECT_THAT(users_.list().error().message, HasSubstr("symbolic link"));
  EXPECT_FALSE(users_.add("bob", Secret("x"), "nobody"));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
}

TEST_F(UsersFileTest, FileOfAnotherOwnerLetsNobodyIn) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_TRUE(users_.add("alice", Secret("x"), "nobody"));
  ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
  EXPECT_FALSE(users_.find("alice"));
  EXPECT_THAT(users_.list().error().message, HasSubstr("belongs to uid 65534"));
}

TEST_F(UsersFileTest, FifoDoesNotHangTheService) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(users_.find("alice"));
  EXPECT_THAT(users_.list().error().message, HasSubstr("not a regular file"));
}

TEST_F(UsersFileTest, MalformedLineNamesItsPlace) {
  std::string const good = "alice:nobody:$y$x:A4F49C406510BDCAB6824EE7C30FD852\n";
  for (char const* bad : {"bob\n", "bob:nobody:$y$x:xyz\n", "bob::$y$x:A4F49C406510BDCAB6824EE7C30FD852\n",
                          "a:b:c:A4F49C406510BDCAB6824EE7C30FD852:e\n"}) {
    write("# comment\n\n" + good + bad);
    EXPECT_FALSE(users_.find("alice"));
    EXPECT_THAT(users_.list().error().message, HasSubstr("users:4:")) << bad;
  }
  write(good + good);
  EXPECT_THAT(users_.list().error().message, HasSubstr("twice"));
  write(good);
  EXPECT_TRUE(users_.find("alice"));
}

TEST_F(UsersFileTest, ConcurrentWritersLoseNothing) {
  constexpr int writers = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      UsersFile own(path_);
      EXPECT_TRUE(own.add("user" + std::to_string(i), Secret("x"), "nobody"));
      EXPECT_TRUE(own.find("user" + std::to_string(i)));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(users_.list()->size(), static_cast<std::size_t>(writers));
  auto const leftovers = std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  EXPECT_EQ(leftovers, 2);  // the file and its lock
}

TEST_F(UsersFileTest, UnknownNameTakesTheTimeOfAKnownOne) {
  ASSERT_TRUE(users_.add("alice", Secret("x"), "nobody"));
  // Processor time of this thread: what else the machine does is not the password's.
  auto const now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  };
  auto time_of = [&](std::string const& name) {
    auto best = std::numeric_limits<double>::max();
    for (int i = 0; i < 5; ++i) {
      auto const start = now();
      EXPECT_FALSE(users_.verify(name, Secret("wrong")));
      best = std::min(best, now() - start);
    }
    return best;
  };
  double const known = time_of("alice");
  double const unknown = time_of("bob");
  EXPECT_GT(unknown, known / 2);
  EXPECT_LT(unknown, known * 2);
}

}  // namespace
}  // namespace winrm::auth
