#include "system/journal_follower.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <system_error>

#include "base/unique_fd.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::system {
namespace {

using Opened = JournalFollower::Opened;
using At = JournalStart::At;

constexpr auto journal_writer = "/usr/lib/systemd/systemd-journal-remote";

/// A journal that the test writes with the program of systemd for it.
class JournalFollowerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(journal_writer)) GTEST_SKIP() << "needs the package systemd-journal-remote";
  }
  void write(std::string const& message, std::string_view name = "system.journal") {
    auto const number = ++written_;
    auto const entry = fmt::format(
        "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID={:032x}\n_PID=77\nPRIORITY=4\n"
        "SYSLOG_IDENTIFIER=sshd\nMESSAGE={}\n\n",
        1'767'312'061'000'000 + number, number, 1, message);
    auto const file = "--output=" + (folder_ / name).string();
    ASSERT_EQ(support::run_program({journal_writer, file, "--seal=no", "--compress=no", "-"}, entry).status,
              0);
  }
  [[nodiscard]] std::unique_ptr<JournalFollower> follow(JournalStart const& start,
                                                        Opened expected = Opened::yes) const {
    auto follower = make_journal_follower(folder_.path().string());
    EXPECT_EQ(follower->open(start), expected);
    return follower;
  }
  static std::vector<std::string> messages(JournalFollower& follower) {
    std::vector<std::string> found;
    JournalRecord record;
    while (follower.next(record)) found.push_back(record.entry.message);
    return found;
  }
  using Messages = std::vector<std::string>;

  support::TemporaryFolder folder_;
  std::uint64_t written_ = 0;
};

TEST_F(JournalFollowerTest, BeginsAtTheOldestOrWithTheNextEntry) {
  write("one");
  write("two");
  auto const oldest = follow({At::oldest, {}});
  auto const newest = follow({At::newest, {}});
  EXPECT_EQ(messages(*oldest), (Messages{"one", "two"}));
  EXPECT_EQ(messages(*newest), Messages{});
  write("three");
  EXPECT_EQ(messages(*newest), Messages{"three"});
  EXPECT_EQ(messages(*oldest), Messages{"three"});
}

TEST_F(JournalFollowerTest, ItsDescriptorTellsOfNewEntries) {
  write("one");
  auto const follower = follow({At::newest, {}});
  EXPECT_EQ(messages(*follower), Messages{});
  pollfd entry{follower->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
  write("two");
  EXPECT_EQ(::poll(&entry, 1, 5000), 1);
  EXPECT_EQ(messages(*follower), Messages{"two"});
}

TEST_F(JournalFollowerTest, ACursorGoesOnBehindItsEntry) {
  for (auto const* message : {"one", "two", "three"}) write(message);
  auto const first = follow({At::oldest, {}});
  JournalRecord record;
  ASSERT_TRUE(first->next(record));
  EXPECT_EQ(record.entry.identifier, "sshd");
  EXPECT_EQ(record.entry.sequence, 1U);
  EXPECT_NE(std::ranges::find(record.fields, std::pair<std::string, std::string>("_PID", "77")),
            record.fields.end());
  auto const resumed = follow({At::cursor, record.cursor});
  EXPECT_EQ(messages(*resumed), (Messages{"two", "three"}));
}

TEST_F(JournalFollowerTest, ACursorThatIsNoneOrGoneIsToldApart) {
  write("one");
  static_cast<void>(follow({At::cursor, "nonsense"}, Opened::bad_cursor));
  static_cast<void>(follow(
      {At::cursor, "s=0123456789abcdef0123456789abcdef;i=7;b=0123456789abcdef0123456789abcdef;m=1;t=1;x=1"},
      Opened::cursor_gone));
}

/// Lets this process open so few more files.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    UniqueFd const next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit const few{static_cast<rlim_t>(next.get()) + more, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(FewDescriptors const&) = delete;
  FewDescriptors& operator=(FewDescriptors const&) = delete;

 private:
  rlimit before_{};
};

TEST_F(JournalFollowerTest, FilesThatCannotBeOpenedAreNotPassedOver) {
  write("one");
  write("two", "user-1000.journal");
  for (rlim_t const more : {4U, 6U, 12U}) {
    FewDescriptors const few(more);
    static_cast<void>(follow({At::oldest, {}}, Opened::no_descriptors));
  }
  EXPECT_EQ(messages(*follow({At::oldest, {}})), (Messages{"one", "two"}));
}

TEST_F(JournalFollowerTest, AFileThatComesAndCannotBeOpenedIsAnError) {
  write("one");
  auto const follower = follow({At::oldest, {}});
  EXPECT_EQ(messages(*follower), Messages{"one"});
  write("two", "user-1000.journal");
  FewDescriptors const none(0);
  EXPECT_THROW(static_cast<void>(messages(*follower)), std::system_error);
}

TEST_F(JournalFollowerTest, AFolderWithoutAJournalHasNone) {
  static_cast<void>(follow({At::newest, {}}, Opened::no_journal));
}

}  // namespace
}  // namespace winrm::system
