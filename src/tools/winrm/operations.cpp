#include <algorithm>

#include "base/unicode.hpp"
#include "tools/winrm/command_line.hpp"

namespace winrm::tools::winrm_tool {
namespace {

constexpr auto operation_table = std::to_array<OperationRow>({
    {Operation::get,
     "get",
     {"g", "", ""},
     "RESOURCE_URI",
     "Shows one instance of a resource.",
     "format fragment dialect options timeout encoding"},
    {Operation::set,
     "set",
     {"s", "put", "p"},
     "RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Changes properties of an instance and shows it.",
     "format fragment dialect file options timeout encoding"},
    {Operation::create,
     "create",
     {"c", "", ""},
     "RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Makes a new instance.",
     "format file options timeout encoding"},
    {Operation::remove,
     "delete",
     {"d", "", ""},
     "RESOURCE_URI",
     "Removes an instance.",
     "format options timeout encoding"},
    {Operation::enumerate,
     "enumerate",
     {"e", "enum", ""},
     "RESOURCE_URI",
     "Shows all instances of a resource.",
     "format filter dialect associations returntype shallow basepropertiesonly options timeout encoding"},
    {Operation::invoke,
     "invoke",
     {"i", "", ""},
     "ACTION RESOURCE_URI [@{KEY=\"VALUE\"}]",
     "Calls a method of a resource.",
     "format file options timeout encoding"},
    {Operation::query,
     "query",
     {"q", "", ""},
     "\"WQL\" [NAMESPACE_URI]",
     "Shows what a WQL query finds, in root/cimv2 or the namespace of NAMESPACE_URI (as "
     "wmi/root/standardcimv2).",
     "format returntype options timeout encoding"},
    {Operation::identify,
     "identify",
     {"id", "", ""},
     "-remote:HOST",
     "Asks a host whether it speaks WS-Management, and what it is.",
     "format timeout encoding"},
    {Operation::quick_config,
     "quickconfig",
     {"qc", "", ""},
     "[-transport:http|https] [-quiet]",
     "Makes this machine ready for remote management: service, listener, firewall. Asks before it changes "
     "anything.",
     "transport quiet force",
     false},
    {Operation::config_sddl,
     "configSDDL",
     {"", "", ""},
     "default|RESOURCE_URI [-sddl:SDDL]",
     "Changes the security descriptor of a resource, or the one of all that have none of their own "
     "(default), "
     "in a text editor.",
     "sddl timeout encoding"},
    {Operation::wait,
     "wait",
     {"", "", ""},
     "HOST",
     "Waits until a host answers WS-Management requests; without -timeout five minutes.",
     "timeout"},
    {Operation::doctor,
     "doctor",
     {"", "", ""},
     "HOST",
     "Checks step by step why a host cannot be reached or used, and says what to change.",
     "timeout"},
    {Operation::helpmsg,
     "helpmsg",
     {"", "", ""},
     "CODE",
     "Explains an error number (decimal, 0x… or negative).",
     "",
     false},
    {Operation::help,
     "help",
     {"", "", ""},
     "[OPERATION|TOPIC]",
     "Shows this text, or that of an operation or a topic.",
     "",
     false},
});

constexpr auto switch_table = std::to_array<SwitchRow>({
    {"format",
     {"f", ""},
     SwitchValue::required,
     "FORMAT",
     "text (default), pretty (indented XML), xml, json (one object on a line), csv, or table. Also written "
     "#text, #pretty, #xml."},
    {"fragment",
     {"", ""},
     SwitchValue::required,
     "XPATH",
     "One part of the instance, as State or IPAddress[1]."},
    {"dialect",
     {"", ""},
     SwitchValue::required,
     "DIALECT",
     "Of -filter or -fragment: wql, selector, association, xpath, or a URI. A filter is WQL, a fragment "
     "XPath "
     "by default."},
    {"filter",
     {"", ""},
     SwitchValue::required,
     "EXPRESSION",
     "A WQL query (resource URI with /*), {KEY=\"VALUE\"} with -dialect:selector, or "
     "{object=CLASS?KEY=VALUE; "
     "…} with -dialect:association."},
    {"associations",
     {"", ""},
     SwitchValue::none,
     "",
     "With -dialect:association: the association instances instead of the instances they lead to."},
    {"returntype", {"", ""}, SwitchValue::required, "TYPE", "object (default), epr, or objectandepr."},
    {"shallow", {"", ""}, SwitchValue::none, "", "Only instances of exactly this class."},
    {"basepropertiesonly",
     {"basepropsonly", ""},
     SwitchValue::none,
     "",
     "Only the properties of this class, of derived ones too."},
    {"options", {"", ""}, SwitchValue::required, "{KEY=\"VALUE\"}", "Options for the provider."},
    {"file", {"", ""}, SwitchValue::required, "FILE", "The input as an XML file; - is the standard input."},
    {"sddl",
     {"", ""},
     SwitchValue::required,
     "SDDL",
     "The new security descriptor, as in O:NSG:BAD:P(A;;GA;;;BA); no editor is opened."},
    {"transport", {"", ""}, SwitchValue::required, "TRANSPORT", "http (default) or https."},
    {"quiet", {"q", ""}, SwitchValue::none, "", "Ask nothing."},
    {"force", {"", ""}, SwitchValue::none, "", "Ask nothing, and open the firewall whatever the network."},
    {"timeout", {"", ""}, SwitchValue::required, "MILLISECONDS", "How long the operation may take."},
    {"encoding", {"", ""}, SwitchValue::required, "ENCODING", "Of the messages: utf-8 (default) or utf-16."},
});

bool is_named(OperationRow const& row, std::string_view name) {
  if (unicode::equals_ignoring_case(row.name, name)) return true;
  return std::any_of(row.short_forms.begin(), row.short_forms.end(), [&](std::string_view form) {
    return !form.empty() && unicode::equals_ignoring_case(form, name);
  });
}

}  // namespace

std::span<OperationRow const> operations() { return operation_table; }

OperationRow const* find_operation(std::string_view name) {
  auto const row = std::find_if(operation_table.begin(), operation_table.end(),
                                [&](OperationRow const& r) { return is_named(r, name); });
  return row == operation_table.end() ? nullptr : &*row;
}

std::span<SwitchRow const> operation_switches() { return switch_table; }

bool takes(OperationRow const& operation, std::string_view switch_name) {
  auto rest = operation.switches;
  while (!rest.empty()) {
    auto const blank = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, blank) == switch_name) return true;
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return false;
}

std::vector<SwitchRow> switches_of(OperationRow const& operation) {
  std::vector<SwitchRow> rows;
  for (auto const& row : operation_switches())
    if (takes(operation, row.name)) rows.push_back(row);
  return rows;
}

}  // namespace winrm::tools::winrm_tool
