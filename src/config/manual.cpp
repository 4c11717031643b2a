#include "config/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "config/table.hpp"

namespace winrm::config {
namespace {

/// Backslashes, hyphens and leading dots are commands of roff. A security descriptor may be broken between
/// entries.
std::string roff(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    if (out.ends_with(")(")) out.insert(out.size() - 1, "\\:");
  }
  return out;
}

template <class Owner>
void append_rows(std::string& out, std::span<Row<Owner> const> rows, Owner const& defaults,
                 std::string_view only) {
  for (auto const& row : rows) {
    if (row.table != only) continue;
    out += fmt::format(".TP\n\\fB{}\\fR\n{}", roff(row.name), roff(row.meaning));
    if (auto const allowed = allowed_values(row); !allowed.empty())
      out += fmt::format(" Allowed: {}.", roff(allowed));
    if (auto const value = value_text(row, defaults); !value.empty())
      out += fmt::format(" Default: {}.", roff(value));
    out += '\n';
  }
}

/// The tables of the settings, each once, in their order.
std::vector<std::string_view> tables() {
  std::vector<std::string_view> names;
  for (auto const& row : setting_rows())
    if (std::ranges::find(names, row.table) == names.end()) names.push_back(row.table);
  return names;
}

void append_table(std::string& out, std::string_view table) {
  out += table.empty() ? ".SS Top of the file\n" : fmt::format(".SS [{}]\n", roff(table));
  append_rows(out, setting_rows(), Settings{}, table);
}

}  // namespace

std::string manual_of(std::string_view table) {
  std::string out;
  for (auto const name : tables())
    if (name == table || name.starts_with(fmt::format("{}.", table))) append_table(out, name);
  return out;
}

std::string manual_page() {
  std::string out =
      ".TH WINRM.TOML 5 \"\" \"OpenWinRM\" \"File Formats\"\n"
      ".SH NAME\nwinrm.toml \\- configuration of winrmd, winrm and winrs\n"
      ".SH DESCRIPTION\n"
      "A TOML file whose names are those of \\fBwinrm get winrm/config\\fR, compared without case. "
      "\\fBwinrm set winrm/config\\fR changes it and the running service; after an edit by hand send SIGHUP. "
      "A broken file is refused with file, line and reason, and the service keeps its settings. The files "
      "\\fIpolicy.d/*.toml\\fR beside it override it and lock what they set.\n"
      ".SH SETTINGS\n";
  for (auto const name : tables()) append_table(out, name);
  out += ".SH LISTS\n";
  for (auto const& list : entry_lists()) {
    out += fmt::format(".SS [[{}]]\n{}\n", list.table, roff(list.purpose));
    if (list.table == listener_table) append_rows(out, listener_rows(), Listener{}, list.table);
    if (list.table == security_table) append_rows(out, security_rows(), ResourceSecurity{}, list.table);
    if (list.table == plugin_table) append_rows(out, plugin_rows(), Plugin{}, list.table);
    if (list.table == cert_mapping_table) append_rows(out, cert_mapping_rows(), CertMapping{}, list.table);
  }
  out +=
      ".SH FILES\n.TP\n\\fI/etc/openwinrm/winrm.toml\\fR\n.TP\n\\fI/etc/openwinrm/policy.d/*.toml\\fR\n"
      ".TP\n\\fI~/.config/openwinrm/client.toml\\fR\nOne user\\(aqs own, for the tools: "
      "\\fBwinrm\\-client.toml\\fR(5).\n"
      ".SH SEE ALSO\n\\fBwinrm\\fR(1), \\fBwinrmd\\fR(8), \\fBwinrm\\-client.toml\\fR(5)\n";
  return out;
}

}  // namespace winrm::config
