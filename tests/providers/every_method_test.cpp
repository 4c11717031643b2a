#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cim/failure.hpp"
#include "providers/all_classes.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "support/recorded_host.hpp"

/// That no method is without a test: of its effect where it has one, of its refusal where Linux has no
/// meaning for it.
namespace winrm::providers {
namespace {

using Name = std::pair<std::string, std::string>;

struct Tested {
  std::string class_name;
  std::string method;
  std::string file;  ///< below tests/
};

// clang-format off
std::vector<Tested> const tested = {
    {"CIM_DataFile", "Copy", "providers/file_test.cpp"},
    {"CIM_DataFile", "CopyEx", "providers/file_test.cpp"},
    {"CIM_DataFile", "Delete", "providers/file_test.cpp"},
    {"CIM_DataFile", "DeleteEx", "providers/file_test.cpp"},
    {"CIM_DataFile", "GetEffectivePermission", "providers/file_test.cpp"},
    {"CIM_DataFile", "Rename", "providers/file_test.cpp"},
    {"Win32_ComputerSystem", "Rename", "live/test_system_classes.py"},
    {"Win32_Directory", "Copy", "providers/file_test.cpp"},
    {"Win32_Directory", "CopyEx", "providers/file_test.cpp"},
    {"Win32_Directory", "Delete", "providers/file_test.cpp"},
    {"Win32_Directory", "DeleteEx", "providers/file_test.cpp"},
    {"Win32_Directory", "GetEffectivePermission", "providers/file_test.cpp"},
    {"Win32_Directory", "Rename", "live/test_storage_classes.py"},
    {"Win32_Group", "Rename", "live/test_account_classes.py"},
    {"Win32_NetworkAdapter", "Disable", "live/test_network_classes.py"},
    {"Win32_NetworkAdapter", "Enable", "live/test_network_classes.py"},
    {"Win32_NetworkAdapterConfiguration", "EnableStatic", "live/test_network_classes.py"},
    {"Win32_NetworkAdapterConfiguration", "SetGateways", "live/test_network_classes.py"},
    {"Win32_OperatingSystem", "Reboot", "providers/recorded_changes_test.cpp"},
    {"Win32_OperatingSystem", "SetDateTime", "providers/recorded_changes_test.cpp"},
    {"Win32_OperatingSystem", "Shutdown", "providers/recorded_changes_test.cpp"},
    {"Win32_OperatingSystem", "Win32Shutdown", "providers/recorded_changes_test.cpp"},
    {"Win32_OperatingSystem", "Win32ShutdownTracker", "providers/recorded_changes_test.cpp"},
    {"Win32_Process", "Create", "providers/process_methods_test.cpp"},
    {"Win32_Process", "GetOwner", "providers/process_methods_test.cpp"},
    {"Win32_Process", "GetOwnerSid", "providers/process_methods_test.cpp"},
    {"Win32_Process", "SetPriority", "providers/process_methods_test.cpp"},
    {"Win32_Process", "Terminate", "providers/process_methods_test.cpp"},
    {"Win32_Product", "Install", "live/test_system_classes.py"},
    {"Win32_Product", "Uninstall", "live/test_system_classes.py"},
    {"Win32_Product", "Upgrade", "providers/recorded_changes_test.cpp"},
    {"Win32_ScheduledJob", "Create", "providers/scheduled_job_test.cpp"},
    {"Win32_ScheduledJob", "Delete", "providers/scheduled_job_test.cpp"},
    {"Win32_Service", "Change", "providers/service_methods_test.cpp"},
    {"Win32_Service", "ChangeStartMode", "providers/service_methods_test.cpp"},
    {"Win32_Service", "Create", "providers/service_methods_test.cpp"},
    {"Win32_Service", "Delete", "providers/service_methods_test.cpp"},
    {"Win32_Service", "InterrogateService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "PauseService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "RestartService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "ResumeService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "StartService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "StopService", "providers/service_methods_test.cpp"},
    {"Win32_Service", "UserControlService", "providers/service_methods_test.cpp"},
    {"Win32_Share", "Create", "providers/share_test.cpp"},
    {"Win32_Share", "Delete", "providers/share_test.cpp"},
    {"Win32_Share", "SetShareInfo", "providers/share_test.cpp"},
    {"Win32_UserAccount", "Rename", "live/test_account_classes.py"},
    {"Win32_Volume", "AddMountPoint", "live/test_storage_classes.py"},
    {"Win32_Volume", "Dismount", "live/test_storage_classes.py"},
    {"Win32_Volume", "Mount", "live/test_storage_classes.py"}};
// clang-format on

/// Methods that Linux has no meaning for, and the return value that Windows documents for that; without one
/// they throw NotSupported.
std::map<std::string, std::optional<std::uint32_t>> const refusals = {
    {"CIM_DataFile", std::nullopt},
    {"Win32_Directory", std::nullopt},
    {"Win32_LogicalDisk", 4},
    {"Win32_NetworkAdapterConfiguration", 64},
    {"Win32_NTEventlogFile", std::nullopt},
    {"Win32_Share", std::nullopt},
    {"Win32_Volume", std::nullopt}};

std::set<Name> methods_of_all_classes() {
  std::set<Name> names;
  for (auto const& cls : test::all_classes().classes()) {
    for (auto const& method : cls->provider().methods) {
      names.emplace(std::string(cls->name()), std::string(method.name));
    }
  }
  return names;
}

TEST(EveryMethod, M6_IsCalledByATest) {
  auto left = methods_of_all_classes();
  for (auto const& [class_name, method, file] : tested) {
    EXPECT_EQ(left.erase({class_name, method}), 1U) << "there is no " << class_name << '.' << method;
    std::ifstream in(std::string(WINRM_SOURCE_DIR) + "/tests/" + file);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    EXPECT_NE(text.find('"' + method + '"'), std::string::npos) << file << " does not call " << method;
  }
  for (auto const& [class_name, method] : left) {
    EXPECT_TRUE(refusals.contains(class_name)) << class_name << '.' << method << " has no test";
  }
}

TEST(EveryMethod, M6_WithoutAMeaningOnLinuxSaysSo) {
  winrm::test::RecordedHost const host("debian12-server");
  auto left = methods_of_all_classes();
  for (auto const& one : tested) left.erase({one.class_name, one.method});
  for (auto const& [class_name, name] : left) {
    auto const& cls = *test::all_classes().find("root/cimv2", class_name);
    auto const& method = test::method(cls, name);
    cim::Query query;
    if (cls.declaration().needs_condition) {
      query.require(cls.find("Path")->index, cim::Value(std::string("/etc/")));
    }
    std::shared_ptr<void const> row;
    if (!method.is_static) {
      auto const rows = cls.enumerate(host, query);
      auto const* first = rows->next();
      ASSERT_NE(first, nullptr) << class_name;
      row = cls.provider().copy(first);
    }
    SCOPED_TRACE(class_name + "." + name);
    try {
      auto const result = method.run(host, row.get(), {}).return_value;
      EXPECT_NE(result, 0U);
      if (auto const& documented = refusals.at(class_name)) {
        EXPECT_EQ(result, *documented);
      }
    } catch (cim::Failure const& failure) {
      EXPECT_EQ(failure.status(), cim::Status::not_supported) << failure.what();
    }
  }
}

}  // namespace
}  // namespace winrm::providers
