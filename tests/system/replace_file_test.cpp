#include "system/replace_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "support/temporary_folder.hpp"

namespace winrm::system {
namespace {

std::string content_of(std::filesystem::path const& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(std::filesystem::path const& path) {
  struct stat info {};
  ::stat(path.c_str(), &info);
  return info.st_mode & 07777;
}

class ReplaceFile : public ::testing::Test {
 protected:
  support::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "file";
};

TEST_F(ReplaceFile, MakesAFileThatEveryoneMayRead) {
  replace_file(path_, "new\n");
  EXPECT_EQ(content_of(path_), "new\n");
  EXPECT_EQ(mode_of(path_), 0644U);
}

TEST_F(ReplaceFile, KeepsTheModeAndLeavesNothingBehind) {
  std::ofstream(path_) << "a longer old content\n";
  ::chmod(path_.c_str(), 0600);
  replace_file(path_, "new\n");
  EXPECT_EQ(content_of(path_), "new\n");
  EXPECT_EQ(mode_of(path_), 0600U);
  auto const entries = std::filesystem::directory_iterator(path_.parent_path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(ReplaceFile, WritesWhereALinkPoints) {
  std::ofstream(folder_ / "target") << "old";
  std::filesystem::create_symlink("target", path_);
  replace_file(path_, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(content_of(folder_ / "target"), "new");
}

TEST_F(ReplaceFile, SaysWhyItCannot) {
  try {
    replace_file(folder_ / "no such folder/file", "new");
    FAIL() << "written into a folder that does not exist";
  } catch (std::system_error const& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
  }
}

TEST_F(ReplaceFile, TheLockIsForOneAtATimeByWhateverName) {
  std::ofstream(path_) << "content\n";
  std::filesystem::create_symlink(path_, folder_ / "link");
  auto held = lock_for_change(folder_ / "link");
  auto const lock = folder_ / ".file.lock";
  EXPECT_EQ(mode_of(lock), 0600U);
  UniqueFd const other(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  held.reset();
  EXPECT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(ReplaceFile, TheLockIsTheFilesOwners) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  constexpr uid_t owner = 65534;
  std::ofstream(path_) << "content\n";
  ASSERT_EQ(::chown(path_.c_str(), owner, owner), 0);
  auto const held = lock_for_change(path_);
  struct stat about {};
  ASSERT_EQ(::stat((folder_ / ".file.lock").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, owner);
}

}  // namespace
}  // namespace winrm::system
