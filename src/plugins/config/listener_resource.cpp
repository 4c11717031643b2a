#include "plugins/config/listener_resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "auth/tls_identity.hpp"
#include "base/unicode.hpp"
#include "config/addresses.hpp"
#include "config/table.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::config_resource {
namespace {

namespace faults = wsman::faults;
using config::Listener;
using config::Transport;
using ListenerRow = config::Row<Listener>;
using unicode::equals_ignoring_case;

/// The properties in the order Windows shows them; the keys first.
constexpr std::array<std::string_view, 7> shown{
    "Address", "Transport", "Port", "Hostname", "Enabled", "URLPrefix", "CertificateThumbprint"};

struct Keys {
  std::string address;
  Transport transport = Transport::http;
};

std::string_view name_of(Transport transport) {
  return config::names_of(transport)[static_cast<std::size_t>(transport)];
}

ListenerRow const& row_named(std::string_view name) {
  auto const rows = config::listener_rows();
  auto const found = std::ranges::find(rows, name, &ListenerRow::name);
  if (found == rows.end())
    throw faults::schema_validation(fmt::format("a listener has no property {}", name));
  return *found;
}

std::string selected(wsman::SelectorSet const& selectors, std::string_view name) {
  auto const value = selectors.value_of(name);
  if (!value)
    throw faults::insufficient_selectors(
        fmt::format("a listener is named by Address and Transport, and {} is missing", name));
  return std::string(*value);
}

Keys read_keys(wsman::SelectorSet const& selectors) {
  Keys keys;
  keys.address = selected(selectors, "Address");
  auto const transport = selected(selectors, "Transport");
  if (selectors.size() > 2)
    throw faults::unexpected_selectors("a listener is named by Address and Transport and nothing else");
  if (!config::toml_literal(row_named("Address"), keys.address))
    throw faults::listener_address_invalid(
        fmt::format("\"{}\" is no address of a listener: write *, IP:192.0.2.1, IP:2001:db8::1 or "
                    "MAC:00-11-22-33-44-55",
                    keys.address));
  auto const names = config::names_of(Transport{});
  auto const known =
      std::ranges::find_if(names, [&](auto name) { return equals_ignoring_case(name, transport); });
  if (known == names.end())
    throw faults::invalid_selector_value(
        fmt::format("\"{}\" is no transport: HTTP and HTTPS are", transport));
  keys.transport = static_cast<Transport>(known - names.begin());
  return keys;
}

[[noreturn]] void throw_not_found(Keys const& keys) {
  throw faults::instance_not_found(
      fmt::format("There is no listener with Address={} and Transport={}: winrm enumerate "
                  "winrm/config/listener shows those there are.",
                  keys.address, name_of(keys.transport)));
}

bool has_keys(Listener const& listener, Keys const& keys) {
  return listener.transport == keys.transport && equals_ignoring_case(listener.address, keys.address);
}

/// The place among the file's own listeners; listeners of policy stand behind them.
std::optional<std::size_t> index_of(config::Settings const& settings, Keys const& keys) {
  auto const found =
      std::ranges::find_if(settings.listeners, [&](Listener const& l) { return has_keys(l, keys); });
  if (found == settings.listeners.end()) return std::nullopt;
  return static_cast<std::size_t>(found - settings.listeners.begin());
}

std::size_t own_index_of(config::Settings const& settings, Keys const& keys) {
  auto const effective = config::effective_listeners(settings);
  auto const follows_from = [&](config::ListenerSource source) {
    return std::ranges::any_of(effective,
                               [&](Listener const& l) { return l.source == source && has_keys(l, keys); });
  };
  if (follows_from(config::ListenerSource::policy))
    throw faults::setting_forced_by_policy("the listener is made by policy (policy.d); change it there");
  if (auto const index = index_of(settings, keys)) return *index;
  if (follows_from(config::ListenerSource::compatibility))
    throw faults::setting_forced_by_policy("the listener follows from a compatibility setting; change that");
  throw_not_found(keys);
}

struct Property {
  ListenerRow const* row;
  std::string text;
};

/// The properties of the input besides the keys, which must agree with the selectors.
std::vector<Property> read_properties(xml::Element body, Keys const& keys) {
  std::vector<Property> properties;
  if (body && !equals_ignoring_case(body.local_name(), "Listener"))
    throw faults::schema_validation(
        fmt::format("the input begins with {} and should begin with Listener", body.local_name()));
  for (auto const child : body ? body.children() : xml::Element::Children{nullptr}) {
    auto const name = child.local_name();
    auto const text = child.is_nil() ? std::string{} : child.trimmed_text();
    bool const same_key = (name == "Address" && equals_ignoring_case(text, keys.address)) ||
                          (name == "Transport" && equals_ignoring_case(text, name_of(keys.transport)));
    if (same_key || name == "ListeningOn") continue;
    if (name == "Address" || name == "Transport")
      throw faults::cannot_change_keys(
          fmt::format("{} is a key of the listener; delete it and create another", name));
    auto const& row = row_named(name);
    if (name != "Port" || text != "0") properties.push_back({&row, text});
  }
  return properties;
}

std::string literal_of(Property const& property) {
  auto literal = config::toml_literal(*property.row, property.text);
  if (!literal) throw faults::schema_validation(literal.error().message);
  return std::move(*literal);
}

/// What a listener would be with these properties; the file's folder is that of relative paths.
Listener with_properties(Listener listener, std::vector<Property> const& properties,
                         std::filesystem::path const& folder) {
  for (auto const& [row, text] : properties) {
    if (row->name == "Hostname") listener.hostname = text;
    if (row->name == "CertificateThumbprint") listener.certificate_thumbprint = text;
    if (row->name == "CertificateFile")
      listener.certificate_file = text.empty() ? std::filesystem::path() : folder / text;
  }
  return listener;
}

std::filesystem::path certificates_folder(config::Settings const& settings) {
  return settings.daemon.state_dir / "certificates";
}

/// The certificate for a host name, among those of the folder (row L13).
std::optional<std::string> thumbprint_for(config::Settings const& settings, std::string_view host) {
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(certificates_folder(settings), error)) {
    auto const facts = auth::certificate_facts(entry.path());
    if (facts && facts->server_authentication && auth::is_certificate_for(*facts, host))
      return facts->thumbprint;
  }
  return std::nullopt;
}

/// Checks the certificate that a listener names; gives the thumbprint when one had to be looked up.
std::optional<std::string> check_certificate(Listener const& listener, config::Settings const& settings) {
  bool const by_thumbprint = !listener.certificate_thumbprint.empty();
  if (listener.transport == Transport::http) {
    if (by_thumbprint) throw faults::certificate_on_http({});
    return std::nullopt;
  }
  std::optional<std::string> looked_up;
  auto file = listener.certificate_file;
  if (file.empty()) {
    auto thumbprint = listener.certificate_thumbprint;
    if (!by_thumbprint) {
      looked_up = listener.hostname.empty() ? std::nullopt : thumbprint_for(settings, listener.hostname);
      if (!looked_up)
        throw faults::certificate_needed(fmt::format(
            "an HTTPS listener needs a certificate: put one with its key (PEM) into {} and give its "
            "CertificateThumbprint or its Hostname, or give CertificateFile",
            certificates_folder(settings).string()));
      thumbprint = *looked_up;
    }
    auto const found = auth::find_certificate(certificates_folder(settings), thumbprint);
    if (!found)
      throw faults::certificate_not_found(fmt::format("no certificate in {} has the thumbprint {}",
                                                      certificates_folder(settings).string(), thumbprint));
    file = *found;
  }
  auto const facts = auth::certificate_facts(file);
  if (!facts) throw faults::certificate_not_found(facts.error().message);
  if (!facts->server_authentication) throw faults::certificate_not_for_servers(file.string());
  if (!listener.hostname.empty() && !auth::is_certificate_for(*facts, listener.hostname))
    throw faults::certificate_for_other_host(
        fmt::format("{} is not for {}", file.string(), listener.hostname));
  return looked_up;
}

}  // namespace

std::string const& listener_uri() {
  static std::string const uri = std::string(wsman::resource::config) + "/listener";
  return uri;
}

std::string listener_xml(Listener const& listener, config::Settings const& settings) {
  std::string out;
  xml::Writer writer(out);
  writer.open("cfg:Listener").declare("cfg", listener_uri());
  if (listener.source == config::ListenerSource::policy) writer.attribute("Source", "GPO");
  if (listener.source == config::ListenerSource::compatibility) writer.attribute("Source", "Compatibility");
  writer.attribute("xml:lang", "en-US");
  for (auto const name : shown)
    writer.element("cfg:" + std::string(name), config::value_text(row_named(name), listener));
  for (auto const& address : config::listening_on(listener, settings.service, config::interface_addresses()))
    writer.element("cfg:ListeningOn", config::to_text(address));
  writer.close();
  return out;
}

wsman::EndpointReference listener_reference(Listener const& listener) {
  wsman::EndpointReference reference;
  reference.address = wsman::anonymous_address;
  reference.resource_uri = listener_uri();
  reference.selectors.add("Address", listener.address);
  reference.selectors.add("Transport", std::string(name_of(listener.transport)));
  return reference;
}

Listener find_listener(config::Settings const& settings, wsman::SelectorSet const& selectors) {
  auto const keys = read_keys(selectors);
  for (auto const& listener : config::effective_listeners(settings))
    if (has_keys(listener, keys)) return listener;
  throw_not_found(keys);
}

void create_listener(Store& store, wsman::SelectorSet const& selectors, xml::Element body) {
  auto const keys = read_keys(selectors);
  auto const properties = read_properties(body, keys);
  auto const settings = store.settings();
  if (index_of(settings, keys))
    throw faults::already_exists(fmt::format("A listener for {} over {} exists already; change it with set.",
                                             keys.address, name_of(keys.transport)));
  Listener listener;
  listener.address = keys.address;
  listener.transport = keys.transport;
  auto const looked_up = check_certificate(with_properties(listener, properties, store.folder()), settings);
  std::vector<config::TomlEntry> entries;
  entries.emplace_back("Address", literal_of({&row_named("Address"), keys.address}));
  entries.emplace_back("Transport",
                       literal_of({&row_named("Transport"), std::string(name_of(keys.transport))}));
  for (auto const& property : properties)
    if (!property.text.empty()) entries.emplace_back(property.row->name, literal_of(property));
  if (looked_up)
    entries.emplace_back("CertificateThumbprint",
                         literal_of({&row_named("CertificateThumbprint"), *looked_up}));
  store.change([&](config::FileEditor& editor) { return editor.add_entry(config::listener_table, entries); });
}

void put_listener(Store& store, wsman::SelectorSet const& selectors, xml::Element body) {
  auto const keys = read_keys(selectors);
  auto const properties = read_properties(body, keys);
  auto const settings = store.settings();
  auto const index = own_index_of(settings, keys);
  auto const& now = settings.listeners[index];
  auto const wanted = with_properties(now, properties, store.folder());
  bool const same_certificate = wanted.certificate_thumbprint == now.certificate_thumbprint &&
                                wanted.hostname == now.hostname &&
                                wanted.certificate_file == now.certificate_file;
  if (!same_certificate) static_cast<void>(check_certificate(wanted, settings));
  store.change([&](config::FileEditor& editor) -> Result<void> {
    for (auto const& property : properties) {
      if (property.text == config::value_text(*property.row, now)) continue;
      auto done =
          property.text.empty()
              ? editor.reset_entry(config::listener_table, index, property.row->name)
              : editor.set_entry(config::listener_table, index, property.row->name, literal_of(property));
      if (!done) return done;
    }
    return {};
  });
}

void remove_listener(Store& store, wsman::SelectorSet const& selectors) {
  auto const keys = read_keys(selectors);
  auto const index = own_index_of(store.settings(), keys);
  store.change(
      [&](config::FileEditor& editor) { return editor.remove_entry(config::listener_table, index); });
}

}  // namespace winrm::plugins::config_resource
