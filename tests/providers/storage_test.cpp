#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

/// Disks, partitions, volumes and mounts over a recorded machine, where every value is known. The values of
/// real devices are compared with lsblk and findmnt in tests/live/test_storage_classes.py.
namespace winrm::providers {
namespace {

using test::Values;
using testing::IsSupersetOf;

class StorageClasses : public testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  Values instance(std::string const& name, std::string const& key) {
    return test::instance(cls(name), host_, key);
  }
  std::vector<std::string> all(std::string const& name, std::string const& property) {
    std::vector<std::string> values;
    for (auto const& row : test::all_instances(cls(name), host_)) values.push_back(row.at(property));
    return values;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(StorageClasses, D6_DiskDrivesAreDisksOnly) {
  EXPECT_THAT(all("Win32_DiskDrive", "DeviceID"), testing::ElementsAre("/dev/sda", "/dev/sdb", "/dev/sdc"))
      << "no optical drive, no mapped volume, no loop device without an image";
}

TEST_F(StorageClasses, D6_DiskDrive) {
  EXPECT_THAT(instance("Win32_DiskDrive", "/dev/sda"),
              IsSupersetOf(Values{{"Index", "0"},
                                  {"Model", "Samsung SSD 870"},
                                  {"Caption", "Samsung SSD 870"},
                                  {"SerialNumber", "S5Y1NX0R"},
                                  {"FirmwareRevision", "3B6Q"},
                                  {"InterfaceType", "IDE"},
                                  {"MediaType", "Fixed hard disk media"},
                                  {"Partitions", "2"},
                                  {"BytesPerSector", "512"},
                                  {"Size", "107374182400"},
                                  {"TotalSectors", "209715200"},
                                  {"Status", "OK"},
                                  {"Availability", "3"}}));
  EXPECT_FALSE(instance("Win32_DiskDrive", "/dev/sda").contains("Manufacturer")) << "ATA makes no disks";
  EXPECT_FALSE(instance("Win32_DiskDrive", "/dev/sda").contains("Signature")) << "of a dos table only";
  EXPECT_THAT(instance("Win32_DiskDrive", "/dev/sdb"), IsSupersetOf(Values{{"Manufacturer", "WDC"},
                                                                           {"InterfaceType", "SCSI"},
                                                                           {"SCSIPort", "2"},
                                                                           {"SCSIBus", "1"},
                                                                           {"SCSITargetId", "3"},
                                                                           {"SCSILogicalUnit", "7"},
                                                                           {"Signature", "3735928559"},
                                                                           {"TotalSectors", "524288"},
                                                                           {"Status", "Error"}}));
  EXPECT_THAT(instance("Win32_DiskDrive", "/dev/sdc"),
              IsSupersetOf(Values{{"InterfaceType", "USB"}, {"MediaType", "Removable media"}}));
}

TEST_F(StorageClasses, D6_DiskPartition) {
  EXPECT_THAT(instance("Win32_DiskPartition", "/dev/sda1"),
              IsSupersetOf(Values{{"Name", "Disk #0, Partition #0"},
                                  {"DiskIndex", "0"},
                                  {"Index", "0"},
                                  {"StartingOffset", "537919488"},
                                  {"Size", "106835214336"},
                                  {"Type", "GPT: Linux Filesystem"},
                                  {"Bootable", "false"},
                                  {"PrimaryPartition", "true"},
                                  {"Access", "3"}}));
  EXPECT_THAT(instance("Win32_DiskPartition", "/dev/sda15"),
              IsSupersetOf(Values{{"Index", "1"}, {"Type", "GPT: System"}, {"BootPartition", "true"}}));
  EXPECT_THAT(instance("Win32_DiskPartition", "/dev/sdb1"), IsSupersetOf(Values{{"Type", "Linux"},
                                                                                {"Bootable", "true"},
                                                                                {"PrimaryPartition", "true"},
                                                                                {"BlockSize", "4096"},
                                                                                {"NumberOfBlocks", "524032"},
                                                                                {"Access", "1"}}));
  auto const unknown = instance("Win32_DiskPartition", "/dev/sdc1");
  for (auto const* name : {"Type", "Bootable", "BootPartition", "PrimaryPartition"}) {
    EXPECT_FALSE(unknown.contains(name)) << name << ": udev says nothing about this one";
  }
}

TEST_F(StorageClasses, D6_VolumesAreMountedOrNot) {
  EXPECT_THAT(all("Win32_Volume", "DeviceID"),
              testing::UnorderedElementsAre("/dev/sda1", "/dev/sda15", "/dev/sdb1", "/dev/sdc1", "/dev/sr0"));
  EXPECT_THAT(instance("Win32_Volume", "/dev/sda1"),
              IsSupersetOf(Values{{"DriveLetter", "/"},
                                  {"FileSystem", "ext4"},
                                  {"Capacity", "100000000000"},
                                  {"FreeSpace", "40000000000"},
                                  {"QuotasEnabled", "true"},
                                  {"SupportsDiskQuotas", "true"},
                                  {"SupportsFileBasedCompression", "false"},
                                  {"Compressed", "false"}}));
  auto const unmounted = instance("Win32_Volume", "/dev/sda15");
  EXPECT_THAT(unmounted,
              IsSupersetOf(Values{{"FileSystem", "vfat"}, {"Label", "EFI"}, {"SerialNumber", "305441741"}}));
  EXPECT_FALSE(unmounted.contains("DriveLetter"));
  EXPECT_FALSE(unmounted.contains("Capacity"));
}

TEST_F(StorageClasses, D6_TheRootIsNotUnmounted) {
  auto const& volumes = cls("Win32_Volume");
  for (bool const force : {false, true}) {
    EXPECT_EQ(test::invoke(volumes, host_, "/dev/sda1", "Dismount", test::with("Force", force)).return_value,
              1U);
  }
  EXPECT_THAT(host_.recorded_volumes.unmounted, testing::IsEmpty());
  EXPECT_EQ(test::invoke(volumes, host_, "/dev/sdb1", "Dismount").return_value, 0U);
  EXPECT_THAT(host_.recorded_volumes.unmounted, testing::ElementsAre("/srv/my data"));
}

TEST_F(StorageClasses, D6_QuotasOfLogicalDisks) {
  EXPECT_THAT(instance("Win32_LogicalDisk", "/"),
              IsSupersetOf(Values{{"SupportsDiskQuotas", "true"}, {"QuotasDisabled", "false"}}));
  EXPECT_THAT(instance("Win32_LogicalDisk", "/boot"),
              IsSupersetOf(Values{{"SupportsDiskQuotas", "true"}, {"QuotasDisabled", "true"}}));
  EXPECT_FALSE(instance("Win32_LogicalDisk", "/mnt/files").contains("SupportsDiskQuotas"));
}

TEST_F(StorageClasses, D6_MountPointsHaveTheirOptions) {
  auto const rows = test::all_instances(cls("Linux_MountPoint"), host_);
  auto const bound = std::ranges::find(rows, R"(Win32_Directory.Name="/mnt/bound")",
                                       [](auto const& row) { return row.at("Directory"); });
  ASSERT_NE(bound, rows.end());
  EXPECT_THAT(*bound, IsSupersetOf(Values{{"Volume", R"(Win32_Volume.DeviceID="/dev/sda1")"},
                                          {"MountOptions", "rw,relatime"},
                                          {"FileSystemOptions", "rw"},
                                          {"SourceFolder", "/var/lib/x"},
                                          {"ReadOnly", "false"}}));
}

TEST_F(StorageClasses, D6_PartitionsAreLinkedToDisksAndToWhatIsMounted) {
  auto const drives = test::all_instances(cls("Win32_DiskDriveToDiskPartition"), host_);
  EXPECT_EQ(drives.size(), 4U);
  EXPECT_THAT(drives.front(),
              IsSupersetOf(Values{{"Antecedent", R"(Win32_DiskDrive.DeviceID="/dev/sda")"},
                                  {"Dependent", R"(Win32_DiskPartition.DeviceID="/dev/sda1")"}}));
  auto const logical = test::all_instances(cls("Win32_LogicalDiskToPartition"), host_);
  ASSERT_EQ(logical.size(), 3U);
  EXPECT_THAT(logical.front(),
              IsSupersetOf(Values{{"Antecedent", R"(Win32_DiskPartition.DeviceID="/dev/sda1")"},
                                  {"Dependent", R"(Win32_LogicalDisk.DeviceID="/")"},
                                  {"StartingAddress", "537919488"},
                                  {"EndingAddress", "107373133823"}}));
}

}  // namespace
}  // namespace winrm::providers
