#include <locale>
#include <sstream>
#include <string_view>

#include "cim/schema.hpp"
#include "providers/system/classes.hpp"
#include "providers/system/machine_methods.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/mounts.hpp"
#include "system/proc.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

/// Memory sizes are in KiB, as /proc/meminfo and the class have them.
struct OperatingSystem {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> version;
  std::string build_number;
  std::string build_type;
  std::optional<std::string> manufacturer;
  std::string architecture;
  std::optional<std::string> serial_number;
  std::string host_name;
  std::optional<std::string> code_set;
  std::vector<std::string> languages;
  std::optional<std::string> boot_device;
  std::optional<std::string> system_device;
  std::optional<DateTime> install_date;
  std::optional<DateTime> last_boot;
  DateTime local_time;
  std::int16_t time_zone = 0;
  std::uint32_t processes = 0;
  std::optional<std::uint32_t> most_processes;
  std::optional<std::uint32_t> users;
  std::optional<bool> no_execute;
  std::optional<std::uint64_t> memory;
  std::optional<std::uint64_t> free_memory;
  std::optional<std::uint64_t> virtual_memory;
  std::optional<std::uint64_t> free_virtual_memory;
  std::optional<std::uint64_t> swap;
  std::optional<std::uint64_t> free_swap;

  // Of Linux_OperatingSystem.
  std::optional<double> load_1;
  std::optional<double> load_5;
  std::optional<double> load_15;
  std::optional<std::string> command_line;
  std::optional<bool> selinux_enforcing;
  std::optional<bool> apparmor_enabled;
};

constexpr cim::ValueName product_types[] = {{1, "Work Station"}, {2, "Domain Controller"}, {3, "Server"}};
constexpr cim::ValueName os_types[] = {{0, "Unknown"}, {1, "Other"}, {18, "WINNT"}, {36, "LINUX"}};
constexpr cim::ValueName dep_policies[] = {
    {0, "Always Off"}, {1, "Always On"}, {2, "Opt In"}, {3, "Opt Out"}};
constexpr cim::ValueName encryption_levels[] = {{0, "40-bit"}, {1, "128-bit"}, {2, "n-bit"}};
constexpr cim::ValueName boosts[] = {{0, "None"}, {1, "Minimum"}, {2, "Maximum"}};
constexpr cim::ValueName quantum_lengths[] = {{0, "Unknown"}, {1, "One tick"}, {2, "Two ticks"}};
constexpr cim::ValueName quantum_types[] = {{0, "Unknown"}, {1, "Fixed"}, {2, "Variable"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::OperatingSystem> = [] {
  using Os = winrm::providers::OperatingSystem;
  namespace map = winrm::providers;
  using std::string, std::string_view, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t;
  return describe(
      ClassName("root/cimv2", "Win32_OperatingSystem", "CIM_OperatingSystem").singleton(),
      prop<&Os::boot_device>("BootDevice"),
      prop<&Os::build_number>("BuildNumber"),
      prop<&Os::build_type>("BuildType"),
      prop<&Os::name>("Caption"),
      prop<&Os::code_set>("CodeSet"),
      constant<string_view>("CreationClassName", "Win32_OperatingSystem"),
      constant<string_view>("CSCreationClassName", "Win32_ComputerSystem"),
      prop<&Os::host_name>("CSName"),
      prop<&Os::time_zone>("CurrentTimeZone").units("minutes"),
      prop<&Os::no_execute>("DataExecutionPrevention_Available"),
      prop<&Os::description>("Description").writable(),
      constant<bool>("Distributed", false),
      prop<&Os::free_memory>("FreePhysicalMemory").units("kilobytes").changing(),
      prop<&Os::free_swap>("FreeSpaceInPagingFiles").units("kilobytes").changing(),
      prop<&Os::free_virtual_memory>("FreeVirtualMemory").units("kilobytes").changing(),
      prop<&Os::install_date>("InstallDate"),
      prop<&Os::last_boot>("LastBootUpTime"),
      prop<&Os::local_time>("LocalDateTime").changing(),
      prop<&Os::manufacturer>("Manufacturer"),
      prop<&Os::most_processes>("MaxNumberOfProcesses"),
      prop<&Os::languages>("MUILanguages"),
      prop<&Os::name>("Name"),
      prop<&Os::processes>("NumberOfProcesses").changing(),
      prop<&Os::users>("NumberOfUsers").changing(),
      prop<&Os::architecture>("OSArchitecture"),
      constant<uint16_t>("OSType", 36).values(map::os_types),
      constant<bool>("Primary", true),
      prop<&Os::serial_number>("SerialNumber"),
      prop<&Os::swap>("SizeStoredInPagingFiles").units("kilobytes"),
      constant<string_view>("Status", "OK"),
      prop<&Os::system_device>("SystemDevice"),
      constant<string_view>("SystemDirectory", "/"),
      constant<string_view>("SystemDrive", "/"),
      prop<&Os::swap>("TotalSwapSpaceSize").units("kilobytes"),
      prop<&Os::virtual_memory>("TotalVirtualMemorySize").units("kilobytes"),
      prop<&Os::memory>("TotalVisibleMemorySize").units("kilobytes"),
      prop<&Os::version>("Version"),
      constant<string_view>("WindowsDirectory", "/"),
      unknown<string>("CountryCode"), unknown<string>("CSDVersion"),
      unknown<bool>("DataExecutionPrevention_32BitApplications"),
      unknown<bool>("DataExecutionPrevention_Drivers"),
      unknown<uint8_t>("DataExecutionPrevention_SupportPolicy").values(map::dep_policies),
      unknown<bool>("Debug"), unknown<uint32_t>("EncryptionLevel").values(map::encryption_levels),
      unknown<uint8_t>("ForegroundApplicationBoost").values(map::boosts),
      unknown<uint32_t>("LargeSystemCache"), unknown<string>("Locale"),
      unknown<uint64_t>("MaxProcessMemorySize").units("kilobytes"),
      unknown<uint32_t>("NumberOfLicensedUsers"), unknown<uint32_t>("OperatingSystemSKU"),
      unknown<string>("Organization"), unknown<uint32_t>("OSLanguage"), unknown<uint32_t>("OSProductSuite"),
      unknown<string>("OtherTypeDescription"), unknown<bool>("PAEEnabled"), unknown<string>("PlusProductID"),
      unknown<string>("PlusVersionNumber"), unknown<bool>("PortableOperatingSystem"),
      unknown<uint32_t>("ProductType").values(map::product_types),
      unknown<uint8_t>("QuantumLength").values(map::quantum_lengths),
      unknown<uint8_t>("QuantumType").values(map::quantum_types), unknown<string>("RegisteredUser"),
      unknown<uint16_t>("ServicePackMajorVersion"), unknown<uint16_t>("ServicePackMinorVersion"),
      unknown<uint32_t>("SuiteMask"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
namespace proc = system::proc;

constexpr auto linux_operating_system = [] {
  using Os = OperatingSystem;
  return cim::describe_more(
      cim::schema_of<Os>,
      cim::ClassName("root/cimv2", "Linux_OperatingSystem", "Win32_OperatingSystem")
          .singleton()
          .only_by_name()
          .described("The operating system with what Windows has no property for."),
      cim::prop<&Os::apparmor_enabled>("AppArmorEnabled").described("Null where the kernel has no AppArmor."),
      cim::prop<&Os::command_line>("KernelCommandLine"),
      cim::prop<&Os::load_1>("LoadAverage1")
          .changing()
          .described("Processes that run or wait, over the last minute."),
      cim::prop<&Os::load_5>("LoadAverage5").changing().described("Over the last 5 minutes."),
      cim::prop<&Os::load_15>("LoadAverage15").changing().described("Over the last 15 minutes."),
      cim::prop<&Os::selinux_enforcing>("SELinuxEnforcing")
          .described("False when SELinux only reports; null where it is off."));
}();

void fill_names(OperatingSystem& os, Host const& host) {
  auto const kernel = host.kernel();
  os.build_number = kernel.release;
  os.build_type = kernel.version;
  os.architecture = kernel.machine;
  os.host_name = system::short_name(kernel);
  if (auto const distribution = system::distribution(host)) {
    os.name = distribution->name;
    if (!distribution->version.empty()) os.version = distribution->version;
    if (!distribution->vendor.empty()) os.manufacturer = distribution->vendor;
  }
}

void fill_memory(OperatingSystem& os, Host const& host) {
  auto const memory = proc::machine_memory(host);
  if (!memory) return;
  os.memory = memory->total;
  os.free_memory = memory->available;
  os.swap = memory->swap_total;
  os.free_swap = memory->swap_free;
  os.virtual_memory = memory->total + memory->swap_total;
  os.free_virtual_memory = memory->available + memory->swap_free;
}

void fill_times(OperatingSystem& os, Host const& host) {
  os.local_time = host.local(host.now());
  os.time_zone = os.local_time.offset_minutes;
  if (auto const boot = host.boot_time()) os.last_boot = host.local(*boot);
  // The root folder is made when the system is installed.
  if (auto const birth = host.birth_time("/")) os.install_date = host.local(*birth);
}

void fill_devices(OperatingSystem& os, Host const& host) {
  auto const mounts = system::mounts(host);
  for (auto const& mount : *mounts) {
    if (!mount.source.starts_with("/dev/")) continue;
    if (mount.point == "/") os.system_device = mount.source;
    if (mount.point == "/boot") os.boot_device = mount.source;
  }
  if (!os.boot_device) os.boot_device = os.system_device;
}

void fill_locale(OperatingSystem& os, Host const& host) {
  auto const locale = system::default_locale(host);
  if (!locale) return;
  if (!locale->code_set.empty()) os.code_set = locale->code_set;
  if (!locale->language.empty()) os.languages.push_back(locale->language);
}

std::optional<OperatingSystem> get(Host const& host, cim::Query const& query) {
  using Os = OperatingSystem;
  OperatingSystem os;
  fill_names(os, host);
  fill_times(os, host);
  if (query.wants<&Os::memory, &Os::free_memory, &Os::swap, &Os::free_swap, &Os::virtual_memory,
                  &Os::free_virtual_memory>()) {
    fill_memory(os, host);
  }
  if (query.wants<&Os::boot_device, &Os::system_device>()) fill_devices(os, host);
  if (query.wants<&Os::code_set, &Os::languages>()) fill_locale(os, host);
  if (query.wants<&Os::description>()) os.description = system::pretty_host_name(host);
  if (query.wants<&Os::serial_number>()) os.serial_number = system::machine_id(host);
  if (query.wants<&Os::processes>()) os.processes = host.process_count();
  if (query.wants<&Os::most_processes>()) {
    if (auto const most = proc::number_in(host, "/proc/sys/kernel/pid_max")) {
      os.most_processes = static_cast<std::uint32_t>(*most);
    }
  }
  if (query.wants<&Os::users>()) {
    if (auto const sessions = host.sessions()) os.users = static_cast<std::uint32_t>(sessions->size());
  }
  if (query.wants<&Os::no_execute>()) {
    if (auto const processors = proc::processors(host)) os.no_execute = processors->no_execute;
  }
  return os;
}

cim::Generator<OperatingSystem> enumerate(Host const& host, cim::Query const& query) {
  auto const only = get(host, query);
  co_yield *only;
}

/// What the first character of a small file says; nothing when there is no such file.
std::optional<bool> flag_in(Host const& host, std::string const& path, char yes) {
  std::string content;
  if (!host.read(path, content) || content.empty()) return std::nullopt;
  return content.front() == yes;
}

void fill_linux(OperatingSystem& os, Host const& host) {
  std::string content;
  if (host.read("/proc/loadavg", content)) {
    std::istringstream words(content);
    words.imbue(std::locale::classic());
    double one = 0;
    double five = 0;
    double fifteen = 0;
    if (words >> one >> five >> fifteen) {
      os.load_1 = one;
      os.load_5 = five;
      os.load_15 = fifteen;
    }
  }
  if (host.read("/proc/cmdline", content)) os.command_line = system::text::trim(content);
  os.selinux_enforcing = flag_in(host, "/sys/fs/selinux/enforce", '1');
  os.apparmor_enabled = flag_in(host, "/sys/module/apparmor/parameters/enabled", 'Y');
}

std::optional<OperatingSystem> get_linux(Host const& host, cim::Query const& query) {
  auto os = get(host, query);
  fill_linux(*os, host);
  return os;
}

cim::Generator<OperatingSystem> enumerate_linux(Host const& host, cim::Query const& query) {
  auto const only = get_linux(host, query);
  co_yield *only;
}

constexpr cim::Method<OperatingSystem> methods[] = {
    {.name = "Reboot",
     .return_values = machine_results,
     .run = [](Host const& host, OperatingSystem const&, cim::NamedValues const&) { return reboot(host); }},
    {.name = "Shutdown",
     .return_values = machine_results,
     .run = [](Host const& host, OperatingSystem const&,
               cim::NamedValues const&) { return shut_down(host); }},
    {.name = "Win32Shutdown",
     .parameters = shutdown_parameters,
     .return_values = machine_results,
     .run = [](Host const& host, OperatingSystem const&,
               cim::NamedValues const& in) { return win32_shutdown(host, in); }},
    {.name = "Win32ShutdownTracker",
     .parameters = shutdown_tracker_parameters,
     .return_values = machine_results,
     .run = [](Host const& host, OperatingSystem const&,
               cim::NamedValues const& in) { return win32_shutdown_tracker(host, in); }},
    {.name = "SetDateTime",
     .parameters = set_time_parameters,
     .return_values = machine_results,
     .run = [](Host const& host, OperatingSystem const&, cim::NamedValues const& in) {
       return set_date_time(host, in);
     }}};

void put(Host const& host, OperatingSystem const&, cim::NamedValues const& changes) {
  if (changes.has("Description")) {
    set_pretty_host_name(host, changes.get<std::string>("Description").value_or(""));
  }
}

}  // namespace

void add_operating_system(cim::Registry& registry) {
  registry.add<OperatingSystem>({.enumerate = enumerate, .get = get, .methods = methods, .put = put});
  cim::Provider<OperatingSystem> const with_linux_facts{
      .enumerate = enumerate_linux, .get = get_linux, .put = put};
  registry.add(linux_operating_system, cim::forget_row_type(with_linux_facts));
}

}  // namespace winrm::providers
