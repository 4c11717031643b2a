#include "providers/areas.hpp"

/// The associations that others derive from (CIM core schema, as Windows has it).
namespace winrm::providers {

namespace {

using cim::Reference;
using cim::unknown;
using std::uint16_t;

constexpr auto dependency =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Dependency", "").association().abstract(),
                  unknown<Reference>("Antecedent").refers_to("CIM_ManagedSystemElement"),
                  unknown<Reference>("Dependent").refers_to("CIM_ManagedSystemElement"));

constexpr auto service_service_dependency = cim::describe(
    cim::ClassName("root/cimv2", "CIM_ServiceServiceDependency", "CIM_Dependency").association().abstract(),
    unknown<uint16_t>("TypeOfDependency"));

constexpr auto component =
    cim::describe(cim::ClassName("root/cimv2", "CIM_Component", "").association().abstract(),
                  unknown<Reference>("GroupComponent").refers_to("CIM_ManagedSystemElement"),
                  unknown<Reference>("PartComponent").refers_to("CIM_ManagedSystemElement"));

constexpr auto system_component = cim::describe(
    cim::ClassName("root/cimv2", "CIM_SystemComponent", "CIM_Component").association().abstract());

constexpr auto element_setting =
    cim::describe(cim::ClassName("root/cimv2", "CIM_ElementSetting", "").association().abstract(),
                  unknown<Reference>("Element").refers_to("CIM_ManagedSystemElement"),
                  unknown<Reference>("Setting").refers_to("CIM_Setting"));

}  // namespace

void add_association_parents(cim::Registry& registry) {
  registry.add_abstract(dependency);
  registry.add_abstract(service_service_dependency);
  registry.add_abstract(component);
  registry.add_abstract(system_component);
  registry.add_abstract(element_setting);
}

}  // namespace winrm::providers
