#include <map>

#include "providers/common/references.hpp"
#include "providers/service/classes.hpp"
#include "system/services.hpp"

namespace winrm::providers {

namespace {

struct DependentService {
  cim::Reference antecedent;
  cim::Reference dependent;
  std::uint16_t type = 0;
};

enum DependencyType : std::uint16_t { other = 1, must_be_started = 3, must_not_be_started = 4 };
constexpr cim::ValueName dependency_types[] = {{0, "Unknown"},
                                               {1, "Other"},
                                               {2, "Service Must Have Completed"},
                                               {3, "Service Must Be Started"},
                                               {4, "Service Must Not Be Started"}};

}  // namespace

}  // namespace winrm::providers

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::DependentService> = [] {
  using D = winrm::providers::DependentService;
  return describe(
      ClassName("root/cimv2", "Win32_DependentService", "CIM_ServiceServiceDependency")
          .association()
          .described("What systemd's units require (3), want (1) or conflict with (4), between services."),
      key<&D::antecedent>("Antecedent").refers_to("Win32_BaseService"),
      key<&D::dependent>("Dependent").refers_to("Win32_BaseService"),
      prop<&D::type>("TypeOfDependency").values(winrm::providers::dependency_types));
}();

namespace winrm::providers {

namespace {

using system::Host;
using system::UnitDependency;

constexpr std::string_view service_suffix = ".service";

std::optional<DependencyType> type_of(UnitDependency::Kind kind) {
  switch (kind) {
    case UnitDependency::Kind::required:
      return must_be_started;
    case UnitDependency::Kind::conflicting:
      return must_not_be_started;
    case UnitDependency::Kind::wanted:
      return other;
    case UnitDependency::Kind::earlier:  // says when, not whether
      return std::nullopt;
  }
  return std::nullopt;
}

/// The services one service depends on, each with the strongest of its reasons.
std::map<std::string, DependencyType> antecedents(Host const& host, system::Service const& service) {
  std::map<std::string, DependencyType> found;
  for (auto const& dependency : host.services().dependencies(service)) {
    auto const type = type_of(dependency.kind);
    if (!type || !dependency.unit.ends_with(service_suffix)) continue;
    auto name = dependency.unit.substr(0, dependency.unit.size() - service_suffix.size());
    auto& strongest = found.emplace(std::move(name), other).first->second;
    if (*type != other) strongest = *type;
  }
  return found;
}

cim::Generator<DependentService> enumerate(Host const& host, cim::Query const& query) {
  auto const asked = query.refers<&DependentService::dependent>();
  auto const asked_antecedent = query.refers<&DependentService::antecedent>();
  for (auto const& service : host.services().list()) {
    if (!may_be_asked(asked, "Name", service.name)) continue;
    for (auto const& [antecedent, type] : antecedents(host, service)) {
      if (!may_be_asked(asked_antecedent, "Name", antecedent)) continue;
      DependentService row;
      row.antecedent = reference_to("Win32_Service", "Name", antecedent);
      row.dependent = reference_to("Win32_Service", "Name", service.name);
      row.type = type;
      co_yield row;
    }
  }
}

}  // namespace

void add_dependent_service(cim::Registry& registry) {
  registry.add<DependentService>({.enumerate = enumerate});
}

}  // namespace winrm::providers
