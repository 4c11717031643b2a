#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "system/host.hpp"

namespace winrm::providers {

namespace {

struct WmiSetting {
  std::optional<std::string> installation_directory;
};

constexpr cim::ValueName logging_levels[] = {{0, "Off"}, {1, "Error logging"}, {2, "Verbose Error logging"}};
constexpr cim::ValueName autostarts[] = {{0, "Don't start"}, {1, "Autostart"}, {2, "Start on reboot"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::WmiSetting> = [] {
  using S = winrm::providers::WmiSetting;
  namespace map = winrm::providers;
  using std::string, std::string_view, std::uint32_t, std::vector;
  return describe(
      ClassName("root/cimv2", "Win32_WMISetting", "CIM_Setting").singleton()
          .described("This WMI service. Its settings are those of winrm/config; nothing can be changed here."),
      constant<string_view>("ASPScriptDefaultNamespace", "\\\\root\\cimv2"),
      constant<string_view>("BuildVersion", WINRM_VERSION),
      constant<string_view>("Caption", "WMI Setting"),
      constant<string_view>("Description", "WMI Setting"),
      prop<&S::installation_directory>("InstallationDirectory"),
      unknown<bool>("ASPScriptEnabled"), unknown<vector<string>>("AutorecoverMofs"),
      unknown<uint32_t>("AutoStartWin9X").values(map::autostarts), unknown<uint32_t>("BackupInterval").units("minutes"),
      unknown<DateTime>("BackupLastTime"), unknown<string>("DatabaseDirectory"),
      unknown<uint32_t>("DatabaseMaxSize").units("kilobytes"), unknown<bool>("EnableAnonWin9xConnections"),
      unknown<bool>("EnableEvents"), unknown<bool>("EnableStartupHeapPreallocation"),
      unknown<uint32_t>("HighThresholdOnClientObjects"), unknown<uint32_t>("HighThresholdOnEvents"),
      unknown<uint32_t>("LastStartupHeapPreallocation"), unknown<string>("LoggingDirectory"),
      unknown<uint32_t>("LoggingLevel").values(map::logging_levels), unknown<uint32_t>("LowThresholdOnClientObjects"),
      unknown<uint32_t>("LowThresholdOnEvents"), unknown<uint32_t>("MaxLogFileSize"),
      unknown<uint32_t>("MaxWaitOnClientObjects"), unknown<uint32_t>("MaxWaitOnEvents"),
      unknown<string>("MofSelfInstallDirectory"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

cim::Generator<WmiSetting> enumerate(Host const& host, cim::Query const&) {
  WmiSetting row;
  if (auto const program = host.link_target("/proc/self/exe")) {
    row.installation_directory = program->substr(0, program->rfind('/'));
  }
  co_yield row;
}

}  // namespace

void add_wmi_setting(cim::Registry& registry) { registry.add<WmiSetting>({.enumerate = enumerate}); }

}  // namespace winrm::providers
