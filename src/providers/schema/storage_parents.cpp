#include "providers/areas.hpp"

/// The parents of disks, volumes and files (windows reference, annex A).
namespace winrm::providers {

namespace {

using cim::Reference;
using cim::unknown;
using std::string;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::vector;

constexpr auto media_access_device = cim::describe(
    cim::ClassName("root/cimv2", "CIM_MediaAccessDevice", "CIM_LogicalDevice").abstract(),
    unknown<vector<uint16_t>>("Capabilities"), unknown<vector<string>>("CapabilityDescriptions"),
    unknown<string>("CompressionMethod"), unknown<uint64_t>("DefaultBlockSize").units("bytes"),
    unknown<string>("ErrorMethodology"), unknown<uint64_t>("MaxBlockSize").units("bytes"),
    unknown<uint64_t>("MaxMediaSize").units("kilobytes"), unknown<uint64_t>("MinBlockSize").units("bytes"),
    unknown<bool>("NeedsCleaning"), unknown<uint32_t>("NumberOfMediaSupported"));

constexpr auto disk_drive =
    cim::describe(cim::ClassName("root/cimv2", "CIM_DiskDrive", "CIM_MediaAccessDevice").abstract());

constexpr auto disk_partition =
    cim::describe(cim::ClassName("root/cimv2", "CIM_DiskPartition", "CIM_StorageExtent").abstract(),
                  unknown<bool>("Bootable"), unknown<bool>("PrimaryPartition"));

constexpr auto storage_volume =
    cim::describe(cim::ClassName("root/cimv2", "CIM_StorageVolume", "CIM_StorageExtent").abstract());

constexpr auto logical_file = cim::describe(
    cim::ClassName("root/cimv2", "CIM_LogicalFile", "CIM_LogicalElement").abstract(),
    unknown<uint32_t>("AccessMask"), unknown<bool>("Archive"), unknown<bool>("Compressed"),
    unknown<string>("CompressionMethod"), unknown<string>("CreationClassName"),
    unknown<DateTime>("CreationDate"), unknown<string>("CSCreationClassName"), unknown<string>("CSName"),
    unknown<string>("Drive"), unknown<string>("EightDotThreeFileName"), unknown<bool>("Encrypted"),
    unknown<string>("EncryptionMethod"), unknown<string>("Extension"), unknown<string>("FileName"),
    unknown<uint64_t>("FileSize").units("bytes"), unknown<string>("FileType"),
    unknown<string>("FSCreationClassName"), unknown<string>("FSName"), unknown<bool>("Hidden"),
    unknown<uint64_t>("InUseCount"), unknown<DateTime>("LastAccessed"), unknown<DateTime>("LastModified"),
    unknown<string>("Path"), unknown<bool>("Readable"), unknown<bool>("System"), unknown<bool>("Writeable"));

constexpr auto directory =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Directory", "CIM_LogicalFile").abstract());

constexpr auto based_on =
    cim::describe(cim::ClassName("root/cimv2", "CIM_BasedOn", "CIM_Dependency").association().abstract(),
                  unknown<uint64_t>("EndingAddress"), unknown<uint64_t>("StartingAddress"));

constexpr auto logical_disk_based_on_partition = cim::describe(
    cim::ClassName("root/cimv2", "CIM_LogicalDiskBasedOnPartition", "CIM_BasedOn").association().abstract());

constexpr auto media_present = cim::describe(
    cim::ClassName("root/cimv2", "CIM_MediaPresent", "CIM_Dependency").association().abstract());

/// What Linux knows of a mount more than Windows is in its only subclass, Linux_MountPoint (docs/decisions).
constexpr auto mount_point =
    cim::describe(cim::ClassName("root/cimv2", "Win32_MountPoint", "").association().abstract(),
                  unknown<Reference>("Directory").refers_to("Win32_Directory"),
                  unknown<Reference>("Volume").refers_to("Win32_Volume"));

constexpr auto security_setting =
    cim::describe(cim::ClassName("root/cimv2", "Win32_SecuritySetting", "CIM_Setting").abstract(),
                  unknown<uint32_t>("ControlFlags"));

/// Owners, permissions and labels of Linux are in its only subclass, Linux_LogicalFileSecuritySetting.
constexpr auto file_security_setting = cim::describe(
    cim::ClassName("root/cimv2", "Win32_LogicalFileSecuritySetting", "Win32_SecuritySetting").abstract(),
    unknown<bool>("OwnerPermissions"), unknown<string>("Path").case_exact());

}  // namespace

void add_storage_parents(cim::Registry& registry) {
  registry.add_abstract(media_access_device);
  registry.add_abstract(disk_drive);
  registry.add_abstract(disk_partition);
  registry.add_abstract(storage_volume);
  registry.add_abstract(logical_file);
  registry.add_abstract(directory);
  registry.add_abstract(based_on);
  registry.add_abstract(logical_disk_based_on_partition);
  registry.add_abstract(media_present);
  registry.add_abstract(mount_point);
  registry.add_abstract(security_setting);
  registry.add_abstract(file_security_setting);
}

}  // namespace winrm::providers
