#include "cim/schema.hpp"
#include "providers/areas.hpp"

namespace winrm::providers {
namespace {

struct ProviderRow {
  std::string name;
};

}  // namespace
}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::ProviderRow> = [] {
  using R = winrm::providers::ProviderRow;
  using std::string, std::int32_t;
  return describe(
      ClassName("root/cimv2", "__Win32Provider", "__Provider")
          .described("A group of classes of this service. All are part of it: nothing is loaded or registered."),
      key<&R::name>("Name"),
      constant<bool>("PerUserInitialization", true).described("Each account is served by a process of its own."),
      constant<int32_t>("ImpersonationLevel", 1),
      unknown<string>("CLSID"), unknown<string>("ClientLoadableCLSID"), unknown<string>("HostingModel"),
      unknown<int32_t>("Concurrency"), unknown<bool>("Enabled"), unknown<bool>("PerLocaleInitialization"),
      unknown<bool>("Pure"), unknown<string>("SecurityDescriptor"));
}();
// clang-format on

namespace winrm::providers {
namespace {

constexpr auto provider = cim::describe(cim::ClassName("root/cimv2", "__Provider", "").abstract(),
                                        cim::unknown<std::string>("Name"));

cim::Generator<ProviderRow> enumerate(system::Host const&, cim::Query const&) {
  for (auto const& area : areas()) {
    ProviderRow row{std::string(area.name)};
    co_yield row;
  }
}

}  // namespace

void add_provider_inventory(cim::Registry& registry) {
  registry.add_abstract(provider);
  registry.add<ProviderRow>({.enumerate = enumerate});
}

}  // namespace winrm::providers
