#include "tools/winrm/documents.hpp"

#include <fmt/format.h>

#include "config/manual.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/manual.hpp"
#include "tools/winrm/help.hpp"
#include "tools/winrm/request_options.hpp"
#include "tools/winrm/resource_uri.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::vector<SwitchRow> all_switches_of(OperationRow const& operation) {
  auto rows = switches_of(operation);
  if (operation.connects) rows.insert(rows.end(), connection_switches().begin(), connection_switches().end());
  return rows;
}

CompletedWord completed_word(OperationRow const& row) {
  CompletedWord word{
      std::string(row.name), std::string(row.summary), all_switches_of(row), {}, row.usage == "HOST"};
  for (auto const form : row.short_forms)
    if (!form.empty()) word.short_forms.emplace_back(form);
  return word;
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (auto const& alias : dialect_aliases()) names.emplace_back(alias.name);
  return names;
}

std::string operation_entries() {
  std::string out;
  for (auto const& row : operations()) {
    auto names = fmt::format("\\fB{}\\fR", row.name);
    for (auto const form : row.short_forms)
      if (!form.empty()) names += fmt::format(", \\fB{}\\fR", form);
    out += fmt::format(".TP\n{} {}\n{}\n", names, roff(row.usage), roff(row.summary));
  }
  return out;
}

std::string topic_entries() {
  std::string out;
  for (auto const& topic : help_topics())
    if (topic.name != "switches") out += fmt::format(".SS {}\n.nf\n{}.fi\n", topic.name, roff(topic.text()));
  return out;
}

}  // namespace

std::string manual_page() {
  std::string out =
      ".TH WINRM 1 \"\" \"OpenWinRM\" \"User Commands\"\n"
      ".SH NAME\nwinrm \\- manage this machine and others over WS\\-Management\n"
      ".SH SYNOPSIS\n"
      "\\fBwinrm\\fR \\fIOPERATION\\fR \\fIRESOURCE_URI\\fR [\\fB\\-\\fISWITCH\\fR:\\fIVALUE\\fR ...] "
      "[@{\\fIKEY\\fR=\"\\fIVALUE\\fR\"}]\n"
      ".SH OPERATIONS\n";
  out += operation_entries();
  out += ".SH SWITCHES OF OPERATIONS\n" + roff_switches(operation_switches());
  out += ".SH CONNECTION SWITCHES\n" + roff_switches(connection_switches());
  out += ".SH TOPICS\n" + topic_entries();
  out +=
      ".SH FILES\n"
      ".TP\n\\fI/etc/openwinrm/winrm.toml\\fR\nConfiguration of the service, and of its clients on this "
      "machine.\n"
      ".TP\n\\fI~/.config/openwinrm/client.toml\\fR\nYour own configuration, and named connections: "
      "\\fBwinrm\\-client.toml\\fR(5).\n"
      ".TP\n\\fI~/.config/openwinrm/certificates\\fR\nYour client certificates, in PEM with their keys.\n"
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBWINRM_CONFIG\\fR\nThe configuration file to use.\n"
      ".TP\n\\fBXDG_CONFIG_HOME\\fR\nInstead of ~/.config.\n"
      ".TP\n\\fBhttps_proxy\\fR, \\fBno_proxy\\fR\nThe web proxy for \\fB\\-proxyaccess\\fR.\n"
      ".TP\n\\fBNO_COLOR\\fR\nNo colour on a terminal.\n"
      ".SH EXIT STATUS\n0 for success and help, 1 for any failure; the reason is on the standard error.\n"
      ".SH SEE ALSO\n\\fBwinrs\\fR(1), \\fBwinrcp\\fR(1), \\fBwinrm.toml\\fR(5), "
      "\\fBwinrm\\-client.toml\\fR(5), \\fBwinrmd\\fR(8)\n";
  return out;
}

std::string client_file_page() {
  return ".TH WINRM\\-CLIENT.TOML 5 \"\" \"OpenWinRM\" \"File Formats\"\n"
         ".SH NAME\nwinrm\\-client.toml \\- configuration of one user\\(aqs winrm, winrs and winrcp\n"
         ".SH DESCRIPTION\n"
         "The tools read \\fI~/.config/openwinrm/client.toml\\fR over the machine\\(aqs "
         "\\fI/etc/openwinrm/winrm.toml\\fR: what it does not set is as the machine has it, and what the "
         "machine\\(aqs policy sets stays. With \\fBWINRM_CONFIG\\fR they read the file that it names and no "
         "other. It is TOML and may have whatever \\fBwinrm.toml\\fR(5) has; the tables here count for the "
         "tools. An unknown name or a wrong value is an error that says where it is.\n"
         ".SH NAMED CONNECTIONS\n"
         "A table [host.NAME] makes NAME a host for \\fB\\-remote\\fR. It has switches of the tools by their "
         "long "
         "names; a switch without a value is \\fBtrue\\fR. What the command line says goes before. A name "
         "with a "
         "dot is quoted: [host.\\(dqweb1.example\\(dq]. Shells complete these names.\n"
         ".PP\n.nf\n"
         "[host.web1]\n"
         "remote = \"https://web1.example:5986\"\n"
         "username = \"alice\"\n"
         "passwordfile = \"/home/alice/.config/openwinrm/web1.password\"\n"
         "cafile = \"/home/alice/.config/openwinrm/web1.pem\"\n"
         ".fi\n"
         ".PP\nThen \\fBwinrs \\-r:web1 uptime\\fR and \\fBwinrm identify \\-r:web1\\fR need no more.\n"
         ".SS Switches of a connection\n" +
         roff_switches(connection_switches()) + ".SH SETTINGS\n" + config::manual_of("Client") +
         ".SH FILES\n"
         ".TP\n\\fI~/.config/openwinrm/client.toml\\fR\nThis file; \\fBXDG_CONFIG_HOME\\fR stands for "
         "~/.config where it is set.\n"
         ".TP\n\\fI~/.config/openwinrm/certificates\\fR\nClient certificates, in PEM with their keys.\n"
         ".SH SEE ALSO\n\\fBwinrm\\fR(1), \\fBwinrs\\fR(1), \\fBwinrcp\\fR(1), \\fBwinrm.toml\\fR(5), "
         "\\fBwinrs\\-inventory\\fR(5)\n";
}

CompletedProgram completed_program() {
  CompletedProgram program;
  program.name = "winrm";
  for (auto const& row : operations()) program.words.push_back(completed_word(row));
  program.switch_values = {{"FORMAT", format_names()}, {"DIALECT", dialect_names()}};
  for (auto const& alias : uri_aliases()) program.values.push_back(std::string(alias.name) + "/");
  for (auto const* part : {"", "/client", "/client/auth", "/client/defaultports", "/service", "/service/auth",
                           "/service/defaultports", "/winrs", "/listener", "/plugin", "/resource"})
    program.values.push_back(std::string("winrm/config") + part);
  for (auto const& topic : help_topics()) program.values.emplace_back(topic.name);
  return program;
}

}  // namespace winrm::tools::winrm_tool
