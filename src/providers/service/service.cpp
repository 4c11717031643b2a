#include "base/unicode.hpp"
#include "cim/schema.hpp"
#include "providers/service/classes.hpp"
#include "providers/service/service_methods.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/services.hpp"

namespace winrm::providers {

namespace {

struct Service {
  std::string name;
  std::string display_name;
  std::optional<std::string> description;
  std::optional<std::string> state;
  std::optional<std::string> status;
  std::optional<bool> started;
  std::optional<std::string> start_mode;
  std::optional<std::string> start_name;
  std::optional<std::string> path_name;
  std::optional<std::string> service_type;
  std::optional<std::uint32_t> process_id;
  std::optional<std::uint32_t> exit_code;
  std::optional<bool> accepts_stop;
  std::optional<bool> accepts_pause;
  std::string system_name;

  // Of Linux_Service.
  std::optional<std::string> active_state;
  std::optional<std::string> sub_state;
  std::optional<std::string> unit_file_state;
  std::optional<std::string> unit_file;
  std::optional<std::string> unit_type;
  std::optional<std::string> slice;
  std::optional<std::string> control_group;
  std::optional<std::uint64_t> memory;
  std::optional<std::uint64_t> tasks;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Service> = [] {
  using S = winrm::providers::Service;
  using std::string, std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Service", "Win32_BaseService"),
      key<&S::name>("Name"),
      prop<&S::accepts_pause>("AcceptPause"),
      prop<&S::accepts_stop>("AcceptStop"),
      prop<&S::display_name>("Caption"),
      constant<string_view>("CreationClassName", "Win32_Service"),
      prop<&S::description>("Description"),
      constant<bool>("DesktopInteract", false),
      prop<&S::display_name>("DisplayName"),
      prop<&S::exit_code>("ExitCode"),
      prop<&S::path_name>("PathName"),
      prop<&S::process_id>("ProcessId"),
      prop<&S::service_type>("ServiceType"),
      prop<&S::started>("Started"),
      prop<&S::start_mode>("StartMode"),
      prop<&S::start_name>("StartName"),
      prop<&S::state>("State"),
      prop<&S::status>("Status"),
      constant<string_view>("SystemCreationClassName", "Win32_ComputerSystem"),
      prop<&S::system_name>("SystemName"),
      unknown<uint32_t>("CheckPoint"), unknown<bool>("DelayedAutoStart"), unknown<string>("ErrorControl"),
      unknown<uint32_t>("ServiceSpecificExitCode"), unknown<uint32_t>("TagId"), unknown<uint32_t>("WaitHint"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

constexpr auto linux_service = [] {
  using S = Service;
  return cim::describe_more(
      cim::schema_of<S>,
      cim::ClassName("root/cimv2", "Linux_Service", "Win32_Service")
          .only_by_name()
          .described("A service in the words of systemd, where Windows has no property for them."),
      cim::prop<&S::active_state>("ActiveState"), cim::prop<&S::control_group>("ControlGroup").case_exact(),
      cim::prop<&S::memory>("MemoryCurrent").units("bytes"), cim::prop<&S::slice>("Slice").case_exact(),
      cim::prop<&S::sub_state>("SubState"), cim::prop<&S::tasks>("TasksCurrent"),
      cim::prop<&S::unit_file>("UnitFile").case_exact(), cim::prop<&S::unit_file_state>("UnitFileState"),
      cim::prop<&S::unit_type>("UnitType"));
}();

/// systemd's states of activity in Windows' words.
std::optional<std::string> state_of(system::Service const& service) {
  if (!service.active_state) return std::nullopt;
  auto const& state = *service.active_state;
  if (service.freezer_state == "frozen") return "Paused";
  if (state == "active" || state == "reloading") return "Running";
  if (state == "activating") return "Start Pending";
  if (state == "deactivating") return "Stop Pending";
  if (state == "inactive" || state == "failed") return "Stopped";
  return std::nullopt;
}

std::optional<std::string> start_mode_of(system::Service const& service) {
  if (!service.unit_file_state) return std::nullopt;
  auto const& state = *service.unit_file_state;
  if (state.starts_with("enabled")) return "Auto";
  if (state.starts_with("masked") || state == "bad") return "Disabled";
  // Anything else is started by a person, by another unit, or when it is asked for.
  return "Manual";
}

std::optional<std::string> status_of(system::Service const& service) {
  if (!service.active_state) return std::nullopt;
  return *service.active_state == "failed" ? "Error" : "OK";
}

/// Windows' name for the account with all rights; clients compare with it.
std::string account_name(std::string const& user) { return user == "root" ? "LocalSystem" : user; }

class Filler {
 public:
  Filler(Host const& host, cim::Query const& query, bool linux_facts)
      : services_(host.services()), system_name_(system::short_name(host.kernel())) {
    using S = Service;
    details_ =
        linux_facts || query.wants<&S::state, &S::started, &S::accepts_pause, &S::start_mode, &S::start_name,
                                   &S::path_name, &S::service_type, &S::process_id, &S::exit_code,
                                   &S::accepts_stop, &S::display_name, &S::description>();
  }

  [[nodiscard]] Service fill(system::Service service) const {
    if (details_) services_.detail(service);
    Service row;
    row.name = service.name;
    row.display_name = service.description.value_or(service.name);
    row.description = service.description;
    row.state = state_of(service);
    row.status = status_of(service);
    if (row.state) row.started = *row.state == "Running" || *row.state == "Paused";
    row.start_mode = start_mode_of(service);
    if (service.user) row.start_name = account_name(*service.user);
    row.path_name = service.command;
    // Every unit has a control group, and so its processes, to itself.
    if (service.type) row.service_type = "Own Process";
    row.process_id = service.main_pid;
    row.exit_code = service.exit_status;
    row.accepts_stop = service.can_stop;
    row.accepts_pause = service.can_freeze;
    row.system_name = system_name_;
    row.active_state = service.active_state;
    row.sub_state = service.sub_state;
    row.unit_file_state = service.unit_file_state;
    row.unit_file = service.unit_file;
    row.unit_type = service.type;
    row.slice = service.slice;
    row.control_group = service.control_group;
    row.memory = service.memory;
    row.tasks = service.tasks;
    return row;
  }

 private:
  system::ServiceManager const& services_;
  std::string system_name_;
  bool details_ = false;
};

template <bool linux_facts>
std::optional<Service> get(Host const& host, cim::Query const& query) {
  auto const name = query.equals<&Service::name>();
  if (!name) return std::nullopt;
  auto found = host.services().find(*name);
  if (!found) return std::nullopt;
  return Filler(host, query, linux_facts).fill(*std::move(found));
}

template <bool linux_facts>
cim::Generator<Service> enumerate(Host const& host, cim::Query const& query) {
  Filler const filler(host, query, linux_facts);
  auto const name = query.equals_in_any_case<&Service::name>();
  auto services = host.services().list();
  for (auto& service : services) {
    if (name && !unicode::equals_ignoring_case(*name, service.name)) continue;
    auto const row = filler.fill(std::move(service));
    co_yield row;
  }
}

template <cim::MethodResult (*Run)(Host const&, std::string const&)>
cim::MethodResult by_name(Host const& host, Service const& row, cim::NamedValues const&) {
  return Run(host, row.name);
}
template <cim::MethodResult (*Run)(Host const&, std::string const&, cim::NamedValues const&)>
cim::MethodResult by_name_with(Host const& host, Service const& row, cim::NamedValues const& in) {
  return Run(host, row.name, in);
}
cim::MethodResult user_control(Host const&, Service const&, cim::NamedValues const& in) {
  return service_methods::user_control(in);
}

constexpr auto& codes = service_methods::return_codes;
constexpr cim::Method<Service> methods[] = {
    {.name = "StartService", .return_values = codes, .run = by_name<service_methods::start>},
    {.name = "StopService", .return_values = codes, .run = by_name<service_methods::stop>},
    {.name = "RestartService", .return_values = codes, .run = by_name<service_methods::restart>},
    {.name = "PauseService", .return_values = codes, .run = by_name<service_methods::pause>},
    {.name = "ResumeService", .return_values = codes, .run = by_name<service_methods::resume>},
    {.name = "InterrogateService", .return_values = codes, .run = by_name<service_methods::interrogate>},
    {.name = "UserControlService",
     .parameters = service_methods::control_parameters,
     .return_values = codes,
     .run = user_control},
    {.name = "ChangeStartMode",
     .parameters = service_methods::start_mode_parameters,
     .return_values = codes,
     .run = by_name_with<service_methods::change_start_mode>},
    {.name = "Change",
     .parameters = service_methods::change_parameters,
     .return_values = codes,
     .run = by_name_with<service_methods::change>},
    {.name = "Create",
     .parameters = service_methods::create_parameters,
     .return_values = codes,
     .run_static = service_methods::create},
    {.name = "Delete", .return_values = codes, .run = by_name<service_methods::remove>}};

}  // namespace

void add_service(cim::Registry& registry) {
  registry.add<Service>({.enumerate = enumerate<false>, .get = get<false>, .methods = methods});
  cim::Provider<Service> const with_linux_facts{.enumerate = enumerate<true>, .get = get<true>};
  registry.add(linux_service, cim::forget_row_type(with_linux_facts));
}

}  // namespace winrm::providers
