#include "tools/winrm/config_sddl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "auth/access_rules.hpp"
#include "base/security_descriptor.hpp"
#include "base/unicode.hpp"
#include "client/enumerator.hpp"
#include "tools/common/switches.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Failure;
using unicode::equals_ignoring_case;

[[noreturn]] void refuse(wsman::Fault const& fault) {
  throw Failure(Failure::Kind::usage, fault.code(), fault.text());
}

client::ResourceLocator config_locator(std::string_view part) {
  client::ResourceLocator locator;
  locator.resource_uri = std::string(wsman::resource::config).append(part);
  return locator;
}

/// What a person or -sddl makes of `now`, checked.
std::string changed(std::string const& now, std::string_view of, TextEdit const& edit) {
  if (!edit)
    throw UsageError(fmt::format(
        "There is no terminal to edit at. Give the new descriptor of {} with -sddl; it is now {}", of, now));
  auto const sddl = edited_sddl(edit(editable_sddl(now, of)));
  auto const descriptor = security::Descriptor::parse(sddl);
  if (!descriptor) refuse(wsman::faults::invalid_security_descriptor(descriptor.error().message));
  return sddl;
}

std::string change_root(client::Session& session, TextEdit const& edit) {
  constexpr std::string_view setting = "RootSDDL";
  auto const locator = config_locator("/service");
  auto const answer = session.get(locator);
  auto const now = answer.body().child(answer.body().ns(), setting).text();
  auto const sddl = changed(now, "RootSDDL", edit);
  if (sddl != now)
    static_cast<void>(session.put(locator, patched_body(answer.body(), {{std::string(setting), sddl}})));
  return sddl;
}

/// The plug-in that has a resource, as XML of winrm/config/plugin.
struct Owner {
  std::string name;
  std::string resource_uri;
  xml::Document document;
};

xml::Element resources_of(xml::Element plugin) { return plugin.child(plugin.ns(), "Resources"); }

std::optional<Owner> find_owner(client::Session& session, std::string_view uri) {
  std::optional<Owner> owner;
  client::Enumerator plugins(session, config_locator("/plugin"), {});
  for (auto plugin = plugins.next(); plugin; plugin = plugins.next())
    for (auto const resource : resources_of(*plugin).children()) {
      auto const theirs = resource.attribute("", "ResourceUri").value_or("");
      if (!auth::is_at_or_below(uri, theirs) || (owner && owner->resource_uri.size() >= theirs.size()))
        continue;
      auto document = xml::Document::parse(plugin->serialize());
      if (document)
        owner.emplace(Owner{plugin->attribute("", "Name").value_or(""), theirs, std::move(*document)});
    }
  return owner;
}

bool is_descriptor_of(xml::Element security, std::string_view uri) {
  return security.local_name() == "Security" &&
         equals_ignoring_case(security.attribute("", "Uri").value_or(""), uri) &&
         !equals_ignoring_case(security.attribute("", "ExactMatch").value_or("false"), "true");
}

std::optional<std::string> descriptor_of(Owner const& owner, std::string_view uri) {
  for (auto const resource : resources_of(owner.document.root()).children())
    for (auto const child : resource.children())
      if (is_descriptor_of(child, uri)) return child.attribute("", "Sddl");
  return std::nullopt;
}

void write_resource(xml::Writer& writer, xml::Element resource, std::string_view uri, std::string_view sddl,
                    bool is_owner) {
  writer.open("Resource");
  for (auto const* name : {"ResourceUri", "SupportsOptions", "ExactMatch"})
    if (auto const value = resource.attribute("", name)) writer.attribute(name, *value);
  if (is_owner)
    writer.open("Security")
        .attribute("Uri", uri)
        .attribute("Sddl", sddl)
        .attribute("ExactMatch", "false")
        .close();
  for (auto const child : resource.children())
    if (!is_descriptor_of(child, uri)) writer.raw(child.serialize());
  writer.close();
}

/// The plug-in with this descriptor in place of the one that `uri` has, or besides the others.
std::string with_descriptor(Owner const& owner, std::string_view uri, std::string_view sddl) {
  auto const plugin = owner.document.root();
  std::string body;
  xml::Writer writer(body);
  writer.open("PlugInConfiguration").attribute("xmlns", plugin.ns()).attribute("Name", owner.name);
  writer.open("Resources");
  for (auto const resource : resources_of(plugin).children())
    write_resource(writer, resource, uri, sddl,
                   resource.attribute("", "ResourceUri").value_or("") == owner.resource_uri);
  writer.close().close();
  return body;
}

std::string root_descriptor(client::Session& session) {
  auto const answer = session.get(config_locator("/service"));
  return answer.body().child(answer.body().ns(), "RootSDDL").text();
}

std::string change_resource(client::Session& session, std::string const& uri, TextEdit const& edit) {
  auto const owner = find_owner(session, uri);
  if (!owner) refuse(wsman::faults::resource_not_found(uri));
  if (auth::is_at_or_below(uri, wsman::resource::config))
    refuse(wsman::faults::resource_without_descriptor(
        "winrm/config has no descriptor of its own: RootSDDL rules it (winrm configSDDL default)."));
  auto const own = descriptor_of(*owner, uri);
  auto const now = own ? *own : root_descriptor(session);
  auto const sddl = changed(now, uri, edit);
  if (own && sddl == now) return sddl;
  auto locator = config_locator("/plugin");
  locator.selectors.add("Name", owner->name);
  static_cast<void>(session.put(locator, with_descriptor(*owner, uri, sddl)));
  return sddl;
}

}  // namespace

std::string editable_sddl(std::string_view sddl, std::string_view of) {
  auto out = fmt::format(
      "# Security descriptor of {}\n"
      "# Lines that begin with # do not count, nor do blanks and line ends.\n"
      "# D: who is let in. (A;;RIGHTS;;;WHO) allows, (D;;RIGHTS;;;WHO) denies; the first that fits decides.\n"
      "# S: what is recorded. (AU;SA;RIGHTS;;;WHO) when it is done, (AU;FA;RIGHTS;;;WHO) when it is denied.\n"
      "# RIGHTS: GR read, GW change, GX run, GA all of them.\n"
      "# WHO: BA administrators, RM remote management users, IU users at this machine, AU all that logged "
      "on,\n"
      "#      WD everyone, S-1-22-1-UID an account of this machine, S-1-22-2-GID a group.\n\n",
      of);
  for (std::size_t i = 0; i < sddl.size(); ++i) {
    bool const begins_part = i + 1 < sddl.size() && sddl[i + 1] == ':';
    if (i > 0 && (sddl[i] == '(' || begins_part)) out += '\n';
    out += sddl[i];
  }
  return out + "\n";
}

std::string edited_sddl(std::string_view text) {
  std::string sddl;
  while (!text.empty()) {
    auto const line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('#')) continue;
    for (char const c : line)
      if (std::isspace(static_cast<unsigned char>(c)) == 0) sddl += c;
  }
  return sddl;
}

std::string config_sddl(client::Session& session, std::string_view subject, TextEdit const& edit) {
  if (equals_ignoring_case(subject, "default")) return change_root(session, edit);
  return change_resource(session, expand_alias(subject), edit);
}

}  // namespace winrm::tools::winrm_tool
