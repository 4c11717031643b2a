#include "providers/process/process_methods.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <system_error>

#include "cim/failure.hpp"
#include "system/accounts.hpp"
#include "system/identity.hpp"
#include "system/process_control.hpp"
#include "system/process_reader.hpp"

namespace winrm::providers::process_methods {

namespace {

using system::Host;
namespace proc = system::proc;

enum Code : std::uint32_t {
  success = 0,
  access_denied = 2,
  insufficient_privilege = 3,
  unknown_failure = 8,
  path_not_found = 9,
  invalid_parameter = 21
};

/// The priority classes of Win32_ProcessStartup and SetPriority (windows reference, annex A) as nice values.
std::optional<int> nice_of(std::int64_t priority_class) {
  switch (priority_class) {
    case 64:  // Idle
      return 19;
    case 16384:  // Below normal
      return 10;
    case 32:  // Normal
      return 0;
    case 32768:  // Above normal
      return -5;
    case 128:  // High
      return -10;
    case 256:  // Realtime
      return -20;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void no_such_process(proc::Pid pid) {
  throw cim::Failure(
      cim::Status::not_found,
      fmt::format("There is no process {}. It may have ended: enumerate Win32_Process again.", pid));
}

/// Return values for what the system refuses.
Code code_of(int error) {
  switch (error) {
    case EPERM:
      return access_denied;
    case EACCES:
      return insufficient_privilege;
    case ENOENT:
    case ENOTDIR:
      return path_not_found;
    default:
      return unknown_failure;
  }
}

Code code_of(system::StartFailure const& failure) {
  using Step = system::StartFailure::Step;
  if (failure.step == Step::priority) return insufficient_privilege;
  if (failure.error == EACCES) return access_denied;
  return code_of(failure.error);
}

bool has_zero(std::string const& text) { return text.find('\0') != std::string::npos; }

/// "NAME=value"; nothing when one of them is not.
std::optional<system::Environment> variables_of(std::vector<std::string> const& texts) {
  system::Environment variables;
  for (auto const& text : texts) {
    auto const equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || has_zero(text)) return std::nullopt;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

/// A path that a command line begins with and that the shell would not change.
std::string plain_program(std::string const& command_line) {
  auto const program = command_line.substr(0, command_line.find_first_of(" \t"));
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,";
  bool const is_path = program.starts_with('/') && program.find_first_not_of(plain) == std::string::npos;
  return is_path ? program : std::string();
}

struct Request {
  system::NewProcess process;
  bool is_valid = false;
};

Request request_of(cim::NamedValues const& in) {
  Request request;
  request.process.command_line = in.get<std::string>("CommandLine").value_or("");
  request.process.directory = in.get<std::string>("CurrentDirectory").value_or("");
  if (request.process.command_line.find_first_not_of(" \t\r\n") == std::string::npos) return request;
  if (has_zero(request.process.command_line) || has_zero(request.process.directory)) return request;
  if (auto const* startup = in.instance("ProcessStartupInformation")) {
    auto variables =
        variables_of(startup->list<std::string>("EnvironmentVariables").value_or(std::vector<std::string>()));
    if (!variables) return request;
    request.process.variables = *std::move(variables);
    if (auto const priority = startup->get<std::uint32_t>("PriorityClass")) {
      request.process.nice = nice_of(*priority);
      if (!request.process.nice) return request;
    }
  }
  request.is_valid = true;
  return request;
}

}  // namespace

cim::MethodResult create(Host const& host, cim::NamedValues const& in) {
  auto const request = request_of(in);
  if (!request.is_valid) return invalid_parameter;
  // The shell would only say so in its exit status, which nobody receives.
  auto const program = plain_program(request.process.command_line);
  if (!program.empty() && !host.exists(program)) return path_not_found;
  try {
    auto const pid = host.processes().start(request.process);
    if (!pid) return code_of(pid.error());
    return cim::MethodResult(success).with("ProcessId", *pid);
  } catch (std::system_error const&) {
    return unknown_failure;
  }
}

cim::MethodResult terminate(Host const& host, proc::Pid pid) {
  try {
    // TerminateProcess ends a process at once and cannot be caught.
    host.processes().signal(pid, SIGKILL);
    return success;
  } catch (std::system_error const& error) {
    if (error.code().value() == ESRCH) no_such_process(pid);
    return code_of(error.code().value());
  }
}

cim::MethodResult get_owner(Host const& host, proc::Pid pid) {
  auto const user = proc::ProcessReader(host).user(pid);
  if (!user) no_such_process(pid);
  auto const account = system::find_account(*user);
  cim::MethodResult result(success);
  result.with("Domain", system::short_name(host.kernel()));
  if (account) result.with("User", account->name);
  return result;
}

cim::MethodResult get_owner_sid(Host const& host, proc::Pid pid) {
  auto const user = proc::ProcessReader(host).user(pid);
  if (!user) no_such_process(pid);
  return cim::MethodResult(success).with("Sid", fmt::format("S-1-22-1-{}", *user));
}

cim::MethodResult set_priority(Host const& host, proc::Pid pid, cim::NamedValues const& in) {
  auto const nice = nice_of(in.get<std::int32_t>("Priority").value_or(0));
  if (!nice) return invalid_parameter;
  try {
    host.processes().set_nice(pid, *nice);
    return success;
  } catch (std::system_error const& error) {
    if (error.code().value() == ESRCH) no_such_process(pid);
    return code_of(error.code().value());
  }
}

}  // namespace winrm::providers::process_methods
