#include "tools/winrcp/documents.hpp"

#include "tools/common/connection_switches.hpp"
#include "tools/common/manual.hpp"
#include "tools/winrcp/command_line.hpp"

namespace winrm::tools::winrcp_tool {

std::string manual_page() {
  return ".TH WINRCP 1 \"\" \"OpenWinRM\" \"User Commands\"\n"
         ".SH NAME\nwinrcp \\- copy files to and from machines with WS\\-Management\n"
         ".SH SYNOPSIS\n"
         "\\fBwinrcp\\fR [\\fB\\-\\fISWITCH\\fR:\\fIVALUE\\fR ...] \\fISOURCE\\fR ... \\fITARGET\\fR\n"
         ".SH DESCRIPTION\n"
         "One end is \\fIHOST\\fR:\\fIPATH\\fR: a host name, an address in brackets or a connection of the "
         "configuration, and a path that begins at the home directory when it is not absolute. "
         ":\\fIPATH\\fR is on the host that \\fB\\-remote\\fR names; a local file with a colon in its name "
         "is "
         "written ./NAME.\n"
         ".PP\n"
         "Into a target that is a folder, that ends with a slash, or that several sources go to, each source "
         "is copied under its own name; else the target is the copy's name. Folders go with all that is in "
         "them. Times and permissions are kept, owners are not. Links, devices and the like inside of "
         "folders "
         "are not copied; they are named at the end, and the exit status says so.\n"
         ".SS What is lost on the way\n"
         "A lost connection is waited for, for three minutes, and no byte is missed. When winrcp itself is "
         "ended, the same command goes on where it stopped: a large file is put together in a file .winrcp\\-"
         "\\fIKEY\\fR.part beside its target, and what was copied already is compared, not copied. The "
         "SHA\\-256 "
         "of every file is compared with its source's.\n"
         ".SS Many small files\n"
         "go together as tar archives, and several files at once.\n"
         ".SS What the far side needs\n"
         "Linux: a POSIX shell, stat \\-c, find \\-print0, xargs \\-0, tar and sha256sum, of GNU or BusyBox. "
         "Windows: PowerShell 3 or newer; files go one by one there.\n"
         ".SH SWITCHES\n" +
         roff_switches(copy_switches()) + ".SH CONNECTION SWITCHES\n" + roff_switches(connection_switches()) +
         ".SH EXIT STATUS\n0 for success and help, 1 when something was not copied, 2 for a wrong command "
         "line, 128 and the signal's number when one ended it.\n"
         ".SH EXAMPLES\n.nf\n"
         "winrcp \\-username:alice report.pdf web1:/srv/reports/\n"
         "winrcp \\-u:alice web1:/var/log ./logs\n"
         "winrcp \\-r:https://web1:5986 \\-u:alice site :/srv/www\n"
         ".fi\n"
         ".SH SEE ALSO\n\\fBwinrm\\fR(1), \\fBwinrs\\fR(1), \\fBwinrm\\-client.toml\\fR(5)\n";
}

CompletedSwitches completed_switches() {
  CompletedSwitches program;
  program.name = "winrcp";
  program.copies = true;
  program.switches.assign(copy_switches().begin(), copy_switches().end());
  program.switches.insert(program.switches.end(), connection_switches().begin(), connection_switches().end());
  return program;
}

}  // namespace winrm::tools::winrcp_tool
