#include "plugins/config/config_plugin.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "base/unicode.hpp"
#include "config/addresses.hpp"
#include "plugins/config/cert_mapping_resource.hpp"
#include "plugins/config/listener_resource.hpp"
#include "plugins/config/plugin_resource.hpp"
#include "plugins/config/settings_resource.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "wsman/response.hpp"

namespace winrm::plugins {

namespace config_resource {
namespace {

namespace faults = wsman::faults;
using unicode::equals_ignoring_case;

[[noreturn]] void refuse(wsman::Request const& request) {
  throw faults::action_not_supported(request.action);
}

bool is_listener(wsman::Request const& request) {
  return equals_ignoring_case(request.resource_uri, listener_uri());
}

bool is_plugin(wsman::Request const& request) {
  return equals_ignoring_case(request.resource_uri, plugin_uri());
}

bool is_cert_mapping(wsman::Request const& request) {
  return equals_ignoring_case(request.resource_uri, cert_mapping_uri());
}

/// The part of the settings that the request is about. Throws for a resource that does not exist.
std::string_view table_of(wsman::Request const& request) {
  auto const table = settings_table_of(request.resource_uri);
  if (!table) throw faults::resource_not_found(request.resource_uri);
  if (!request.selectors.empty())
    throw faults::unexpected_selectors(
        fmt::format("{} is one instance: leave the selectors out", request.resource_uri));
  return *table;
}

std::string reference_xml(wsman::EndpointReference const& reference) {
  std::string out;
  xml::Writer writer(out);
  writer.open("a:EndpointReference");
  wsman::write_endpoint_reference(writer, reference);
  writer.close();
  return out;
}

std::vector<engine::Item> without_references(std::vector<std::string> documents,
                                             engine::EnumerationMode mode) {
  if (mode != engine::EnumerationMode::object) throw faults::enumeration_mode_unsupported("EnumerateEPR");
  std::vector<engine::Item> items;
  for (auto& document : documents) items.push_back({std::move(document), {}});
  return items;
}

class Items final : public engine::ItemSource {
 public:
  explicit Items(std::vector<engine::Item> items) : items_(std::move(items)) {}
  bool next(engine::Item& item) override {
    if (at_ == items_.size()) return false;
    item = std::move(items_[at_++]);
    return true;
  }

 private:
  std::vector<engine::Item> items_;
  std::size_t at_ = 0;
};

class ConfigPlugin final : public engine::Plugin {
 public:
  ConfigPlugin(std::filesystem::path file, Reload reload)
      : file_(file), operations_(std::move(file), std::move(reload)) {}

  std::string_view name() const override { return "Configuration"; }
  bool serves(std::string_view resource_uri) const override { return is_config_uri(resource_uri); }

  void get(engine::Call const& call, xml::Writer& body) override { operations_.get(allowed(call), body); }
  void put(engine::Call const& call, xml::Writer& body) override {
    operations_.put(allowed(call), body, session_of(call));
  }
  void create(engine::Call const& call, xml::Writer& body) override {
    operations_.create(allowed(call), body, session_of(call));
  }
  void remove(engine::Call const& call, xml::Writer&) override { operations_.remove(allowed(call)); }
  void invoke(engine::Call const& call, std::string_view method, xml::Writer& body) override {
    operations_.invoke(allowed(call), method, body);
  }
  std::unique_ptr<engine::ItemSource> enumerate(engine::Call const& call,
                                                engine::EnumerateRequest const& request) override {
    if (request.filter) throw faults::filter_dialect_unavailable(request.filter->dialect);
    return std::make_unique<Items>(operations_.enumerate(allowed(call), request.mode));
  }

 private:
  static Session session_of(engine::Call const& call) {
    return call.principal().scheme() == auth::Scheme::local ? Session::local : Session::remote;
  }

  wsman::Request const& allowed(engine::Call const& call) const {
    if (!may_configure(file_, call.principal().account().uid))
      throw faults::access_denied(
          "Access is denied. The configuration is for administrators: root, and the "
          "owner of the configuration file.");
    if (call.request().fragment) throw faults::fragment_transfer_not_supported();
    return call.request();
  }

  std::filesystem::path file_;
  Operations operations_;
};

}  // namespace

bool is_config_uri(std::string_view resource_uri) {
  auto const& root = wsman::resource::config;
  return unicode::starts_with_ignoring_case(resource_uri, root) &&
         (resource_uri.size() == root.size() || resource_uri[root.size()] == '/');
}

bool may_configure(std::filesystem::path const& file, unsigned uid) {
  struct stat about {};
  return uid == 0 || (::stat(file.c_str(), &about) == 0 && about.st_uid == uid);
}

void Operations::get(wsman::Request const& request, xml::Writer& body) {
  if (is_listener(request)) {
    auto const settings = store_.settings();
    body.raw(listener_xml(find_listener(settings, request.selectors), settings));
  } else if (is_plugin(request)) {
    body.raw(plugin_document(store_.settings(), request.selectors));
  } else if (is_cert_mapping(request)) {
    body.raw(cert_mapping_document(store_.settings(), request.selectors));
  } else {
    auto const table = table_of(request);
    write_settings(body, store_.settings(), table);
  }
}

void Operations::put(wsman::Request const& request, xml::Writer& body, Session session) {
  if (!request.body()) throw faults::invalid_soap_body("Put needs the settings to change.");
  auto const exclusively = store_.exclusively();
  if (is_listener(request)) {
    put_listener(store_, request.selectors, request.body());
  } else if (is_plugin(request)) {
    put_plugin(store_, request.selectors, request.body());
  } else if (is_cert_mapping(request)) {
    put_cert_mapping(store_, request.selectors, request.body(), session);
  } else {
    put_settings(store_, table_of(request), request.body());
  }
  get(request, body);
}

void Operations::create(wsman::Request const& request, xml::Writer& body, Session session) {
  auto const exclusively = store_.exclusively();
  wsman::EndpointReference created;
  if (is_listener(request)) {
    create_listener(store_, request.selectors, request.body());
    created = listener_reference(find_listener(store_.settings(), request.selectors));
  } else if (is_plugin(request)) {
    create_plugin(store_, request.selectors, request.body());
    created = plugin_reference(request.selectors);
  } else if (is_cert_mapping(request)) {
    created = create_cert_mapping(store_, request.selectors, request.body(), session);
  } else {
    refuse(request);
  }
  body.open("x:ResourceCreated");
  wsman::write_endpoint_reference(body, created);
  body.close();
}

void Operations::remove(wsman::Request const& request) {
  auto const exclusively = store_.exclusively();
  if (is_listener(request))
    remove_listener(store_, request.selectors);
  else if (is_plugin(request))
    remove_plugin(store_, request.selectors);
  else if (is_cert_mapping(request))
    remove_cert_mapping(store_, request.selectors);
  else
    refuse(request);
}

void Operations::invoke(wsman::Request const& request, std::string_view method, xml::Writer& body) {
  bool const restores = equals_ignoring_case(method, "Restore");
  bool const whole = equals_ignoring_case(request.resource_uri, wsman::resource::config);
  if (!restores || !(whole || is_plugin(request))) refuse(request);
  auto const exclusively = store_.exclusively();
  if (whole)
    restore_settings(store_);
  else
    restore_plugins(store_);
  body.open("cfg:Restore_OUTPUT").declare("cfg", request.resource_uri).close();
}

std::vector<engine::Item> Operations::enumerate(wsman::Request const& request, engine::EnumerationMode mode) {
  if (!request.selectors.empty()) throw faults::unexpected_selectors("an enumeration takes no selectors");
  if (is_plugin(request)) return without_references(plugin_documents(store_.settings()), mode);
  if (equals_ignoring_case(request.resource_uri, resource_uri()))
    return without_references(resource_documents(store_.settings()), mode);
  if (is_cert_mapping(request)) {
    std::vector<engine::Item> items;
    for (auto const& mapping : store_.settings().cert_mappings)
      items.push_back({cert_mapping_xml(mapping), reference_xml(cert_mapping_reference(mapping))});
    return items;
  }
  if (is_listener(request)) {
    auto const settings = store_.settings();
    std::vector<engine::Item> items;
    for (auto const& listener : config::effective_listeners(settings))
      items.push_back({listener_xml(listener, settings), reference_xml(listener_reference(listener))});
    return items;
  }
  std::string document;
  xml::Writer writer(document);
  write_settings(writer, store_.settings(), table_of(request));
  return without_references({document}, mode);
}

}  // namespace config_resource

std::unique_ptr<engine::Plugin> make_config_plugin(std::filesystem::path file,
                                                   config_resource::Reload reload) {
  return std::make_unique<config_resource::ConfigPlugin>(std::move(file), std::move(reload));
}

}  // namespace winrm::plugins
