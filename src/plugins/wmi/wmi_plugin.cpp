#include "plugins/wmi/wmi_plugin.hpp"

#include <utility>

#include "plugins/wmi/enumeration.hpp"
#include "plugins/wmi/fragment.hpp"
#include "plugins/wmi/resource.hpp"
#include "providers/providers.hpp"
#include "system/host.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins {

namespace wmi {

namespace {

class WmiPlugin final : public engine::Plugin {
 public:
  explicit WmiPlugin(std::unique_ptr<system::Host> host)
      : host_(std::move(host)), registry_(providers::make_registry()) {}

  std::string_view name() const override { return "WMI Provider"; }
  bool serves(std::string_view resource_uri) const override { return is_wmi_uri(resource_uri); }

  void get(engine::Call const& call, xml::Writer& body) override {
    auto const& request = call.request();
    refuse_unknown_options(request.options);
    auto const resource = read_resource(request.resource_uri, request.selectors);
    // An instance may be asked for by a parent of its class: CIM_Process finds a Win32_Process.
    for (auto const* cls : concrete_classes(find_class(registry_, resource))) {
      if (auto const object = read_instance(*cls, resource.style, request)) {
        body.raw(*object);
        return;
      }
    }
    throw wsman::faults::resource_not_found(request.resource_uri);
  }

  std::unique_ptr<engine::ItemSource> enumerate(engine::Call const& call,
                                                engine::EnumerateRequest const& request) override {
    refuse_unknown_options(call.request().options);
    auto plan = plan_enumeration(registry_, call.request(), request);
    return std::make_unique<InstanceSource>(*host_, request.mode, std::move(plan));
  }

 private:
  [[nodiscard]] std::optional<std::string> read_instance(cim::Class const& cls, cim::UriStyle style,
                                                         wsman::Request const& request) const {
    std::optional<Fragment> fragment;
    cim::PropertySet wanted = cim::PropertySet::all();
    if (request.fragment) {
      fragment = read_fragment(*request.fragment, cls);
      wanted = {};
      wanted.add(fragment->property->index);
    }
    cim::Query query(wanted);
    require_keys(query, cls, request.selectors);

    std::optional<std::string> object;
    cls.get(*host_, query, [&](void const* row) {
      object.emplace();
      if (fragment) {
        append_fragment(*object, style, cls, row, *fragment);
      } else {
        cim::append_instance(*object, style, cls, cls, row, wanted);
      }
    });
    return object;
  }

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
