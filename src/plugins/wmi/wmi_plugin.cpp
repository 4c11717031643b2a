#include "plugins/wmi/wmi_plugin.hpp"

#include <utility>

#include "plugins/wmi/enumeration.hpp"
#include "plugins/wmi/failures.hpp"
#include "plugins/wmi/resource.hpp"
#include "plugins/wmi/transfer.hpp"
#include "providers/providers.hpp"
#include "system/host.hpp"

namespace winrm::plugins {

namespace wmi {

namespace {

class WmiPlugin final : public engine::Plugin {
 public:
  WmiPlugin(std::unique_ptr<system::Host> host, cim::Registry registry)
      : host_(std::move(host)), registry_(std::move(registry)) {}

  std::string_view name() const override { return "WMI Provider"; }
  bool serves(std::string_view resource_uri) const override { return is_wmi_uri(resource_uri); }

  void get(engine::Call const& call, xml::Writer& body) override {
    serve(call,
          [&](Context const& context, wsman::Request const& request) { wmi::get(context, request, body); });
  }
  void put(engine::Call const& call, xml::Writer& body) override {
    serve(call,
          [&](Context const& context, wsman::Request const& request) { wmi::put(context, request, body); });
  }
  void create(engine::Call const& call, xml::Writer& body) override {
    serve(call, [&](Context const& context, wsman::Request const& request) {
      wmi::create(context, request, body);
    });
  }
  void remove(engine::Call const& call, xml::Writer&) override {
    serve(call, [](Context const& context, wsman::Request const& request) { wmi::remove(context, request); });
  }
  void invoke(engine::Call const& call, std::string_view method, xml::Writer& body) override {
    serve(call, [&](Context const& context, wsman::Request const& request) {
      wmi::invoke(context, request, method, body);
    });
  }

  std::unique_ptr<engine::ItemSource> enumerate(engine::Call const& call,
                                                engine::EnumerateRequest const& request) override {
    std::unique_ptr<engine::ItemSource> source;
    serve(call, [&](Context const& context, wsman::Request const& message) {
      source = open_enumeration(context, message, request);
    });
    return source;
  }

 private:
  template <class Operation>
  void serve(engine::Call const& call, Operation const& operation) const {
    auto const& request = call.request();
    refuse_unknown_options(request.options);
    with_faults([&] { operation(Context{*host_, registry_, options_of(request)}, request); });
  }
  static std::shared_ptr<cim::NamedValues const> options_of(wsman::Request const& request) {
    if (request.options.empty()) return nullptr;
    auto options = std::make_shared<cim::NamedValues>();
    for (auto const& option : request.options) options->put(option.name, option.value);
    return options;
  }

  std::unique_ptr<system::Host> host_;
  cim::Registry registry_;
};

}  // namespace

}  // namespace wmi

std::unique_ptr<engine::Plugin> make_wmi_plugin() { return make_wmi_plugin(system::make_host()); }

std::unique_ptr<engine::Plugin> make_wmi_plugin(std::unique_ptr<system::Host> host) {
  return make_wmi_plugin(std::move(host), providers::make_registry());
}

std::unique_ptr<engine::Plugin> make_wmi_plugin(std::unique_ptr<system::Host> host, cim::Registry registry) {
  return std::make_unique<wmi::WmiPlugin>(std::move(host), std::move(registry));
}

}  // namespace winrm::plugins
