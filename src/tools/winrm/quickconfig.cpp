#include "tools/winrm/quickconfig.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unicode.hpp"
#include "client/enumerator.hpp"
#include "client/failure.hpp"
#include "system/program.hpp"
#include "tools/common/switches.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/resource_uri.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Failure;
using Say = std::function<void(std::string_view)>;

constexpr std::string_view listeners_uri = "winrm/config/listener";
constexpr std::uint32_t no_certificate_for_listener = 0x803380E7;  // CERT_THUMBPRINT_BLANK
constexpr std::uint32_t no_certificate_for_quick_config = 0x80338115;

/// One thing that is missing, and how to mend it.
struct Change {
  std::string needed;
  std::string done;
  std::function<void()> make;
};

bool exists(char const* path) {
  struct stat about {};
  return ::stat(path, &about) == 0;
}

/// What a program of the system printed; throws UsageError when it failed.
std::string run(std::vector<std::string> const& command) {
  auto const result = system::run_program(command);
  if (result.exit_status != 0)
    throw UsageError(fmt::format("{} failed: {}", fmt::join(command, " "), result.errors));
  return result.output;
}

bool succeeds(std::vector<std::string> const& command) {
  return system::run_program(command).exit_status == 0;
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.data(), nullptr, &hints, &found) != 0) return name.data();
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, ::freeaddrinfo);
  return found->ai_canonname != nullptr ? found->ai_canonname : name.data();
}

/// Phase A: the service itself, where systemd runs it.
std::vector<Change> missing_of_service() {
  std::vector<Change> changes;
  constexpr auto unit = "winrmd.service";
  if (!exists("/run/systemd/system") || !exists("/usr/bin/systemctl")) return changes;
  if (!succeeds({"/usr/bin/systemctl", "--quiet", "is-enabled", unit}))
    changes.push_back(
        {"Set the WinRM service to start with the machine.", "WinRM service type changed successfully.", [=] {
           run({"/usr/bin/systemctl", "enable", unit});
         }});
  if (!succeeds({"/usr/bin/systemctl", "--quiet", "is-active", unit}))
    changes.push_back({"Start the WinRM service.", "WinRM service started.", [=] {
                         run({"/usr/bin/systemctl", "start", unit});
                       }});
  return changes;
}

std::string child_text(xml::Element parent, std::string_view name) {
  return parent.child(parent.ns(), name).text();
}

enum class Presence { none, disabled, enabled };

Presence listener_presence(client::Session& session, std::string_view transport) {
  client::Enumerator items(session, parse_resource_uri(listeners_uri), {});
  auto presence = Presence::none;
  for (auto item = items.next(); item; item = items.next()) {
    if (child_text(*item, "Address") != "*" ||
        !unicode::equals_ignoring_case(child_text(*item, "Transport"), transport))
      continue;
    if (child_text(*item, "Enabled") == "true") return Presence::enabled;
    presence = Presence::disabled;
  }
  return presence;
}

client::ResourceLocator listener_locator(std::string_view transport) {
  return parse_resource_uri(fmt::format("{}?Address=*+Transport={}", listeners_uri, transport));
}

void enable_listener(client::Session& session, std::string_view transport) {
  auto const locator = listener_locator(transport);
  auto const properties = std::vector<HashEntry>{{"Enabled", "true"}};
  static_cast<void>(session.put(locator, input_body("Listener", locator.resource_uri, properties)));
}

void create_listener(client::Session& session, std::string_view transport) {
  auto const locator = listener_locator(transport);
  std::vector<HashEntry> properties;
  if (transport == "HTTPS") properties.push_back({"Hostname", host_name()});
  try {
    static_cast<void>(session.create(locator, input_body("Listener", locator.resource_uri, properties)));
  } catch (Failure const& failure) {
    if (failure.code() != no_certificate_for_listener) throw;
    throw Failure(
        Failure::Kind::fault, no_certificate_for_quick_config,
        fmt::format("{} {}", client::describe_code(no_certificate_for_quick_config), failure.text()));
  }
}

std::uint16_t default_port(client::Session& session, std::string_view transport) {
  auto const ports = session.get(parse_resource_uri("winrm/config/service/defaultports"));
  return static_cast<std::uint16_t>(std::stoul(child_text(ports.body(), transport)));
}

/// The firewalls that have a tool of their own; what else filters is not ours to know.
std::optional<Change> missing_of_firewall(std::uint16_t port) {
  auto const opening = fmt::format("{}/tcp", port);
  auto const needed = fmt::format("Let TCP port {} through the firewall.", port);
  auto const done = fmt::format("The firewall lets TCP port {} through.", port);
  constexpr auto firewalld = "/usr/bin/firewall-cmd";
  if (exists(firewalld) && succeeds({firewalld, "--state"}) &&
      !succeeds({firewalld, "--query-port=" + opening}))
    return Change{needed, done, [=] {
                    run({firewalld, "--permanent", "--add-port=" + opening});
                    run({firewalld, "--add-port=" + opening});
                  }};
  constexpr auto ufw = "/usr/sbin/ufw";
  if (exists(ufw) && ::geteuid() == 0) {
    auto const status = run({ufw, "status"});
    if (status.starts_with("Status: active") && status.find(opening) == std::string::npos)
      return Change{needed, done, [=] { run({ufw, "allow", opening}); }};
  }
  return std::nullopt;
}

/// Phase B: who can reach it.
std::vector<Change> missing_of_remote_access(client::Session& session, bool https) {
  std::vector<Change> changes;
  std::string const transport = https ? "HTTPS" : "HTTP";
  auto const presence = listener_presence(session, transport);
  auto const what = fmt::format(
      "a WinRM listener on {}://* to accept WS-Man requests to any IP on this machine.", transport);
  if (presence == Presence::none)
    changes.push_back({"Create " + what, "Created " + what,
                       [&session, transport] { create_listener(session, transport); }});
  if (presence == Presence::disabled)
    changes.push_back({"Enable " + what, "Enabled " + what,
                       [&session, transport] { enable_listener(session, transport); }});
  if (auto firewall = missing_of_firewall(default_port(session, transport)))
    changes.push_back(std::move(*firewall));
  return changes;
}

bool agrees(std::istream* answers, Say const& say) {
  say("\nMake these changes [y/n]? ");
  std::string answer;
  if (answers != nullptr) std::getline(*answers, answer);
  say("\n");
  return answer == "y" || answer == "Y" || unicode::equals_ignoring_case(answer, "yes");
}

/// False when the user said no.
bool make(std::vector<Change> const& changes, std::string_view missing, std::string_view updated,
          QuickConfigOptions const& options, std::istream* answers, Say const& say) {
  say(fmt::format("{}\nThe following changes must be made:\n\n", missing));
  for (auto const& change : changes) say(change.needed + "\n");
  if (!options.quiet && !agrees(answers, say)) return false;
  for (auto const& change : changes) change.make();
  say(fmt::format("\n{}\n\n", updated));
  for (auto const& change : changes) say(change.done + "\n");
  return true;
}

}  // namespace

void quick_config(client::Session& session, QuickConfigOptions const& options, std::istream* answers,
                  Say const& say) {
  auto const service = missing_of_service();
  if (service.empty())
    say(options.running ? "WinRM service is already running on this machine.\n"
                        : "WinRM service is not running on this machine: start winrmd.\n");
  else if (!make(service, "WinRM is not set up to receive requests on this machine.",
                 "WinRM has been updated to receive requests.", options, answers, say))
    return;
  auto const access = missing_of_remote_access(session, options.https);
  if (access.empty())
    say("WinRM is already set up for remote management on this computer.\n");
  else
    static_cast<void>(make(access,
                           "WinRM is not set up to allow remote access to this machine for management.",
                           "WinRM has been updated for remote management.", options, answers, say));
}

}  // namespace winrm::tools::winrm_tool
