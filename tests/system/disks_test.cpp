#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_host.hpp"
#include "system/disks.hpp"
#include "system/mounts.hpp"
#include "system/shares.hpp"

namespace winrm::system {
namespace {

using testing::ElementsAre;

TEST(Disks, HaveTheirPartitionsInOrder) {
  winrm::test::RecordedHost const host("debian12-server");
  auto const all = disks(host);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].bus, "ata");
  ASSERT_EQ(all[0].partitions.size(), 2U);
  EXPECT_EQ(all[0].partitions[0].name, "sda1");
  EXPECT_EQ(all[0].partitions[1].name, "sda15");
  EXPECT_EQ(all[1].signature, 0xdeadbeefU);
}

TEST(Disks, AMappedVolumeLiesOnWhatIsBelowIt) {
  winrm::test::RecordedHost const host("debian12-server");
  EXPECT_THAT(physical_devices(host, "253:0"), testing::UnorderedElementsAre("8:1", "8:17"));
  EXPECT_THAT(physical_devices(host, "8:1"), ElementsAre("8:1"));
}

TEST(Mounts, OptionsOfTheFileSystemAreApartFromThoseOfTheMount) {
  winrm::test::RecordedHost const host("debian12-server");
  auto const root = disk_mounts(host).front();
  EXPECT_EQ(root.options, "rw,relatime");
  EXPECT_TRUE(root.has_super_option("usrquota"));
  EXPECT_FALSE(root.has_super_option("quota"));
  EXPECT_EQ(root.super_option("errors"), "remount-ro");
  EXPECT_EQ(root.block_device(), "/dev/sda1");
}

TEST(Mounts, WhatIsMountedAtBoot) {
  winrm::test::RecordedHost const host("debian12-server");
  auto const configured = configured_mounts(host);
  ASSERT_TRUE(configured);
  EXPECT_EQ(*configured, (std::map<std::string, bool>{{"/", true}, {"/boot", false}, {"/mnt/files", true}}));
}

TEST(SharesOfTheMachine, SectionsThatAreNoSharesAreLeftOut) {
  winrm::test::RecordedHost host("debian12-server");
  host.written["/etc/samba/smb.conf"] =
      "[Global]\n[Homes]\n[ a b ]\npath=/x\n; comment\nbroken line\nmax connections = many\n[";
  auto const all = shares(host);
  ASSERT_GE(all.size(), 1U);
  EXPECT_EQ(all[0].name, "a b");
  EXPECT_EQ(all[0].path, "/x");
  EXPECT_FALSE(all[0].most_connections);
}

}  // namespace
}  // namespace winrm::system
