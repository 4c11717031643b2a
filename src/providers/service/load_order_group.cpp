#include <set>

#include "providers/common/references.hpp"
#include "providers/service/classes.hpp"
#include "system/services.hpp"

/// Win32_LoadOrderGroup and its associations: systemd's targets group services and order them, which is what
/// the load order groups of Windows are for.
namespace winrm::providers {

namespace {

struct LoadOrderGroup {
  std::string name;
  std::string description;
};
struct SystemLoadOrderGroup {
  cim::Reference computer;
  cim::Reference group;
};
struct LoadOrderGroupMember {
  cim::Reference group;
  cim::Reference service;
};
struct LoadOrderGroupDependency {
  cim::Reference group;
  cim::Reference service;
};

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LoadOrderGroup> = [] {
  using G = winrm::providers::LoadOrderGroup;
  return describe(ClassName("root/cimv2", "Win32_LoadOrderGroup", "CIM_LogicalElement")
                      .described("A target of systemd. Targets stand in no one order: GroupOrder is null."),
                  key<&G::name>("Name").case_exact(), prop<&G::name>("Caption"),
                  prop<&G::description>("Description"), constant<bool>("DriverEnabled", false),
                  unknown<std::uint32_t>("GroupOrder"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::SystemLoadOrderGroup> = [] {
  using S = winrm::providers::SystemLoadOrderGroup;
  return describe(ClassName("root/cimv2", "Win32_SystemLoadOrderGroups", "CIM_SystemComponent").association(),
                  key<&S::computer>("GroupComponent").refers_to("Win32_ComputerSystem"),
                  key<&S::group>("PartComponent").refers_to("Win32_LoadOrderGroup"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LoadOrderGroupMember> = [] {
  using M = winrm::providers::LoadOrderGroupMember;
  return describe(ClassName("root/cimv2", "Win32_LoadOrderGroupServiceMembers", "CIM_Component")
                      .association()
                      .described("The services that a target starts."),
                  key<&M::group>("GroupComponent").refers_to("Win32_LoadOrderGroup"),
                  key<&M::service>("PartComponent").refers_to("Win32_BaseService"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::LoadOrderGroupDependency> = [] {
  using D = winrm::providers::LoadOrderGroupDependency;
  return describe(ClassName("root/cimv2", "Win32_LoadOrderGroupServiceDependencies", "CIM_Dependency")
                      .association()
                      .described("The targets that are reached before a service starts."),
                  key<&D::group>("Antecedent").refers_to("Win32_LoadOrderGroup"),
                  key<&D::service>("Dependent").refers_to("Win32_BaseService"));
}();

namespace winrm::providers {

namespace {

using system::Host;

constexpr std::string_view target_suffix = ".target";
constexpr std::string_view service_suffix = ".service";

std::optional<std::string> without(std::string const& unit, std::string_view suffix) {
  if (!unit.ends_with(suffix)) return std::nullopt;
  return unit.substr(0, unit.size() - suffix.size());
}

cim::Reference group_reference(std::string name) {
  return reference_to("Win32_LoadOrderGroup", "Name", std::move(name));
}
cim::Reference service_reference(std::string name) {
  return reference_to("Win32_Service", "Name", std::move(name));
}

cim::Generator<LoadOrderGroup> enumerate_groups(Host const& host, cim::Query const&) {
  for (auto const& target : host.services().targets()) {
    LoadOrderGroup row;
    row.name = target.name;
    row.description = target.description;
    co_yield row;
  }
}

cim::Generator<SystemLoadOrderGroup> enumerate_of_system(Host const& host, cim::Query const&) {
  SystemLoadOrderGroup row;
  row.computer = this_computer(host);
  for (auto const& target : host.services().targets()) {
    row.group = group_reference(target.name);
    co_yield row;
  }
}

cim::Generator<LoadOrderGroupMember> enumerate_members(Host const& host, cim::Query const& query) {
  auto const asked = query.refers<&LoadOrderGroupMember::group>();
  for (auto const& target : host.services().targets()) {
    if (!may_be_asked(asked, "Name", target.name)) continue;
    std::set<std::string> members;
    for (auto const& dependency : host.services().members(target)) {
      auto name = without(dependency, service_suffix);
      if (name) members.insert(*std::move(name));
    }
    LoadOrderGroupMember row;
    row.group = group_reference(target.name);
    for (auto const& member : members) {
      row.service = service_reference(member);
      co_yield row;
    }
  }
}

cim::Generator<LoadOrderGroupDependency> enumerate_dependencies(Host const& host, cim::Query const& query) {
  auto const asked = query.refers<&LoadOrderGroupDependency::service>();
  for (auto const& service : host.services().list()) {
    if (!may_be_asked(asked, "Name", service.name)) continue;
    std::set<std::string> targets;
    for (auto const& dependency : host.services().dependencies(service)) {
      if (dependency.kind != system::UnitDependency::Kind::earlier) continue;
      auto name = without(dependency.unit, target_suffix);
      if (name) targets.insert(*std::move(name));
    }
    LoadOrderGroupDependency row;
    row.service = service_reference(service.name);
    for (auto const& target : targets) {
      row.group = group_reference(target);
      co_yield row;
    }
  }
}

}  // namespace

void add_load_order_group(cim::Registry& registry) {
  registry.add<LoadOrderGroup>({.enumerate = enumerate_groups});
  registry.add<SystemLoadOrderGroup>({.enumerate = enumerate_of_system});
  registry.add<LoadOrderGroupMember>({.enumerate = enumerate_members});
  registry.add<LoadOrderGroupDependency>({.enumerate = enumerate_dependencies});
}

}  // namespace winrm::providers
