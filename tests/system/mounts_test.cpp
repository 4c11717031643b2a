#include "system/mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/recorded_host.hpp"
#include "system/block_devices.hpp"

namespace winrm::system {
namespace {

std::vector<std::string> points(std::vector<Mount> const& mounts) {
  std::vector<std::string> found;
  for (auto const& mount : mounts) found.push_back(mount.point);
  return found;
}

TEST(Mounts, EscapedNamesAreReadPlain) {
  test::RecordedHost const host("debian12-server");
  auto const listed = mounts(host);
  auto const& all = *listed;
  auto const found = std::ranges::find(all, "/srv/my data", &Mount::point);
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->type, "xfs");
  EXPECT_EQ(found->source, "/dev/sdb1");
}

TEST(Mounts, LinesWithAndWithoutOptionalFieldsAreRead) {
  test::RecordedHost const host("debian12-server");
  auto const listed = mounts(host);
  auto const& all = *listed;
  auto const found = std::ranges::find(all, "/mnt/remote", &Mount::point);
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->type, "fuse.sshfs");
  EXPECT_TRUE(found->is_remote());
}

TEST(Mounts, DisksLeaveOutPseudoFileSystemsBindsAndWhatIsHidden) {
  test::RecordedHost const host("debian12-server");
  auto const disks = disk_mounts(host);
  EXPECT_THAT(points(disks), testing::ElementsAre("/", "/run", "/srv/my data", "/mnt/files", "/media/cdrom",
                                                  "/mnt/hidden", "/boot", "/mnt/remote"));
  EXPECT_EQ(std::ranges::find(disks, "/mnt/hidden", &Mount::point)->source, "second");
}

TEST(Mounts, AFileSystemThatTurnedItselfReadOnlyIs) {
  test::RecordedHost host("debian12-server");
  host.written["/proc/self/mountinfo"] =
      "36 1 8:1 / / rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro\n"
      "37 1 8:2 / /a ro,relatime - ext4 /dev/sda2 rw\n"
      "38 1 8:3 / /b rw,relatime - ext4 /dev/sda3 rw,errors=remount-ro\n";
  auto const listed = mounts(host);
  ASSERT_EQ(listed->size(), 3U);
  EXPECT_TRUE(listed->at(0).read_only);
  EXPECT_TRUE(listed->at(1).read_only);
  EXPECT_FALSE(listed->at(2).read_only);
}

TEST(BlockDevices, LabelsAreDecoded) {
  test::RecordedHost const host("debian12-server");
  auto const device = block_device(host, "8:17");
  EXPECT_EQ(device.label, "my data");
  EXPECT_EQ(device.uuid, "8a1e0c6e-0000-4000-8000-5f6b7c8d9e0f");
  EXPECT_FALSE(device.removable);
  EXPECT_TRUE(block_device(host, "8:33").removable);
  EXPECT_EQ(block_device(host, "0:22").label, std::nullopt);
}

TEST(Mounts, AFuseFileSystemWithoutAKindIsSomebodysProgramToo) {
  test::RecordedHost host("debian12-server");
  host.written["/proc/self/mountinfo"] = "36 1 0:40 / /mnt/eve rw - fuse /dev/sdb1 rw,user_id=1000\n";
  auto const listed = mounts(host);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_TRUE(listed->front().is_remote()) << "it may never answer";
  EXPECT_EQ(listed->front().block_device(), std::nullopt) << "its user gave it any name";
}

TEST(Mounts, ASourceMayBeEmpty) {
  test::RecordedHost host("debian12-server");
  host.written["/proc/self/mountinfo"] = "36 1 0:40 / /mnt rw shared:1 - tmpfs  rw,size=4k\n";
  auto const listed = mounts(host);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().source, "");
  EXPECT_EQ(listed->front().super_options, "rw,size=4k");
}

}  // namespace
}  // namespace winrm::system
