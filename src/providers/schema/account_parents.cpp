#include "providers/areas.hpp"

/// The parents of accounts and logon sessions (windows reference, annex A).
namespace winrm::providers {

namespace {

using cim::Reference;
using cim::unknown;
using std::string;
using std::uint8_t;

constexpr auto account = cim::describe(
    cim::ClassName("root/cimv2", "Win32_Account", "CIM_LogicalElement").abstract(), unknown<string>("Domain"),
    unknown<bool>("LocalAccount"), unknown<string>("SID"), unknown<uint8_t>("SIDType"));

constexpr auto session =
    cim::describe(cim::ClassName("root/cimv2", "Win32_Session", "CIM_LogicalElement").abstract(),
                  unknown<DateTime>("StartTime"));

constexpr auto session_resource =
    cim::describe(cim::ClassName("root/cimv2", "Win32_SessionResource", "").abstract().association(),
                  unknown<Reference>("Antecedent").refers_to("Win32_Session"),
                  unknown<Reference>("Dependent").refers_to("CIM_LogicalElement"));

}  // namespace

void add_account_parents(cim::Registry& registry) {
  registry.add_abstract(account);
  registry.add_abstract(session);
  registry.add_abstract(session_resource);
}

}  // namespace winrm::providers
