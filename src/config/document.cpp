#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <vector>

#include "config/load.hpp"
#include "config/table.hpp"

namespace winrm::config {
namespace {

constexpr std::string_view introduction =
    "# Configuration reference\n\n"
    "<!-- Made from src/config/table.cpp by scripts/generate: change it there. -->\n\n"
    "`winrmd`, `winrm` and `winrs` read one TOML file: the one named by `--config`, else "
    "`/etc/openwinrm/winrm.toml`.\n"
    "The names are those of `winrm get winrm/config` on Windows and are compared without case. `winrmd "
    "--check-config FILE`\n"
    "reads a file and says what is wrong with it. An unknown name, a wrong type or a value that is not "
    "allowed is an\n"
    "error. Paths that do not start with `/` are relative to the folder of the file. `winrm set "
    "winrm/config` changes it\n"
    "and the running service; after an edit by hand, SIGHUP makes the service read it again. A broken file "
    "is refused\n"
    "and the service keeps its settings.\n\n"
    "Files in `policy.d` beside it (`*.toml`, in order of their names) override it: what they set cannot be "
    "changed with\n"
    "`winrm set`, and is shown with `Source=\"GPO\"`. Only there `AllowAutoConfig = true` in `[Service]` "
    "makes "
    "a listener on\n"
    "every address of the filters.\n\n"
    "Without a `[[Listener]]` the service does not listen on the network.\n";

/// "|" ends a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string show(std::same_as<bool> auto value) { return value ? "true" : "false"; }
template <class Number>
requires(std::is_unsigned_v<Number> && !std::same_as<Number, bool>) std::string show(Number value) {
  return std::to_string(value);
}
std::string show(std::string const& value) { return fmt::format("\"{}\"", value); }
std::string show(std::filesystem::path const& value) { return show(value.string()); }
template <class Choice>
requires std::is_enum_v<Choice> std::string show(Choice value) {
  return fmt::format("\"{}\"", names_of(value)[static_cast<std::size_t>(value)]);
}

template <class Owner>
std::string default_of(Row<Owner> const& row, Owner& defaults) {
  if (row.table == listener_table && row.name == "Port") return "5985 or 5986";
  auto const shown = [&]<class Target>(Target const& target) -> std::string {
    if constexpr (std::is_same_v<Target, std::monostate>) {
      return {};
    } else {
      return fmt::format("`{}`", show(target(defaults)));
    }
  };
  return std::visit(shown, row.field);
}

/// What becomes of a setting that Windows has and this service has not.
std::string note(Rule const& rule) {
  if (auto const* only = std::get_if<Only>(&rule))
    return fmt::format(" Other values are refused: {}.", only->reason);
  if (auto const* ignored = std::get_if<Ignored>(&rule))
    return fmt::format(" Accepted with a warning, without effect: {}.", ignored->reason);
  if (auto const* fixed = std::get_if<ReadOnly>(&rule))
    return fmt::format(" Accepted with a warning, without effect: {}.", fixed->reason);
  return {};
}

template <class Owner>
void append_rows(std::string& out, std::span<Row<Owner> const> rows, std::string_view table, Owner defaults) {
  out += "\n| Setting | Default | Allowed | Meaning |\n| --- | --- | --- | --- |\n";
  for (auto const& row : rows) {
    if (row.table != table) continue;
    out += fmt::format("| `{}` | {} | {} | {}{} |\n", row.name, default_of(row, defaults),
                       cell(allowed_values(row)), cell(row.meaning), cell(note(row.rule)));
  }
}

}  // namespace

std::string document() {
  std::string out(introduction);
  std::vector<std::string_view> tables;
  for (auto const& row : setting_rows()) {
    if (std::ranges::find(tables, row.table) == tables.end()) tables.push_back(row.table);
  }
  for (auto const table : tables) {
    out += table.empty() ? "\n## Top of the file\n" : fmt::format("\n## [{}]\n", table);
    append_rows(out, setting_rows(), table, Settings{});
  }
  out +=
      "\n## [host.NAME]\n\nOf a client's file: switches of `winrm` and `winrs` for `-remote:NAME`, as in\n"
      "`remote = \"https://web1.example\"`, `username = \"alice\"`, `passwordfile = \"/home/alice/.web1\"`, "
      "`skipCAcheck = true`.\nWhat the command line says goes before.\n";
  for (auto const& list : entry_lists()) {
    out += fmt::format("\n## [[{}]]\n\n{}\n", list.table, list.purpose);
    if (list.table == listener_table) append_rows(out, listener_rows(), listener_table, Listener{});
    if (list.table == security_table) append_rows(out, security_rows(), security_table, ResourceSecurity{});
    if (list.table == plugin_table) append_rows(out, plugin_rows(), plugin_table, Plugin{});
    if (list.table == cert_mapping_table)
      append_rows(out, cert_mapping_rows(), cert_mapping_table, CertMapping{});
  }
  return out;
}

}  // namespace winrm::config
