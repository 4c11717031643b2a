#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/unicode.hpp"
#include "cim/failure.hpp"
#include "providers/all_classes.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "support/recorded_host.hpp"

/// That every method is tried: for its effect, with an argument that is wrong, and for an account without the
/// right. What Linux has no meaning for refuses.
namespace winrm::providers {
namespace {

using Name = std::pair<std::string, std::string>;

/// Where a method is tried, as "file below tests/:test". `wrong_argument` may be `takes_none`.
struct Tested {
  std::string class_name;
  std::string method;
  std::string effect;
  std::string wrong_argument;
  std::string no_right;
};

/// Of methods without input parameters. That such a one runs with no others either,
/// test_M6_a_parameter_that_a_method_does_not_have_is_told shows of them all.
std::string const takes_none = "no input parameters";
/// Tables of one test each, with a row for a method.
std::string const wrong = "live/test_every_method.py:WRONG_ARGUMENTS";
std::string const denied = "live/test_every_method.py:WITHOUT_THE_RIGHT";
std::string const ends = "live/test_systemd.py:ENDS";
std::string const services = "providers/service_methods_test.cpp:";
std::string const files = "providers/file_test.cpp:";
std::string const network = "live/test_network_classes.py:";
std::string const storage = "live/test_storage_classes.py:";

// clang-format off
std::vector<Tested> const tested = {
    {"CIM_DataFile", "Copy", files + "I1_CopyMakesAnotherFileAndNeverOverwrites", wrong, denied},
    {"CIM_DataFile", "CopyEx", "live/test_every_method.py:test_I1_the_methods_ending_in_ex_copy_and_delete", wrong,
     denied},
    {"CIM_DataFile", "Delete", files + "D1_ALinkStandsForItself", takes_none, denied},
    {"CIM_DataFile", "DeleteEx", files + "I1_TheMethodsEndingInExSayWhereTheyStopped", wrong, denied},
    {"CIM_DataFile", "GetEffectivePermission", files + "M6_EffectivePermissionIsThatOfTheAccount", wrong, denied},
    {"CIM_DataFile", "Rename", files + "I1_RenameMovesAndNeverOverwrites", wrong, denied},
    {"Win32_ComputerSystem", "Rename",
     "live/test_system_classes.py:test_the_computer_is_renamed_at_once_and_for_good", wrong, denied},
    {"Win32_Directory", "Copy", files + "I1_CopyOfAFolder", wrong, denied},
    {"Win32_Directory", "CopyEx", files + "I1_CopyExIsFlatUnlessRecursive", wrong, denied},
    {"Win32_Directory", "Delete", files + "I1_DeleteOfAFolderTakesEverythingInItAndNothingElse", takes_none, denied},
    {"Win32_Directory", "DeleteEx", "live/test_every_method.py:test_I1_the_methods_ending_in_ex_copy_and_delete", wrong,
     denied},
    {"Win32_Directory", "GetEffectivePermission",
     "live/test_every_method.py:test_M6_the_permission_of_a_folder_is_that_of_the_account", wrong, denied},
    {"Win32_Directory", "Rename", files + "I1_RenameMovesAndNeverOverwrites", wrong, denied},
    {"Win32_Group", "Rename", "live/test_account_classes.py:test_D7_a_group_is_renamed", wrong, denied},
    {"Win32_NetworkAdapter", "Disable", network + "test_D5_adapters_are_disabled_enabled_and_renamed", takes_none,
     network + "test_D5_an_account_without_the_right_changes_nothing"},
    {"Win32_NetworkAdapter", "Enable", network + "test_D5_adapters_are_disabled_enabled_and_renamed", takes_none,
     network + "test_D5_an_account_without_the_right_changes_nothing"},
    {"Win32_NetworkAdapterConfiguration", "EnableStatic",
     network + "test_D5_static_addresses_replace_what_was_there",
     network + "test_D5_static_addresses_replace_what_was_there",
     network + "test_D5_an_account_without_the_right_changes_nothing"},
    {"Win32_NetworkAdapterConfiguration", "SetGateways", network + "test_D5_gateways_are_set",
     network + "test_D5_gateways_are_set", network + "test_D5_an_account_without_the_right_changes_nothing"},
    {"Win32_OperatingSystem", "Reboot", ends, takes_none, denied},
    // The clock is every process's: only a recorded machine's is set.
    {"Win32_OperatingSystem", "SetDateTime", "providers/recorded_changes_test.cpp:SetDateTimeSetsTheClock", wrong,
     denied},
    {"Win32_OperatingSystem", "Shutdown", ends, takes_none, denied},
    {"Win32_OperatingSystem", "Win32Shutdown", ends, wrong, denied},
    {"Win32_OperatingSystem", "Win32ShutdownTracker", ends, wrong,
     denied},
    {"Win32_Process", "Create", "providers/process_methods_test.cpp:D3_CreateStartsAndTerminateKills", wrong, denied},
    {"Win32_Process", "GetOwner", "providers/process_methods_test.cpp:GetOwnerAgreesWithPs", takes_none, denied},
    {"Win32_Process", "GetOwnerSid", "providers/process_methods_test.cpp:GetOwnerAgreesWithPs", takes_none, denied},
    {"Win32_Process", "SetPriority", "providers/process_methods_test.cpp:SetPriorityChangesTheNiceValue", wrong,
     denied},
    {"Win32_Process", "Terminate", "providers/process_methods_test.cpp:D3_CreateStartsAndTerminateKills", wrong,
     denied},
    {"Win32_Product", "Install", "live/test_system_classes.py:test_M7_a_package_is_installed_upgraded_and_removed",
     wrong, denied},
    {"Win32_Product", "Uninstall", "live/test_system_classes.py:test_M7_a_package_is_installed_upgraded_and_removed",
     takes_none, denied},
    {"Win32_Product", "Upgrade", "live/test_system_classes.py:test_M7_a_package_is_installed_upgraded_and_removed",
     wrong, denied},
    {"Win32_ScheduledJob", "Create", "live/test_every_method.py:test_D1_a_job_is_written_for_cron_and_taken_out", wrong,
     denied},
    {"Win32_ScheduledJob", "Delete", "live/test_every_method.py:test_D1_a_job_is_written_for_cron_and_taken_out",
     takes_none, denied},
    {"Win32_Service", "Change", services + "D2_CreateChangeAndDelete", services + "WrongArguments",
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "ChangeStartMode", services + "D2_StartModes", services + "D2_StartModes",
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "Create", services + "D2_CreateChangeAndDelete", services + "WrongArguments",
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "Delete", services + "D2_CreateChangeAndDelete", takes_none,
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "InterrogateService", services + "D2_StartAndStop", takes_none,
     services + "D2_AnotherAccountMayAskForTheState"},
    {"Win32_Service", "PauseService", services + "D2_PauseAndResume", takes_none,
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "RestartService", services + "D2_StartAndStop", takes_none,
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "ResumeService", services + "D2_PauseAndResume", takes_none,
     services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "StartService", services + "D2_StartAndStop", takes_none, services + "D2_AnotherAccountIsDenied"},
    {"Win32_Service", "StopService", services + "D2_StartAndStop", takes_none, services + "D2_AnotherAccountIsDenied"},
    // No unit of systemd has a control of its own: every code is refused, whoever sends it.
    {"Win32_Service", "UserControlService", services + "WrongArguments", services + "WrongArguments",
     services + "D2_AnotherAccountMayAskForTheState"},
    {"Win32_Share", "Create", storage + "test_I1_shares_are_made_changed_and_deleted", wrong, denied},
    {"Win32_Share", "Delete", storage + "test_I1_shares_are_made_changed_and_deleted", takes_none,
     "live/test_every_method.py:test_I1_the_share_of_another_account_is_left_alone"},
    {"Win32_Share", "SetShareInfo", storage + "test_I1_shares_are_made_changed_and_deleted", wrong,
     "live/test_every_method.py:test_I1_the_share_of_another_account_is_left_alone"},
    {"Win32_UserAccount", "Rename", "live/test_account_classes.py:test_D7_a_user_is_renamed", wrong, denied},
    {"Win32_Volume", "AddMountPoint", storage + "test_D6_a_volume_is_mounted_elsewhere_and_unmounted",
     storage + "test_D6_a_volume_is_mounted_elsewhere_and_unmounted",
     storage + "test_D6_an_account_without_the_right_changes_no_volume"},
    {"Win32_Volume", "Dismount", storage + "test_D6_a_volume_is_mounted_elsewhere_and_unmounted",
     storage + "test_D6_a_volume_is_mounted_elsewhere_and_unmounted",
     storage + "test_D6_an_account_without_the_right_changes_no_volume"},
    {"Win32_Volume", "Mount", storage + "test_D6_a_volume_is_mounted_where_fstab_says", takes_none,
     storage + "test_D6_a_volume_is_mounted_where_fstab_says"}};
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

std::string text_of(std::string const& file) {
  std::ifstream in(std::string(WINRM_SOURCE_DIR) + "/tests/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What stands between the first line of a test, or of a table of Python, and the next thing in its file;
/// empty when there is none of that name.
std::string body_of(std::string const& file, std::string const& name) {
  auto const text = text_of(file);
  bool const is_python = file.ends_with(".py");
  auto start = text.find(is_python ? "\ndef " + name + "(" : ", " + name + ") {");
  if (start == std::string::npos && is_python) start = text.find('\n' + name + " = [");
  if (start == std::string::npos) return {};
  auto end = text.find('\n', start + 1);
  auto const first = end;
  constexpr std::string_view goes_on = " \n)]}";
  while (end != std::string::npos && end + 1 < text.size() &&
         goes_on.find(text[end + 1]) != std::string_view::npos) {
    if (!is_python && text[end + 1] == '}') break;
    end = text.find('\n', end + 1);
  }
  return text.substr(first, end - first);
}

/// The test that a cell of the table names is there and calls the method: a table has a row for it, and a
/// test says its name, though perhaps as that of a function of its file.
void expect_test(Tested const& entry, std::string const& place) {
  auto const colon = place.find(':');
  auto const file = place.substr(0, colon);
  auto const name = place.substr(colon + 1);
  auto body = body_of(file, name);
  ASSERT_FALSE(body.empty()) << file << " has no " << name;
  bool const is_table = std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
  if (is_table) {
    std::erase_if(body, [](char c) { return c == ' ' || c == '\n'; });
    auto const row = "(\"" + entry.class_name + "\",\"" + entry.method + "\",";
    EXPECT_NE(body.find(row), std::string::npos) << place << " has no row " << row;
    return;
  }
  EXPECT_NE(text_of(file).find('"' + entry.method + '"'), std::string::npos)
      << file << " does not call " << entry.method;
  EXPECT_NE(unicode::to_lower_ascii(body).find(unicode::to_lower_ascii(entry.method)), std::string::npos)
      << place << " does not call " << entry.method;
}

TEST(EveryMethod, M6_IsTriedForItsEffectForAWrongArgumentAndWithoutTheRight) {
  auto left = methods_of_all_classes();
  for (auto const& entry : tested) {
    SCOPED_TRACE(entry.class_name + "." + entry.method);
    ASSERT_EQ(left.erase({entry.class_name, entry.method}), 1U)
        << "there is no such method, or it stands twice";
    expect_test(entry, entry.effect);
    expect_test(entry, entry.no_right);
    if (entry.wrong_argument != takes_none) {
      expect_test(entry, entry.wrong_argument);
      continue;
    }
    auto const* cls = test::all_classes().find("root/cimv2", entry.class_name);
    EXPECT_TRUE(std::ranges::none_of(test::method(*cls, entry.method).parameters, &cim::Parameter::is_in))
        << "it has input parameters: try a wrong one";
  }
  for (auto const& [class_name, method] : left) {
    EXPECT_TRUE(refusals.contains(class_name)) << class_name << '.' << method << " has no test";
  }
}

TEST(EveryMethod, ATestThatIsNotThereIsMissed) {
  EXPECT_EQ(body_of("live/test_every_method.py", "test_of_nothing"), "");
  EXPECT_EQ(body_of("providers/file_test.cpp", "OfNothing"), "");
  auto const one = body_of("providers/file_test.cpp", "I1_CopyOfAFolder");
  EXPECT_NE(one.find("sub/inner"), std::string::npos);
  EXPECT_EQ(one.find("CopyEx"), std::string::npos) << "that is in the test after it";
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
