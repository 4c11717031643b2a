#include "system/file_cache.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temporary_folder.hpp"
#include "system/host.hpp"
#include "system/proc.hpp"

namespace winrm::system {
namespace {

class CachedFile : public ::testing::Test {
 protected:
  std::string read() {
    std::string content;
    return cache_.read(path_, content) ? content : "(none)";
  }
  /// As if it had been written long ago.
  void write(std::string const& content, int age_seconds = 100) {
    std::ofstream(path_) << content;
    timespec const time{::time(nullptr) - age_seconds, 0};
    timespec const times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  }

  support::TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "file").string();
  FileCache cache_;
};

TEST_F(CachedFile, ChangesAreSeen) {
  write("one");
  EXPECT_EQ(read(), "one");
  EXPECT_EQ(read(), "one");
  write("two", 50);
  EXPECT_EQ(read(), "two");
}

TEST_F(CachedFile, AFileThatComesAndGoesIsSeen) {
  EXPECT_EQ(read(), "(none)");
  write("here");
  EXPECT_EQ(read(), "here");
  std::filesystem::remove(path_);
  EXPECT_EQ(read(), "(none)");
}

TEST_F(CachedFile, WhatHasJustBeenWrittenIsReadAgain) {
  write("old", 0);
  EXPECT_EQ(read(), "old");
  std::ofstream(path_) << "new";  // the same size, perhaps the same times
  EXPECT_EQ(read(), "new");
}

TEST_F(CachedFile, ReplacedFilesAreSeen) {
  write("one");
  EXPECT_EQ(read(), "one");
  auto const other = path_ + ".new";
  std::ofstream(other) << "two";
  timespec const times[] = {{::time(nullptr) - 100, 0}, {::time(nullptr) - 100, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, other.c_str(), times, 0), 0);
  std::filesystem::rename(other, path_);
  EXPECT_EQ(read(), "two");
}

TEST_F(CachedFile, WhatOthersChangeIsSeenAfterDistrust) {
  FileCache trusting(std::chrono::hours(1));
  std::string content;
  write("one");
  ASSERT_TRUE(trusting.read(path_, content));
  write("two", 50);
  ASSERT_TRUE(trusting.read(path_, content));
  EXPECT_EQ(content, "one");
  trusting.distrust();
  ASSERT_TRUE(trusting.read(path_, content));
  EXPECT_EQ(content, "two");
}

TEST_F(CachedFile, WhatOthersChangeIsSeenWhenTheTrustEnds) {
  FileCache trusting(Milliseconds(1));
  std::string content;
  write("one");
  ASSERT_TRUE(trusting.read(path_, content));
  write("two", 50);
  std::this_thread::sleep_for(Milliseconds(5));
  ASSERT_TRUE(trusting.read(path_, content));
  EXPECT_EQ(content, "two");
}

int parsings = 0;
std::shared_ptr<void const> length_of(std::string_view content) {
  ++parsings;
  return std::make_shared<std::size_t const>(content.size());
}

TEST_F(CachedFile, IsParsedAgainOnlyWhenItHasChanged) {
  auto const length = [&] {
    auto const fact = cache_.parsed(path_, length_of);
    return fact ? *std::static_pointer_cast<std::size_t const>(fact) : 0;
  };
  EXPECT_EQ(length(), 0U) << "there is no such file";
  write("four");
  EXPECT_EQ(length(), 4U);
  EXPECT_EQ(length(), 4U);
  EXPECT_EQ(parsings, 1);
  write("sixsix", 50);
  EXPECT_EQ(length(), 6U);
  EXPECT_EQ(parsings, 2);
}

/// In a child with mounts of its own: the cache must see them come and go.
int mounts_are_seen(std::string const& folder) {
  FileCache cache;
  std::string content;
  auto const is_mounted = [&] {
    return cache.read("/proc/self/mountinfo", content) && content.find(folder) != std::string::npos;
  };
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return 2;
  if (is_mounted() || is_mounted()) return 3;
  if (::mount("none", folder.c_str(), "tmpfs", 0, nullptr) != 0) return 4;
  if (!is_mounted() || !is_mounted()) return 5;
  if (::umount(folder.c_str()) != 0) return 6;
  return is_mounted() ? 7 : 0;
}

TEST_F(CachedFile, MountsAreSeen) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can mount";
  auto const child = ::fork();
  if (child == 0) ::_exit(mounts_are_seen(folder_.path().string()));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RealHost, BootTimeIsThatOfTheKernel) {
  auto const host = make_host();
  EXPECT_EQ(host->boot_time(), proc::read_boot_time(*host));
  EXPECT_EQ(host->boot_time(), proc::read_boot_time(*host)) << "from memory";
}

TEST(ReadFile, WhatANameLeadsToIsReadOnlyWhenItIsAFile) {
  support::TemporaryFolder const folder;
  auto const at = [&](char const* name) { return (folder.path() / name).string(); };
  std::ofstream(at("file")) << "text";
  std::filesystem::create_symlink("file", at("link"));
  std::filesystem::create_symlink("/dev/zero", at("device"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  std::string content;
  EXPECT_TRUE(read_file(at("link"), content));
  EXPECT_EQ(content, "text");
  EXPECT_FALSE(read_file(at("device"), content)) << "opening a device may do something";
  EXPECT_FALSE(read_file(at("pipe"), content));
  EXPECT_FALSE(read_file(folder.path().string(), content));
  EXPECT_TRUE(read_file("/proc/self/stat", content));
}

}  // namespace
}  // namespace winrm::system
