#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"
#include "support/temporary_folder.hpp"

/// Hardware, time, environment and packages of a recorded machine, where every value is known.
namespace winrm::providers {
namespace {

using test::Values;
using ::testing::IsSupersetOf;

class RecordedSystem : public ::testing::Test {
 protected:
  cim::Class const& cls(std::string const& name) { return *registry_.find("root/cimv2", name); }
  std::vector<Values> all(std::string const& name) { return test::all_instances(cls(name), host_); }
  Values only(std::string const& name) {
    auto const found = all(name);
    EXPECT_EQ(found.size(), 1U) << name;
    return found.at(0);
  }
  /// The elements of an array property of the first instance, joined by blanks.
  std::string list(std::string const& class_name, std::string const& property_name) {
    auto const& property = cls(class_name).find(property_name)->property;
    auto const rows = cls(class_name).enumerate(host_, {});
    auto const value = property.value(rows->next());
    auto const& elements = std::get<cim::ArrayView>(value);
    std::string text;
    for (std::size_t i = 0; i < elements.size; ++i) {
      text += (i > 0 ? " " : "") + cim::to_text(elements.at(elements.elements, i));
    }
    return text;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
};

TEST_F(RecordedSystem, D9_ComputerSystemProduct) {
  EXPECT_THAT(only("Win32_ComputerSystemProduct"),
              IsSupersetOf(Values{{"Name", "Standard PC (Q35 + ICH9, 2009)"},
                                  {"Vendor", "QEMU"},
                                  {"Version", "pc-q35-7.2"},
                                  {"IdentifyingNumber", "SN-0042"},
                                  {"SKUNumber", "SKU-7"},
                                  {"UUID", "03020100-0504-0706-0809-0a0b0c0d0e0f"}}));
}

TEST_F(RecordedSystem, D9_Bios) {
  EXPECT_THAT(only("Win32_BIOS"), IsSupersetOf(Values{{"Name", "1.16.2-debian"},
                                                      {"Manufacturer", "EDK II"},
                                                      {"SMBIOSBIOSVersion", "1.16.2-debian"},
                                                      {"ReleaseDate", "2015-02-06T00:00:00Z"},
                                                      {"SerialNumber", "SN-0042"},
                                                      {"SMBIOSMajorVersion", "3"},
                                                      {"SMBIOSMinorVersion", "3"},
                                                      {"SystemBiosMajorVersion", "1"},
                                                      {"SystemBiosMinorVersion", "14"},
                                                      {"CurrentLanguage", "en|US|iso8859-1"},
                                                      {"InstallableLanguages", "2"},
                                                      {"SoftwareElementState", "3"}}));
  EXPECT_EQ(list("Win32_BIOS", "BiosCharacteristics"), "7 11 32 33");
  EXPECT_EQ(list("Win32_BIOS", "ListOfLanguages"), "en|US|iso8859-1 fr|FR|iso8859-1");
  EXPECT_FALSE(only("Win32_BIOS").contains("EmbeddedControllerMajorVersion")) << "255 means there is none";
}

TEST_F(RecordedSystem, D9_BaseBoardAndEnclosure) {
  EXPECT_THAT(only("Win32_BaseBoard"), IsSupersetOf(Values{{"Tag", "Base Board"},
                                                           {"Manufacturer", "Example Boards"},
                                                           {"Product", "EX-BOARD"},
                                                           {"SerialNumber", "BOARD-1"},
                                                           {"OtherIdentifyingInfo", "ASSET-2"},
                                                           {"HostingBoard", "true"},
                                                           {"Replaceable", "true"},
                                                           {"HotSwappable", "false"}}));
  EXPECT_THAT(only("Win32_SystemEnclosure"), IsSupersetOf(Values{{"Tag", "System Enclosure 0"},
                                                                 {"Manufacturer", "Example Cases"},
                                                                 {"SerialNumber", "CASE-1"},
                                                                 {"SMBIOSAssetTag", "ASSET-1"},
                                                                 {"SKU", "CASE-SKU"},
                                                                 {"LockPresent", "true"},
                                                                 {"SecurityStatus", "3"},
                                                                 {"NumberOfPowerCords", "1"},
                                                                 {"Height", "3.5"}}));
  EXPECT_EQ(list("Win32_SystemEnclosure", "ChassisTypes"), "17");
}

TEST_F(RecordedSystem, D9_Processor) {
  auto const processors = all("Win32_Processor");
  ASSERT_EQ(processors.size(), 2U);
  EXPECT_THAT(processors[1], IsSupersetOf(Values{{"DeviceID", "CPU1"},
                                                 {"Manufacturer", "GenuineIntel"},
                                                 {"Architecture", "9"},
                                                 {"AddressWidth", "64"},
                                                 {"DataWidth", "64"},
                                                 {"NumberOfLogicalProcessors", "2"},
                                                 {"SocketDesignation", "CPU 1"},
                                                 {"ProcessorId", "0FABFBFF000306A9"},
                                                 {"Version", "Example CPU 1"},
                                                 {"SerialNumber", "CPU-SERIAL-1"},
                                                 {"ExtClock", "100"},
                                                 {"MaxClockSpeed", "4000"},
                                                 {"CurrentClockSpeed", "2400"},
                                                 {"CurrentVoltage", "12"},
                                                 {"Family", "179"},
                                                 {"CpuStatus", "1"},
                                                 {"SystemName", "db1"}}));
  EXPECT_FALSE(processors[1].contains("LoadPercentage")) << "no time passes on a recorded machine";
}

TEST_F(RecordedSystem, D9_PhysicalMemory) {
  auto const modules = all("Win32_PhysicalMemory");
  ASSERT_EQ(modules.size(), 2U) << "the empty socket is no module";
  EXPECT_THAT(modules[1], IsSupersetOf(Values{{"Tag", "Physical Memory 2"},
                                              {"Capacity", "4294967296"},
                                              {"DeviceLocator", "DIMM 2"},
                                              {"BankLabel", "BANK 0"},
                                              {"Manufacturer", "Example Memory"},
                                              {"SerialNumber", "MEM-3"},
                                              {"PartNumber", "EX-4242"},
                                              {"FormFactor", "8"},
                                              {"MemoryType", "26"},
                                              {"SMBIOSMemoryType", "26"},
                                              {"TypeDetail", "128"},
                                              {"TotalWidth", "72"},
                                              {"DataWidth", "64"},
                                              {"Speed", "2933"},
                                              {"ConfiguredClockSpeed", "2666"},
                                              {"ConfiguredVoltage", "1200"},
                                              {"MaxVoltage", "1260"},
                                              {"Attributes", "2"}}));
  EXPECT_THAT(only("Win32_PhysicalMemoryArray"), IsSupersetOf(Values{{"Tag", "Physical Memory Array 0"},
                                                                     {"Location", "3"},
                                                                     {"Use", "3"},
                                                                     {"MemoryErrorCorrection", "5"},
                                                                     {"MemoryDevices", "3"},
                                                                     {"MaxCapacity", "16777216"},
                                                                     {"MaxCapacityEx", "16777216"}}));
}

TEST_F(RecordedSystem, D9_HardwareAgreesWithDmidecode) {
  if (::access("/usr/sbin/dmidecode", X_OK) != 0) GTEST_SKIP() << "package dmidecode is not installed";
  std::string entry_point;
  std::string table;
  ASSERT_TRUE(host_.read("/sys/firmware/dmi/tables/smbios_entry_point", entry_point));
  ASSERT_TRUE(host_.read("/sys/firmware/dmi/tables/DMI", table));
  entry_point.resize(0x20);
  winrm::support::TemporaryFolder const folder;
  auto const dump = (folder / "dump").string();
  std::ofstream(dump, std::ios::binary) << entry_point << table;
  auto const theirs = [&](std::string const& type, std::string const& field) {
    return test::output_of("/usr/sbin/dmidecode --from-dump " + dump + " -t " + type + " | sed -n 's/^\\t" +
                           field + ": //p' | tail -1");
  };
  auto const module = all("Win32_PhysicalMemory").back();
  EXPECT_EQ(module.at("SerialNumber"), theirs("17", "Serial Number"));
  EXPECT_EQ(module.at("DeviceLocator"), theirs("17", "Locator"));
  EXPECT_EQ(std::to_string(std::stoull(module.at("Capacity")) >> 30) + " GB", theirs("17", "Size"));
  EXPECT_EQ(module.at("Speed") + " MT\\/s",
            theirs("17", "Speed").insert(theirs("17", "Speed").find('/'), "\\"));
  EXPECT_EQ("DIMM", theirs("17", "Form Factor"));
  EXPECT_EQ("DDR4", theirs("17", "Type"));
  EXPECT_EQ(all("Win32_Processor").back().at("SocketDesignation"), theirs("4", "Socket Designation"));
  EXPECT_EQ(all("Win32_Processor").back().at("MaxClockSpeed") + " MHz", theirs("4", "Max Speed"));
  EXPECT_EQ(only("Win32_BIOS").at("Manufacturer"), theirs("0", "Vendor"));
  EXPECT_EQ(only("Win32_BaseBoard").at("SerialNumber"), theirs("2", "Serial Number"));
  EXPECT_EQ(only("Win32_SystemEnclosure").at("SKU"), theirs("3", "SKU Number"));
  EXPECT_EQ(only("Win32_PhysicalMemoryArray").at("MemoryDevices"), theirs("16", "Number Of Devices"));
}

TEST_F(RecordedSystem, D1_TimeZone) {
  EXPECT_THAT(only("Win32_TimeZone"), IsSupersetOf(Values{{"StandardName", "CET"},
                                                          {"DaylightName", "CEST"},
                                                          {"Bias", "60"},
                                                          {"DaylightBias", "-60"},
                                                          {"StandardBias", "0"},
                                                          {"Caption", "(UTC+01:00) CET"},
                                                          {"DaylightMonth", "3"},
                                                          {"DaylightDay", "5"},
                                                          {"DaylightDayOfWeek", "0"},
                                                          {"DaylightHour", "2"},
                                                          {"StandardMonth", "10"},
                                                          {"StandardHour", "3"}}));
}

TEST_F(RecordedSystem, D1_Clocks) {
  // Friday 2026-01-02, 03:00 UTC, an hour later here.
  EXPECT_THAT(only("Win32_UTCTime"), IsSupersetOf(Values{{"Year", "2026"},
                                                         {"Quarter", "1"},
                                                         {"Month", "1"},
                                                         {"WeekInMonth", "1"},
                                                         {"Day", "2"},
                                                         {"DayOfWeek", "5"},
                                                         {"Hour", "3"},
                                                         {"Minute", "0"},
                                                         {"Second", "0"},
                                                         {"Milliseconds", "0"}}));
  EXPECT_EQ(only("Win32_LocalTime").at("Hour"), "4");
}

TEST_F(RecordedSystem, D1_Environment) {
  std::map<std::string, std::string> found;
  for (auto const& variable : all("Win32_Environment")) {
    found[variable.at("Name")] = variable.at("VariableValue");
    EXPECT_EQ(variable.at("UserName"), "<SYSTEM>");
    EXPECT_EQ(variable.at("SystemVariable"), "true");
  }
  EXPECT_EQ(found,
            (Values{{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LANG", "de_DE.UTF-8"}, {"EDITOR", "vim"}}));
}

TEST_F(RecordedSystem, D1_StartupCommand) {
  std::set<std::vector<std::string>> found;
  for (auto const& command : all("Win32_StartupCommand")) {
    found.insert({command.at("Name"), command.at("Command"), command.at("Location"), command.at("User")});
  }
  std::set<std::vector<std::string>> const expected = {
      {"Key agent", "/usr/bin/agent --start", "/etc/xdg/autostart/agent.desktop", "Public"},
      {"Notes", "notes", "/home/alice/.config/autostart/notes.desktop", "alice"},
      {"warm-up", "/usr/local/sbin/warm-up --all", "/etc/crontab", "root"},
      {"announce", "/usr/bin/announce", "/etc/cron.d/announce", "postgres"},
      {"start.sh", "/home/bob/start.sh", "/var/spool/cron/crontabs/bob", "bob"}};
  EXPECT_EQ(found, expected);
}

TEST_F(RecordedSystem, D1_PageFileUsage) {
  auto const files = all("Win32_PageFileUsage");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_THAT(files[0], IsSupersetOf(Values{
                            {"Name", "/dev/sda2"}, {"AllocatedBaseSize", "1024"}, {"CurrentUsage", "256"}}));
  EXPECT_EQ(files[1].at("Name"), "/swap file");
}

TEST_F(RecordedSystem, D1_ProductsOfDpkg) {
  auto const products = all("Win32_Product");
  ASSERT_EQ(products.size(), 2U) << "what is removed or half installed is no product";
  EXPECT_THAT(products[0],
              IsSupersetOf(Values{{"IdentifyingNumber", "openssl:amd64"},
                                  {"Name", "openssl"},
                                  {"Version", "3.0.15-1~deb12u1"},
                                  {"Vendor", "Debian OpenSSL Team <team@openssl.example.test>"},
                                  {"Description", "Secure Sockets Layer toolkit - cryptographic utility"},
                                  {"URLInfoAbout", "https://www.openssl.example.test/"},
                                  {"InstallState", "5"},
                                  {"InstallDate", "20240321"},
                                  {"InstallDate2", "2024-03-21T06:46:40+01:00"}}));
  EXPECT_EQ(products[1].at("InstallDate"), "20240321") << "the list of a package for several architectures";
}

TEST_F(RecordedSystem, D1_QuickFixes) {
  auto const fixes = all("Win32_QuickFixEngineering");
  ASSERT_EQ(fixes.size(), 2U);
  EXPECT_THAT(fixes[0], IsSupersetOf(Values{{"HotFixID", "openssl:amd64=3.0.15-1~deb12u1"},
                                            {"InstalledOn", "1/2/2026"},
                                            {"FixComments", "replaced 3.0.11-1~deb12u2"},
                                            {"CSName", "db1"}}));
  EXPECT_EQ(fixes[1].at("HotFixID"), "libc6:amd64=2.36-9+deb12u9");
}

}  // namespace
}  // namespace winrm::providers
