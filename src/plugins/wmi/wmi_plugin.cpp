#include "plugins/wmi/wmi_plugin.hpp"

#include <utility>

#include "cim/instance_xml.hpp"
#include "plugins/wmi/enumeration.hpp"
#include "plugins/wmi/resource.hpp"
#include "providers/providers.hpp"
#include "system/host.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins {

namespace wmi {

namespace {

namespace faults = wsman::faults;

class WmiPlugin final : public engine::Plugin {
 public:
  explicit WmiPlugin(std::unique_ptr<system::Host> host)
      : host_(std::move(host)), registry_(providers::make_registry()) {}

  std::string_view name() const override { return "WMI Provider"; }
  bool serves(std::string_view resource_uri) const override { return is_wmi_uri(resource_uri); }

  void get(engine::Call const& call, xml::Writer& body) override {
    auto const& request = call.request();
    auto const resource = read_resource(request.resource_uri, request.selectors);
    auto const& asked = find_class(registry_, resource);
    for (auto const* cls : concrete_classes(asked)) {
      cim::Query query;
      require_keys(query, *cls, request.selectors);
      std::string object;
      auto const write = [&](void const* row) {
        cim::append_instance(object, resource.style, *cls, *cls, row, cim::PropertySet::all());
      };
      if (cls->get(*host_, query, write)) {
        body.raw(object);
        return;
      }
    }
    throw faults::resource_not_found(request.resource_uri);
  }

  std::unique_ptr<engine::ItemSource> enumerate(engine::Call const& call,
                                                engine::EnumerateRequest const& request) override {
    auto const& message = call.request();
    auto const resource = read_resource(message.resource_uri, message.selectors);
    if (has_keys(message.selectors)) {
      throw faults::unexpected_selectors("an enumeration takes no selectors: filter it, or Get the instance");
    }
    auto const& asked = find_class(registry_, resource);
    std::vector<ClassPlan> plans;
    for (auto const* cls : concrete_classes(asked)) {
      ClassPlan plan;
      plan.cls = cls;
      plan.written_as = cls;
      plans.push_back(std::move(plan));
    }
    return std::make_unique<InstanceSource>(*host_, resource.style, request.mode, std::move(plans));
  }

 private:
  std::unique_ptr<system::Host> host_;
  cim::Registry registry_;
};

}  // namespace

}  // namespace wmi

std::unique_ptr<engine::Plugin> make_wmi_plugin() { return make_wmi_plugin(system::make_host()); }

std::unique_ptr<engine::Plugin> make_wmi_plugin(std::unique_ptr<system::Host> host) {
  return std::make_unique<wmi::WmiPlugin>(std::move(host));
}

}  // namespace winrm::plugins
