#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <system_error>

#include "cim/failure.hpp"
#include "cim/schema.hpp"
#include "providers/service/classes.hpp"
#include "system/accounts.hpp"
#include "system/cron.hpp"
#include "system/host.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

struct ScheduledJob {
  std::uint32_t id = 0;
  std::string name;
  std::string command;
  std::string owner;
  std::optional<std::uint32_t> days_of_month;
  std::optional<std::uint32_t> days_of_week;
  std::optional<cim::PartialDateTime> start;
};

constexpr cim::Parameter create_parameters[] = {cim::in<std::string>("Command"),
                                                cim::in<DateTime>("StartTime"),
                                                cim::in<bool>("RunRepeatedly").optional(),
                                                cim::in<std::uint32_t>("DaysOfWeek").optional(),
                                                cim::in<std::uint32_t>("DaysOfMonth").optional(),
                                                cim::in<bool>("InteractWithDesktop").optional(),
                                                cim::out<std::uint32_t>("JobId")};
constexpr cim::ValueName return_codes[] = {{0, "Successful completion"}, {1, "Not supported"},
                                           {2, "Access denied"},         {8, "Unknown failure"},
                                           {9, "Path not found"},        {21, "Invalid parameter"},
                                           {22, "Service not started"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::ScheduledJob> = [] {
  using J = winrm::providers::ScheduledJob;
  return describe(
      ClassName("root/cimv2", "Win32_ScheduledJob", "CIM_Job")
          .described("An entry of a crontab, or a timer unit of systemd with a calendar."),
      key<&J::id>("JobId"),
      prop<&J::name>("Caption"),
      prop<&J::command>("Command"),
      prop<&J::days_of_month>("DaysOfMonth"),
      prop<&J::days_of_week>("DaysOfWeek"),
      prop<&J::name>("Description"),
      constant<bool>("InteractWithDesktop", false),
      unknown<std::string>("JobStatus"),
      prop<&J::name>("Name"),
      prop<&J::owner>("Owner"),
      constant<bool>("RunRepeatedly", true),
      prop<&J::start>("StartTime"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;
using system::ScheduledCommand;

enum Code : std::uint32_t {
  success = 0,
  not_supported = 1,
  access_denied = 2,
  unknown_failure = 8,
  invalid_parameter = 21,
  service_not_started = 22
};

/// Where Create writes: one file that cron reads with its own accounts (cron(8)).
constexpr auto* own_file = "/etc/cron.d/openwinrm";

/// Each change writes a whole crontab: between its reading and its writing no other may come. Root alone may
/// change them, and all that root asks for is done by one process.
std::mutex changing;

/// A job has no number of its own: one that stays the same as long as its file and line do (FNV-1a).
std::uint32_t id_of(ScheduledCommand const& job) {
  std::uint32_t hash = 2166136261U;
  for (auto const& text : {job.source, job.line}) {
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return hash;
}

struct NumberedJob {
  std::uint32_t id;
  ScheduledCommand job;
};
std::vector<NumberedJob> jobs(Host const& host) {
  std::vector<NumberedJob> found;
  std::set<std::uint32_t> taken;
  for (auto& job : system::scheduled_commands(host)) {
    auto id = id_of(job);
    while (!taken.insert(id).second) ++id;  // the same line twice
    found.push_back({id, std::move(job)});
  }
  return found;
}

/// "********143000.000000+060": a time of day, as Windows shows it.
cim::PartialDateTime time_of_day(Host const& host, std::uint32_t hour, std::uint32_t minute) {
  auto const offset = host.local(host.now()).offset_minutes;
  return {fmt::format("********{:02}{:02}00.000000{:+04}", hour, minute, offset)};
}

ScheduledJob row_of(Host const& host, NumberedJob const& numbered) {
  auto const& job = numbered.job;
  ScheduledJob row;
  row.id = numbered.id;
  row.name = job.source;
  row.command = job.command;
  row.owner = job.owner;
  if (job.days_of_month != 0) row.days_of_month = job.days_of_month;
  if (job.days_of_week != 0) row.days_of_week = job.days_of_week;
  if (job.hour && job.minute) row.start = time_of_day(host, *job.hour, *job.minute);
  return row;
}

cim::Generator<ScheduledJob> enumerate(Host const& host, cim::Query const&) {
  auto const all = jobs(host);
  for (auto const& job : all) {
    auto const row = row_of(host, job);
    co_yield row;
  }
}

/// The bits of days as crontab(5) lists them; "*" for none.
std::string cron_days(std::uint32_t bits) {
  std::string list;
  for (std::uint32_t day = 0; day < 31; ++day) {
    if ((bits >> day & 1U) == 0) continue;
    if (!list.empty()) list += ',';
    list += std::to_string(day + 1);
  }
  return list.empty() ? "*" : list;
}

/// In crontab(5) a percent sign ends the command.
std::string cron_command(std::string const& command) {
  std::string escaped;
  for (char const c : command) {
    if (c == '%') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Code write(Host const& host, std::string const& path, std::string const& content) {
  try {
    host.replace_file(path, content);
    return success;
  } catch (std::system_error const& error) {
    auto const number = error.code().value();
    if (number == EACCES || number == EPERM || number == EROFS) return access_denied;
    return number == ENOENT ? service_not_started : unknown_failure;
  }
}

/// `content` without the first of its lines that is this one; nothing when it has none. A line can be the end
/// of another one, so that a search for its text would find that.
std::optional<std::string> without_line(std::string_view content, std::string_view line) {
  auto rest = content;
  while (auto const next = system::text::next_line(rest)) {
    if (*next != line) continue;
    auto const before = static_cast<std::size_t>(next->data() - content.data());
    return std::string(content.substr(0, before)).append(rest);
  }
  return std::nullopt;
}

cim::MethodResult create(Host const& host, cim::NamedValues const& in) {
  constexpr std::uint32_t all_week_days = 0x7F;
  constexpr std::uint32_t all_month_days = 0x7FFFFFFF;
  auto const command = in.get<std::string>("Command").value_or("");
  auto const start = in.get<DateTime>("StartTime");
  auto const week = in.get<std::uint32_t>("DaysOfWeek").value_or(0);
  auto const month = in.get<std::uint32_t>("DaysOfMonth").value_or(0);
  if (system::text::trim(command).empty() ||
      command.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos || !start ||
      week > all_week_days || month > all_month_days || in.get<bool>("InteractWithDesktop").value_or(false)) {
    return invalid_parameter;
  }
  // cron knows no job that runs once.
  if (!in.get<bool>("RunRepeatedly").value_or(false)) return not_supported;
  if (!host.exists("/etc/cron.d")) return service_not_started;
  auto const local = host.local(start->utc);
  auto const since_midnight =
      (local.utc + std::chrono::minutes(local.offset_minutes)).time_since_epoch() % std::chrono::days(1);
  auto const minutes = std::chrono::floor<std::chrono::minutes>(since_midnight).count();
  auto const line = fmt::format("{} {} {} * {} {} {}", minutes % 60, minutes / 60, cron_days(month),
                                cron_days(week), system::current_account().name, cron_command(command));
  std::lock_guard const lock(changing);
  std::string content;
  (void)host.read(own_file, content);
  if (auto const code = write(host, own_file, content + line + "\n"); code != success) return code;
  for (auto const& [id, job] : jobs(host)) {
    if (job.source == own_file && job.line == line) return cim::MethodResult(success).with("JobId", id);
  }
  return unknown_failure;
}

cim::MethodResult remove(Host const& host, ScheduledJob const& row, cim::NamedValues const&) {
  std::lock_guard const lock(changing);
  auto const all = jobs(host);
  auto const found = std::ranges::find(all, row.id, &NumberedJob::id);
  if (found == all.end()) {
    throw cim::Failure(cim::Status::not_found,
                       fmt::format("There is no job {}. Its crontab was changed.", row.id));
  }
  // A timer unit belongs to a package or to the administrator.
  if (found->job.line.empty()) return not_supported;
  std::string content;
  if (!host.read(found->job.source, content)) return access_denied;
  auto const left = without_line(content, found->job.line);
  if (!left) return unknown_failure;
  return write(host, found->job.source, *left);
}

constexpr cim::Method<ScheduledJob> methods[] = {
    {.name = "Create", .parameters = create_parameters, .return_values = return_codes, .run_static = create},
    {.name = "Delete", .return_values = return_codes, .run = remove}};

}  // namespace

void add_scheduled_job(cim::Registry& registry) {
  registry.add<ScheduledJob>({.enumerate = enumerate, .methods = methods});
}

}  // namespace winrm::providers
