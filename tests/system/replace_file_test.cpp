#include "system/replace_file.hpp"

#include <gtest/gtest.h>
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

}  // namespace
}  // namespace winrm::system
