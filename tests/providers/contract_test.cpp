#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "providers/all_classes.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"

/// What every class must do, whoever writes it: walks the registry over a recorded machine and this one.
namespace winrm::providers {
namespace {

struct Machine {
  std::string name;
  std::unique_ptr<system::Host> (*make)();
};
std::vector<Machine> const machines = {
    {"recorded",
     [] { return std::unique_ptr<system::Host>(new winrm::test::RecordedHost("debian12-server")); }},
    {"live", [] { return system::make_host(); }},
};

/// The classes that are enumerated without a condition.
std::vector<std::string> concrete_class_names() {
  std::vector<std::string> names;
  for (auto const& cls : test::all_classes().classes()) {
    // A class that every namespace has (__NAMESPACE) is walked in the first.
    bool const is_new = std::ranges::find(names, cls->name()) == names.end();
    if (is_new && cls->has_instances() && !cls->declaration().needs_condition)
      names.emplace_back(cls->name());
  }
  return names;
}
cim::Class const& class_named(std::string const& name) {
  return **std::ranges::find(test::all_classes().classes(), name,
                             [](auto const& cls) { return cls->name(); });
}

/// Classes whose instances a machine need not have, and which of the machines has none.
std::set<std::pair<std::string, std::string>> const without_instances = {
    {"Win32_NTLogEvent", "live"},
    {"Win32_NTEventlogFile", "live"},
    {"Win32_ComputerSystemProduct", "live"},
    {"Win32_BIOS", "live"},
    {"Win32_BaseBoard", "live"},
    {"Win32_SystemEnclosure", "live"},
    {"Win32_PhysicalMemory", "live"},
    {"Win32_PhysicalMemoryArray", "live"},
    {"Win32_Environment", "live"},
    {"Win32_StartupCommand", "live"},
    {"Win32_PageFileUsage", "live"},
    {"Win32_QuickFixEngineering", "live"},
    {"Win32_LogonSession", "live"},
    {"Win32_LoggedOnUser", "live"},
    {"Win32_SessionProcess", "live"},
    {"Linux_MountPoint", "live"},
    {"MSFT_NetTCPConnection", "live"},
    {"MSFT_NetUDPEndpoint", "live"},
    {"Win32_DiskDrive", "live"},
    {"Win32_DiskDriveToDiskPartition", "live"},
    {"Win32_DiskPartition", "live"},
    {"Win32_IP4RouteTable", "live"},
    {"Win32_LogicalDiskToPartition", "live"},
    {"Win32_NetworkConnection", "live"},
    {"Win32_Share", "live"},
    {"Win32_Volume", "live"},
};

/// Asks for the instance with the key of `row`.
void require_key(cim::Query& query, cim::ClassProperty const& key, void const* row) {
  auto const value = key.property.value(row);
  if (auto const* reference = std::get_if<cim::Reference const*>(&value))
    query.require(key.index, *test::all_classes().find((*reference)->ns, (*reference)->class_name),
                  **reference);
  else
    query.require(key.index, cim::parse_value(key.property.type, cim::to_text(value)).value());
}

class ProviderContract : public testing::TestWithParam<std::tuple<std::string, std::size_t>> {
 protected:
  cim::Class const& cls_ = class_named(std::get<0>(GetParam()));
  std::unique_ptr<system::Host> host_ = machines[std::get<1>(GetParam())].make();
};

std::string key_text(cim::Class const& cls, void const* row) {
  std::string text;
  for (auto const* key : cls.keys()) text += test::text_of(key->property.value(row)) + '\n';
  return text;
}

TEST_P(ProviderContract, D1_HasInstancesWithKeysThatAreSetAndUnique) {
  std::set<std::string> seen;
  auto const rows = cls_.enumerate(*host_, {});
  while (auto const* row = rows->next()) {
    for (auto const* key : cls_.keys())
      EXPECT_FALSE(key->property.value(row).is_null()) << key->property.name;
    EXPECT_TRUE(seen.insert(key_text(cls_, row)).second) << "twice: " << key_text(cls_, row);
  }
  if (!without_instances.contains({std::string(cls_.name()), machines[std::get<1>(GetParam())].name})) {
    EXPECT_FALSE(seen.empty());
  }
  if (cls_.is_singleton()) {
    EXPECT_EQ(seen.size(), 1U);
  }
}

TEST_P(ProviderContract, M8_EveryValueHasTheTypeThatTheSchemaSays) {
  auto const rows = cls_.enumerate(*host_, {});
  while (auto const* row = rows->next()) {
    for (auto const& property : cls_.properties()) {
      auto const value = property.property.value(row);
      if (value.is_null()) continue;
      ASSERT_EQ(std::holds_alternative<cim::ArrayView>(value), property.property.array)
          << property.property.name;
      if (property.property.array || property.property.type == cim::Type::reference) continue;
      // A time of day is no point in time that could be compared.
      if (std::holds_alternative<cim::PartialDateTime const*>(value)) continue;
      // What is written can be read back as the same type: integers within their range, dates as dates.
      auto const again = cim::parse_value(property.property.type, cim::to_text(value));
      ASSERT_TRUE(again) << property.property.name << ": " << again.error().message;
      EXPECT_TRUE(cim::compare(value, *again, cim::CaseRule::exact) == 0) << property.property.name;
    }
  }
}

TEST_P(ProviderContract, M8_XmlHasEveryPropertyWithItsValue) {
  auto const uri = cim::resource_uri(cim::UriStyle::windows, cls_.ns(), cls_.name());
  auto const rows = cls_.enumerate(*host_, {});
  while (auto const* row = rows->next()) {
    std::string text;
    cim::append_instance(text, cim::UriStyle::windows, cls_, cls_, row, cim::PropertySet::all());
    auto const document = xml::Document::parse(text);
    ASSERT_TRUE(document) << document.error().message << text;
    for (auto const& property : cls_.properties()) {
      if (property.property.array || property.property.type == cim::Type::reference) continue;
      auto const element = document->root().child(uri, property.property.name);
      ASSERT_TRUE(element) << property.property.name;
      auto const value = property.property.value(row);
      EXPECT_EQ(element.is_nil(), value.is_null()) << property.property.name;
      auto const content = element.first_child() ? element.first_child().text() : element.text();
      EXPECT_EQ(content, cim::to_text(value)) << property.property.name;
    }
  }
}

TEST_P(ProviderContract, M2_EveryInstanceIsFoundByItsKeys) {
  auto const rows = cls_.enumerate(*host_, cim::Query(cls_.key_set()));
  // Of a thousand sockets many would be gone before their turn came.
  constexpr std::size_t enough = 200;
  std::size_t asked = 0;
  std::set<std::string> missing;
  while (auto const* row = rows->next()) {
    if (asked++ == enough) break;
    cim::Query query(cls_.key_set());
    for (auto const* key : cls_.keys()) require_key(query, *key, row);
    auto const wanted = key_text(cls_, row);
    missing.insert(wanted);
    cls_.get(*host_, query, [&](void const* again) {
      missing.erase(wanted);
      EXPECT_EQ(key_text(cls_, again), wanted);
    });
  }
  bool const live = std::get<1>(GetParam()) == 1;
  if (!live) {
    EXPECT_THAT(missing, testing::IsEmpty());
    return;
  }
  // Processes and connections end between two questions: what was not found is not listed any more either.
  auto const later = cls_.enumerate(*host_, cim::Query(cls_.key_set()));
  while (auto const* row = later->next()) EXPECT_FALSE(missing.contains(key_text(cls_, row)));
}

/// A property alone has the value that it has among all others: nothing it needs is left out by projection.
/// Over the recorded machine alone: values of a live one change between two questions.
class ProviderProjection : public testing::TestWithParam<std::string> {};

TEST_P(ProviderProjection, ChangesNoValue) {
  auto const& cls = class_named(GetParam());
  winrm::test::RecordedHost const host("debian12-server");
  auto const whole = test::all_instances(cls, host);
  for (auto const& property : cls.properties()) {
    cim::PropertySet one;
    one.add(property.index);
    auto const projected = test::all_instances(cls, host, cim::Query(one));
    ASSERT_EQ(projected.size(), whole.size());
    std::string const name(property.property.name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto const expected = whole[i].find(name);
      auto const found = projected[i].find(name);
      ASSERT_EQ(found == projected[i].end(), expected == whole[i].end()) << name;
      if (expected != whole[i].end()) {
        EXPECT_EQ(found->second, expected->second) << name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Classes, ProviderContract,
                         testing::Combine(testing::ValuesIn(concrete_class_names()), testing::Values(0U, 1U)),
                         [](auto const& parameters) {
                           return std::get<0>(parameters.param) + "_" +
                                  machines[std::get<1>(parameters.param)].name;
                         });

INSTANTIATE_TEST_SUITE_P(Classes, ProviderProjection, testing::ValuesIn(concrete_class_names()));

/// Parents and embedded classes only say what their subclasses and users may take.
TEST(ProviderRegistry, M5_OnlyWhatPutChangesIsWritable) {
  for (auto const& cls : test::all_classes().classes()) {
    if (!cls->has_instances() || cls->provider().put || cls->provider().create) continue;
    for (auto const& property : cls->properties()) {
      EXPECT_FALSE(property.property.is_writable) << cls->name() << '.' << property.property.name;
    }
  }
}

TEST(ProviderRegistry, M4_TheParentsThatClientsEnumerateAreThere) {
  for (auto const* name :
       {"CIM_ManagedSystemElement", "CIM_LogicalElement", "CIM_Service", "CIM_Process", "CIM_LogicalDevice",
        "CIM_LogicalDisk", "CIM_OperatingSystem", "CIM_ComputerSystem", "CIM_UnitaryComputerSystem",
        "Win32_BaseService", "CIM_DiskDrive", "CIM_NetworkAdapter", "CIM_LogicalFile", "CIM_DataFile",
        "CIM_Directory", "CIM_Setting", "CIM_Dependency", "CIM_Component", "CIM_SystemComponent"}) {
    EXPECT_NE(test::all_classes().find("root/cimv2", name), nullptr) << name;
  }
}

}  // namespace
}  // namespace winrm::providers
