#include "tools/winrs/documents.hpp"

#include "tools/common/connection_switches.hpp"
#include "tools/common/manual.hpp"
#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::string_view synopsis =
    ".SH SYNOPSIS\n"
    "\\fBwinrs\\fR [\\fB\\-\\fISWITCH\\fR[:\\fIVALUE\\fR] ...] \\fICOMMAND\\fR\n"
    ".br\n"
    "\\fBwinrs \\-remote\\fR:\\fIHOST\\fR\n"
    ".br\n"
    "\\fBwinrs \\-remote\\fR:\\fIHOST\\fR,\\fIHOST\\fR,... \\fICOMMAND\\fR\n"
    ".br\n"
    "\\fBwinrs \\-ps\\fR [\\fB\\-file\\fR:\\fIFILE\\fR] [\\fISCRIPT\\fR]\n"
    ".SH DESCRIPTION\n"
    "Runs a command on another machine with Windows Remote Management: on Windows, or on Linux with "
    "\\fBwinrmd\\fR(8). What it writes comes out here, standard output and standard error apart and byte for "
    "byte; what is typed or piped in goes to it.\n"
    ".PP\n"
    "Switches begin with \\- or /, in any case. The first word that is none begins the command; \\-\\- ends "
    "the switches, too. One word is taken as the remote shell's line (\\fB\"ls | wc \\-l\"\\fR); several "
    "stay "
    "the words they are.\n"
    ".PP\n"
    "Without a command the remote shell runs. At a terminal its lines are edited here, with a history; "
    "Ctrl\\-D ends it. With \\-noecho nothing of what is typed is shown.\n"
    ".PP\n"
    "Ctrl\\-C goes to the remote command; a second one ends \\fBwinrs\\fR. However it ends, the remote shell "
    "and what runs in it are deleted.\n";

constexpr std::string_view powershell =
    ".PP\n"
    "The script goes through the command's input, so that it may have any length; what is left of the "
    "standard input is the script's own. Windows hosts run it with powershell.exe, others with pwsh. Errors "
    "come out as text. The exit status is that of the script's \\fBexit\\fR; else 1 for an error that "
    "nothing "
    "caught; else that of the last program it ran.\n"
    ".PP\n"
    "Among the arguments of a script file \\fB\\-Name\\fR names a parameter.\n";

constexpr std::string_view fleet =
    ".PP\n"
    "A list of hosts in \\-remote, \\-inventory, or any switch of this section runs the command on all hosts "
    "at once. \\fB\\-remote\\fR:@\\fIFILE\\fR reads hosts from a file, one a line; what follows a # is for "
    "people. A host that hangs, refuses or writes without end takes nothing from the others.\n"
    ".PP\n"
    "With \\-format:json each host is one object: \\fBhost\\fR, \\fBstate\\fR (ended, failed, timedOut, "
    "flooded or stopped), \\fBexitCode\\fR or \\fBerror\\fR and \\fBerrorCode\\fR, \\fBstdout\\fR, "
    "\\fBstderr\\fR, \\fBseconds\\fR. Output that is no UTF\\-8 is in \\fBstdoutBase64\\fR and "
    "\\fBstderrBase64\\fR instead.\n";

constexpr std::string_view inventory_text =
    ".SH DESCRIPTION\n"
    "\\fBwinrs \\-inventory\\fR:\\fIFILE\\fR reads the hosts of a fleet, their groups and their switches "
    "from a "
    "TOML file. \\fB\\-remote\\fR then names groups or hosts of it; without \\fB\\-remote\\fR it is all of "
    "them.\n"
    ".SS Tables\n"
    ".TP\n[defaults]\nSwitches of every host.\n"
    ".TP\n[group.\\fINAME\\fR]\nSwitches of the hosts of a group. \\fBhosts\\fR lists hosts, \\fBgroups\\fR "
    "other groups whose hosts belong to it, too.\n"
    ".TP\n[host.\\fINAME\\fR]\nSwitches of one host. Without \\fBremote\\fR the host is the name itself. A "
    "name "
    "with a dot is quoted: [host.\\(dqweb1.example\\(dq].\n"
    ".SS Switches\n"
    "stand under their long names. A switch without a value is \\fBtrue\\fR; \\fBfalse\\fR takes back what a "
    "table "
    "further away says; a list gives \\fBenvironment\\fR several values. The command line goes before the "
    "host\\(aqs own table, that before the groups which list the host, those before groups of groups, and "
    "all "
    "before [defaults]. A way to get the password takes the place of any other way further away.\n"
    ".SH EXAMPLE\n"
    ".nf\n"
    "[defaults]\n"
    "username = \"ops\"\n"
    "passwordfile = \"/etc/ops.password\"\n"
    "\n"
    "[group.web]\n"
    "hosts = [\"web1\", \"web2\"]\n"
    "usessl = true\n"
    "\n"
    "[group.all]\n"
    "groups = [\"web\"]\n"
    "hosts = [\"db1\"]\n"
    "\n"
    "[host.db1]\n"
    "remote = \"http://192.0.2.7:5985\"\n"
    "environment = [\"ROLE=db\"]\n"
    ".fi\n"
    ".PP\n"
    "\\fBwinrs \\-inventory:fleet.toml \\-remote:web uptime\\fR runs on web1 and web2.\n";

constexpr std::string_view rest =
    ".SH EXIT STATUS\n"
    "One host: that of the command (its lower 8 bits, and 255 instead of 0 when only they are 0); 255 when "
    "\\fBwinrs\\fR itself failed; 128 and the signal's number when a signal ended it.\n"
    ".PP\n"
    "Many hosts: 0 when every command ended with 0; 1 when every host ran the command and some ended with "
    "another status; 2 when some hosts did not run it to its end; 3 when none did; 255 when the command line "
    "or the inventory is wrong.\n"
    ".SH FILES\n"
    ".TP\n\\fI~/.config/openwinrm/client.toml\\fR\n"
    "Your own configuration, and named connections: \\fBwinrm\\-client.toml\\fR(5).\n"
    ".TP\n\\fI/etc/openwinrm/winrm.toml\\fR\nThe machine's configuration, without one of your own.\n"
    ".TP\n\\fI~/.local/state/openwinrm/winrs_history\\fR\n"
    "Lines typed to remote shells; one that begins with a blank is not kept.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBWINRM_CONFIG\\fR\nThe configuration file to use.\n"
    ".TP\n\\fBXDG_CONFIG_HOME\\fR, \\fBXDG_STATE_HOME\\fR\nInstead of ~/.config and ~/.local/state.\n"
    ".TP\n\\fBhttps_proxy\\fR, \\fBno_proxy\\fR\nThe web proxy for \\fB\\-proxyaccess\\fR.\n"
    ".SH EXAMPLES\n"
    ".nf\n"
    "winrs \\-r:web1 \\-u:alice uname \\-a\n"
    "winrs \\-r:https://web1:5986 \\-u:alice sh \\-c 'exit 3'\n"
    "winrs \\-r:web1,web2,web3 \\-u:alice \\-format:json uptime\n"
    "winrs \\-r:@hosts.txt \\-u:alice \\-hosttimeout:60 \\-output:group df \\-h\n"
    "winrs \\-r:win1 \\-u:alice \\-ps 'Get\\-Service | Where\\-Object Status \\-eq Stopped'\n"
    "winrs \\-r:win1 \\-u:alice \\-file:setup.ps1 \\-Mode full\n"
    ".fi\n"
    ".SH SEE ALSO\n\\fBwinrm\\fR(1), \\fBwinrcp\\fR(1), \\fBwinrs\\-inventory\\fR(5), "
    "\\fBwinrm\\-client.toml\\fR(5), "
    "\\fBwinrm.toml\\fR(5), \\fBwinrmd\\fR(8)\n";

}  // namespace

std::string manual_page() {
  std::string out =
      ".TH WINRS 1 \"\" \"OpenWinRM\" \"User Commands\"\n"
      ".SH NAME\nwinrs \\- run a command on another machine, or on many\n";
  out += synopsis;
  out += ".SH SWITCHES\n" + roff_switches(command_switches());
  out += ".SH POWERSHELL\n" + roff_switches(script_switches());
  out += powershell;
  out += ".SH MANY HOSTS\n" + roff_switches(fleet_switches());
  out += fleet;
  out += ".SH CONNECTION SWITCHES\n" + roff_switches(connection_switches());
  out += rest;
  return out;
}

std::string inventory_page() {
  std::string out =
      ".TH WINRS\\-INVENTORY 5 \"\" \"OpenWinRM\" \"File Formats\"\n"
      ".SH NAME\nwinrs\\-inventory \\- hosts, groups and switches of a fleet\n";
  out += inventory_text;
  out +=
      ".SH SWITCHES OF A HOST\n" + roff_switches(connection_switches()) + roff_switches(command_switches());
  out += ".SH SEE ALSO\n\\fBwinrs\\fR(1), \\fBwinrm\\-client.toml\\fR(5)\n";
  return out;
}

CompletedSwitches completed_switches() {
  CompletedSwitches program;
  program.name = "winrs";
  program.switches.assign(all_switches().begin(), all_switches().end());
  program.switch_values = {{"FORMAT", {"text", "json"}}};
  return program;
}

}  // namespace winrm::tools::winrs_tool
