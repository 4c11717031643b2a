#include "providers/system/machine_methods.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "cim/failure.hpp"
#include "providers/common/failures.hpp"
#include "system/identity.hpp"
#include "system/machine_control.hpp"
#include "system/text.hpp"

namespace winrm::providers {

namespace {

using system::Host;
using system::PowerAction;

constexpr std::uint32_t access_denied = 5;
constexpr std::uint32_t invalid_parameter = 87;

cim::MethodResult end(Host const& host, PowerAction action, std::chrono::seconds delay = {},
                      std::string const& message = {}) {
  try {
    host.control().power(action, delay, message);
    return 0;
  } catch (std::system_error const& error) {
    throw_failure(error, action == PowerAction::reboot ? "the machine cannot be restarted"
                                                       : "the machine cannot be shut down");
  }
}

/// Nothing for flags that mean neither.
std::optional<PowerAction> action_of(std::int32_t flags) {
  constexpr std::int32_t forced = 4;  // Linux always asks programs first and then ends them
  switch (flags & ~forced) {
    case 1:
    case 8:
      return PowerAction::power_off;
    case 2:
      return PowerAction::reboot;
    case 0:
      throw cim::Failure(cim::Status::not_supported,
                         "Linux logs off sessions one by one: end yours with loginctl terminate-session");
    default:
      return std::nullopt;
  }
}

/// RFC 1123 2.1.
bool is_host_label(std::string_view name) {
  constexpr std::size_t most_bytes = 63;
  auto const is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= most_bytes && name.front() != '-' && name.back() != '-' &&
         std::ranges::all_of(name, is_inner);
}

/// os-release(5), "assignments": in double quotes, with what a shell would read escaped.
std::string in_quotes(std::string_view value) {
  std::string text = "\"";
  for (char const c : value) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace

cim::MethodResult reboot(Host const& host) { return end(host, PowerAction::reboot); }
cim::MethodResult shut_down(Host const& host) { return end(host, PowerAction::power_off); }

cim::MethodResult win32_shutdown(Host const& host, cim::NamedValues const& in) {
  auto const action = action_of(in.get<std::int32_t>("Flags").value_or(-1));
  if (!action) return invalid_parameter;
  return end(host, *action);
}

cim::MethodResult win32_shutdown_tracker(Host const& host, cim::NamedValues const& in) {
  constexpr std::uint32_t ten_years = 315'360'000;  // what Windows takes at most
  auto const action = action_of(in.get<std::int32_t>("Flags").value_or(-1));
  auto const timeout = in.get<std::uint32_t>("Timeout").value_or(0);
  auto const comment = in.get<std::string>("Comment").value_or("");
  if (!action || timeout > ten_years || comment.find('\0') != std::string::npos) return invalid_parameter;
  return end(host, *action, std::chrono::seconds(timeout), comment);
}

cim::MethodResult set_date_time(Host const& host, cim::NamedValues const& in) {
  auto const time = in.get<DateTime>("LocalDatetime");
  if (!time) return invalid_parameter;
  try {
    host.control().set_time(time->utc);
    return 0;
  } catch (std::system_error const& error) {
    throw_failure(error, "the clock cannot be set");
  }
}

cim::MethodResult rename_computer(Host const& host, cim::NamedValues const& in) {
  auto const name = in.get<std::string>("Name").value_or("");
  if (!is_host_label(name)) return invalid_parameter;
  auto const kernel = host.kernel();
  auto const domain = kernel.node.substr(system::short_name(kernel).size());
  try {
    host.control().rename(name + domain);
    return 0;
  } catch (std::system_error const& error) {
    if (error.code().value() == EPERM || error.code().value() == EACCES) return access_denied;
    throw_failure(error, "the machine cannot be renamed");
  }
}

void set_pretty_host_name(Host const& host, std::string const& name) {
  constexpr auto* path = "/etc/machine-info";
  constexpr std::string_view variable = "PRETTY_HOSTNAME=";
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; })) {
    throw cim::Failure(cim::Status::invalid_parameter,
                       "Description must be one line without control characters");
  }
  std::string content;
  (void)host.read(path, content);  // there may be none yet
  std::string changed;
  std::string_view rest = content;
  while (auto const line = system::text::next_line(rest)) {
    if (!line->starts_with(variable)) changed += std::string(*line) + '\n';
  }
  if (!name.empty()) changed += std::string(variable) + in_quotes(name) + '\n';
  try {
    host.replace_file(path, changed);
  } catch (std::system_error const& error) {
    throw_failure(error, "the machine's description cannot be changed");
  }
}

}  // namespace winrm::providers
