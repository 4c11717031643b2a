#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/unicode.hpp"
#include "config/table.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/winrm/help.hpp"
#include "tools/winrm/resource_uri.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::string alias_rows(std::span<Alias const> aliases) {
  std::string out;
  for (auto const& alias : aliases) out += fmt::format("  {:<12} {}\n", alias.name, alias.uri);
  return out;
}

/// The connection switches of these names, as help.
std::string some_switches(std::initializer_list<std::string_view> names) {
  std::vector<SwitchRow> rows;
  for (auto const& row : connection_switches())
    if (std::find(names.begin(), names.end(), row.name) != names.end()) rows.push_back(row);
  return switch_help(rows);
}

std::string uris() {
  return "A resource URI names a kind of thing; selectors choose one of them:\n\n"
         "  RESOURCE_URI?KEY=VALUE+KEY=VALUE\n\n"
         "A value is taken as it stands, up to the next '+'. The URI may begin with an alias:\n\n" +
         alias_rows(uri_aliases()) +
         "\n  winrm get wmicimv2/Win32_Service?Name=ssh\n"
         "  winrm get http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service?Name=ssh\n"
         "  winrm get winrm/config/listener?Address=*+Transport=HTTPS\n"
         "  winrm enumerate shell\n";
}

std::string aliases() {
  return "At the start of a resource URI:\n\n" + alias_rows(uri_aliases()) + "\nFor -dialect:\n\n" +
         alias_rows(dialect_aliases()) + "\nAliases are not expanded inside XML.\n";
}

std::string switches() {
  std::string out = "A switch is -NAME or -NAME:VALUE; / may stand for -. Case does not matter.\n\n";
  for (auto const& row : operation_switches()) {
    std::vector<std::string_view> takers;
    for (auto const& operation : operations())
      if (takes(operation, row.name)) takers.push_back(operation.name);
    out += switch_help(std::span(&row, 1));
    out += fmt::format("{:30}For: {}.\n", "", fmt::join(takers, ", "));
  }
  return out + "\nFor every operation that asks a service:\n\n" + switch_help(connection_switches());
}

std::string input() {
  return "set, create and invoke take input in one of these ways:\n\n"
         "  @{KEY=\"VALUE\"; KEY2=\"VALUE\"}   properties or parameters; $null for no value; a key that is\n"
         "                                given several times is an array; \"\" inside a value is a quote\n"
         "  -file:FILE                    XML from a file; -file:- from the standard input\n\n"
         "Without either, set reads XML from the standard input unless that is a terminal. Unix shells take\n"
         "quotes, '$' and ';' for themselves: put the whole of @{…} between single quotes.\n\n"
         "  winrm set winrm/config/winrs '@{MaxShellsPerUser=\"20\"}'\n"
         "  winrm invoke Create wmicimv2/Win32_Process '@{CommandLine=\"/bin/true\"; "
         "CurrentDirectory=$null}'\n"
         "  winrm create winrm/config/listener?Address=*+Transport=HTTPS -file:listener.xml\n"
         "  winrm set winrm/config -file:- < config.xml\n";
}

std::string filters() {
  return "enumerate takes -filter:EXPRESSION, in the language that -dialect names (wql by default):\n\n" +
         alias_rows(dialect_aliases()) +
         "\n  winrm enumerate wmicimv2/* -filter:\"select * from Win32_Service where State='Running'\"\n"
         "  winrm enumerate wmicimv2/Win32_Service -dialect:selector -filter:'{Name=\"ssh\"}'\n"
         "  winrm enumerate wmicimv2/* -dialect:association -filter:'{object=Win32_Service?Name=ssh;\n"
         "      associationclassname=…; resultclassname=…; role=…; resultrole=…; "
         "includeresultproperty=…}'\n\n"
         "With -associations the association instances themselves are shown. get and set take parts of an\n"
         "instance with -fragment:XPATH.\n";
}

std::string config() {
  std::string out =
      "winrm get winrm/config shows the settings of the service and of the tools, winrm set changes them:\n\n"
      "  winrm get winrm/config/client\n"
      "  winrm set winrm/config @{MaxEnvelopeSizekb=\"1000\"}\n\n";
  std::string_view table = "?";
  for (auto const& row : config::setting_rows()) {
    if (row.table == "Daemon") continue;  // not of the resource: in the file only
    if (row.table != table) {
      table = row.table;
      std::string path = "winrm/config";
      if (!table.empty()) path.append("/").append(unicode::to_lower_ascii(table));
      std::replace(path.begin(), path.end(), '.', '/');
      out += fmt::format("{}\n", path);
    }
    auto const allowed = config::allowed_values(row);
    out += fmt::format("  {:<34}{}\n", row.name, allowed);
  }
  return out +
         "\nwinrm/config/listener has the listeners, winrm/config/plugin the plug-ins and\n"
         "winrm/config/service/certmapping the accounts of client certificates.\n";
}

std::string remoting() {
  return "-remote:[TRANSPORT://]HOST[:PORT][/PREFIX] names another machine:\n\n"
         "  HOST                 http, port 5985 (winrm/config/client/defaultports HTTP), path /wsman\n"
         "  HOST with -usessl    https, port 5986 (winrm/config/client/defaultports HTTPS)\n"
         "  http://HOST          port 80\n"
         "  https://HOST         port 443\n"
         "  [2001:db8::1]:5985   IPv6 addresses stand in brackets\n\n" +
         some_switches({"remote", "usessl", "unencrypted", "cafile", "skipCAcheck", "skipCNcheck",
                        "skipRevocationcheck", "SPNPort"}) +
         "\nTo prepare a machine for remote use: winrm quickconfig.\n";
}

std::string auth() {
  std::string out = "-authentication chooses how you prove who you are:\n\n";
  for (auto const& row : authentication_schemes()) out += fmt::format("  {:<12} {}\n", row.name, row.meaning);
  return out + "\nWithout it: Negotiate for this machine and when a user name is given, else Kerberos.\n\n" +
         some_switches({"authentication", "username", "password", "passwordfile", "passwordenv",
                        "defaultCreds", "certificate", "SPNPort"}) +
         "\nOver plain HTTP, schemes that do not prove who the service is are for hosts of TrustedHosts "
         "only:\n"
         "  winrm set winrm/config/client @{TrustedHosts=\"web1,*.example.com\"}\n";
}

std::string proxy() {
  return "HTTPS requests can go through a web proxy; the service is authenticated end to end.\n\n" +
         some_switches({"proxyaccess", "proxyauthentication", "proxyusername", "proxypassword"}) +
         "\n  winrm identify -remote:https://web1 -proxyaccess:winhttp_settings\n";
}

std::string certmapping() {
  return "winrm/config/service/certmapping maps client certificates to local accounts. Keys: Issuer\n"
         "(thumbprint of the authority), Subject (a name of the certificate, with * at one end) and URI (a\n"
         "resource URI, or * at its end). UserName and Password are checked when the mapping is made, in a\n"
         "remote session; the password is not kept. This service keeps mappings and does not log on by\n"
         "certificate itself yet.\n\n"
         "  winrm enumerate winrm/config/service/certmapping -remote:localhost\n"
         "  winrm create winrm/config/service/certmapping?Issuer=THUMBPRINT+Subject=*.example.com+URI=*\n"
         "      '@{UserName=\"alice\"; Password=\"…\"}' -remote:localhost\n";
}

std::string custom_remote_shell() {
  return "A remote shell is a resource that winrs makes: winrm enumerate shell lists them, winrm delete "
         "ends\n"
         "one. Shells of other kinds than cmd have a resource URI of their own.\n\n"
         "  winrm enumerate shell\n"
         "  winrm get shell/cmd?ShellId=ID\n"
         "  winrm delete shell/cmd?ShellId=ID\n";
}

constexpr auto topics = std::to_array<HelpTopic>({
    {"uris", "uri", "How resources are named.", uris},
    {"aliases", "alias", "Short names for URIs.", aliases},
    {"switches", "switch", "All switches.", switches},
    {"input", "", "How properties and parameters are given.", input},
    {"filters", "filter", "Choosing what enumerate shows.", filters},
    {"config", "", "The settings and their ranges.", config},
    {"remoting", "", "Naming other machines.", remoting},
    {"auth", "", "Proving who you are.", auth},
    {"proxy", "", "Going through a web proxy.", proxy},
    {"certmapping", "", "Accounts of client certificates.", certmapping},
    {"customremoteshell", "", "Remote shells as resources.", custom_remote_shell},
});

}  // namespace

std::span<HelpTopic const> help_topics() { return topics; }

}  // namespace winrm::tools::winrm_tool
