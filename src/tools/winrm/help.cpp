#include "tools/winrm/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/unicode.hpp"
#include "tools/common/connection_switches.hpp"

namespace winrm::tools::winrm_tool {
namespace {

std::string names_of(OperationRow const& row) {
  auto names = std::string(row.name);
  for (auto const form : row.short_forms)
    if (!form.empty()) names.append(", ").append(form);
  return names;
}

}  // namespace

HelpTopic const* find_topic(std::string_view name) {
  auto const topics = help_topics();
  auto const found = std::find_if(topics.begin(), topics.end(), [&](HelpTopic const& topic) {
    return unicode::equals_ignoring_case(topic.name, name) ||
           (!topic.other_name.empty() && unicode::equals_ignoring_case(topic.other_name, name));
  });
  return found == topics.end() ? nullptr : &*found;
}

std::string general_help() {
  std::string out =
      "winrm manages this machine and others over WS-Management.\n\n"
      "  winrm OPERATION RESOURCE_URI [-SWITCH:VALUE ...] [@{KEY=\"VALUE\"}]\n\nOperations:\n";
  for (auto const& row : operations()) out += fmt::format("  {:<20}  {}\n", names_of(row), row.summary);
  out += "\nTopics of `winrm help TOPIC`:\n";
  for (auto const& topic : help_topics()) out += fmt::format("  {:<20}  {}\n", topic.name, topic.summary);
  out +=
      "\nRESOURCE_URI is a URI or begins with one of wmicimv2/, wmi/, cimv2/, winrm/, wsman/, shell; an "
      "instance is\n"
      "chosen with ?NAME=VALUE+NAME=VALUE. `winrm OPERATION -?` shows an operation's switches.\n\n"
      "  winrm identify -remote:web1 -username:alice\n"
      "  winrm get wmicimv2/Win32_OperatingSystem\n"
      "  winrm enumerate wmicimv2/Win32_Service -remote:web1 -usessl -format:json\n\n"
      "Switches for every operation that asks a service:\n";
  return out + switch_help(connection_switches());
}

std::string operation_help(OperationRow const& operation) {
  auto out = fmt::format("winrm {} {}\n\n{}\n", operation.name, operation.usage, operation.summary);
  if (auto const own = switches_of(operation); !own.empty()) out += "\nSwitches:\n" + switch_help(own);
  if (operation.connects) out += "\nConnection:\n" + switch_help(connection_switches());
  return out;
}

std::string topic_help(HelpTopic const& topic) { return topic.text(); }

}  // namespace winrm::tools::winrm_tool
