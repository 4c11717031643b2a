#include "plugins/config/cert_mapping_resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "auth/exchange.hpp"
#include "auth/users_file.hpp"
#include "base/limits.hpp"
#include "base/secret.hpp"
#include "base/unicode.hpp"
#include "config/table.hpp"
#include "system/accounts.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "xml/writer.hpp"

namespace winrm::plugins::config_resource {

namespace {

namespace faults = wsman::faults;
using config::CertMapping;
using unicode::equals_ignoring_case;
using MappingRow = config::Row<CertMapping>;

constexpr std::size_t longest_password = 255;

/// What an input says; the password is no part of the mapping.
struct Given {
  std::optional<std::string> user_name;
  std::optional<std::string> enabled;
  std::optional<Secret> password;
};

MappingRow const& row_named(std::string_view name) {
  return *std::ranges::find(config::cert_mapping_rows(), name, &MappingRow::name);
}

std::string selected(wsman::SelectorSet const& selectors, std::string_view name) {
  auto const value = selectors.value_of(name);
  if (!value || selectors.size() != 3)
    throw faults::insufficient_selectors(
        "a certificate mapping is named by Issuer, Subject and URI and nothing else");
  return std::string(*value);
}

/// The subject may have one "*", at one of its ends.
bool has_good_wildcard(std::string_view subject) {
  auto const star = subject.find('*');
  return star == subject.npos || (star == subject.rfind('*') && (star == 0 || star == subject.size() - 1));
}

CertMapping read_keys(wsman::SelectorSet const& selectors) {
  CertMapping mapping;
  mapping.issuer = selected(selectors, "Issuer");
  std::erase(mapping.issuer, ' ');
  mapping.subject = selected(selectors, "Subject");
  mapping.uri = selected(selectors, "URI");
  if (!config::toml_literal(row_named("Issuer"), mapping.issuer)) throw faults::cert_mapping_issuer({});
  if (!config::toml_literal(row_named("Subject"), mapping.subject) || !has_good_wildcard(mapping.subject))
    throw faults::cert_mapping_subject({});
  if (!config::toml_literal(row_named("URI"), mapping.uri)) throw faults::cert_mapping_uri({});
  return mapping;
}

bool is_same(CertMapping const& a, CertMapping const& b) {
  return equals_ignoring_case(a.issuer, b.issuer) && equals_ignoring_case(a.subject, b.subject) &&
         equals_ignoring_case(a.uri, b.uri);
}

std::optional<std::size_t> index_of(config::Settings const& settings, CertMapping const& keys) {
  auto const found = std::ranges::find_if(settings.cert_mappings,
                                          [&](CertMapping const& other) { return is_same(other, keys); });
  if (found == settings.cert_mappings.end()) return std::nullopt;
  return static_cast<std::size_t>(found - settings.cert_mappings.begin());
}

std::size_t existing_index(config::Settings const& settings, CertMapping const& keys) {
  auto const index = index_of(settings, keys);
  if (!index)
    throw faults::instance_not_found(
        "There is no certificate mapping with this Issuer, Subject and URI: winrm enumerate "
        "winrm/config/service/certmapping shows those there are.");
  return *index;
}

std::size_t own_index(config::Settings const& settings, CertMapping const& keys) {
  auto const index = existing_index(settings, keys);
  if (settings.cert_mappings[index].source != config::ListenerSource::local)
    throw faults::setting_forced_by_policy("the mapping is made by policy (policy.d); change it there");
  return index;
}

void read_property(Given& given, xml::Element child, CertMapping const& keys) {
  auto const name = child.local_name();
  auto const text = child.is_nil() ? std::string{} : child.trimmed_text();
  if (name == "UserName") {
    given.user_name = text;
  } else if (name == "Enabled") {
    given.enabled = text;
  } else if (name == "Password") {
    // Empty is what Get shows, and what a client that changes something else sends back.
    if (auto const password = child.text(); !password.empty()) given.password.emplace(password);
  } else if (name == "Issuer" || name == "Subject" || name == "URI") {
    auto const& key = name == "Issuer" ? keys.issuer : name == "Subject" ? keys.subject : keys.uri;
    if (!equals_ignoring_case(text, key)) throw faults::cert_mapping_keys({});
  } else {
    throw faults::schema_validation(fmt::format("a certificate mapping has no property {}", name));
  }
}

Given read_properties(xml::Element body, CertMapping const& keys) {
  if (!body || !equals_ignoring_case(body.local_name(), "CertMapping"))
    throw faults::schema_validation("the input is an element CertMapping");
  Given given;
  for (auto const child : body.children()) read_property(given, child, keys);
  if (given.password && given.password->reveal().size() > longest_password)
    throw faults::cert_mapping_password_too_long({});
  return given;
}

std::string literal_of(std::string_view name, std::string_view text) {
  auto literal = config::toml_literal(row_named(name), text);
  if (!literal) throw faults::schema_validation(literal.error().message);
  return std::move(*literal);
}

/// Throws unless the password is the account's, by the same rules as for a log-on.
void verify(std::string const& user, Secret const& password, config::Settings const& settings) {
  auth::UsersFile const users(auth::users_file(settings));
  auto const account =
      auth::make_password_verifier(users, settings.daemon.pam_service)->verify(user, password, "local");
  if (!account)
    throw faults::cert_mapping_credentials(fmt::format(
        "The certificate mapping was not made: {} and this password cannot log on. UserName is an "
        "account of this machine or a name of winrmd user add",
        user));
}

}  // namespace

std::string const& cert_mapping_uri() {
  static std::string const uri = std::string(wsman::resource::config) + "/service/certmapping";
  return uri;
}

std::string cert_mapping_xml(CertMapping const& mapping) {
  std::string out;
  xml::Writer writer(out);
  writer.open("cfg:CertMapping").declare("cfg", cert_mapping_uri());
  if (mapping.source == config::ListenerSource::policy) writer.attribute("Source", "GPO");
  writer.element("cfg:URI", mapping.uri).element("cfg:Subject", mapping.subject);
  writer.element("cfg:Issuer", mapping.issuer).element("cfg:UserName", mapping.user_name);
  writer.element("cfg:Enabled", mapping.enabled ? "true" : "false").element("cfg:Password", "");
  writer.close();
  return out;
}

std::string cert_mapping_document(config::Settings const& settings, wsman::SelectorSet const& selectors) {
  return cert_mapping_xml(settings.cert_mappings[existing_index(settings, read_keys(selectors))]);
}

wsman::EndpointReference cert_mapping_reference(CertMapping const& mapping) {
  wsman::EndpointReference reference;
  reference.address = wsman::anonymous_address;
  reference.resource_uri = cert_mapping_uri();
  reference.selectors.add("Issuer", mapping.issuer);
  reference.selectors.add("Subject", mapping.subject);
  reference.selectors.add("URI", mapping.uri);
  return reference;
}

wsman::EndpointReference create_cert_mapping(Store& store, wsman::SelectorSet const& selectors,
                                             xml::Element body, Session session) {
  if (session == Session::local) throw faults::no_cert_mapping_locally({});
  auto mapping = read_keys(selectors);
  auto const settings = store.settings();
  if (index_of(settings, mapping))
    throw faults::already_exists("A certificate mapping of these keys exists already; change it with set.");
  if (settings.cert_mappings.size() >= limits::cert_mappings) throw faults::cert_mapping_limit({});
  auto const given = read_properties(body, mapping);
  if (!given.password) throw faults::cert_mapping_password_blank({});
  if (given.user_name.value_or("").empty()) throw faults::cert_mapping_password_without_user({});
  verify(*given.user_name, *given.password, settings);
  std::vector<config::TomlEntry> entries{{"Issuer", literal_of("Issuer", mapping.issuer)},
                                         {"Subject", literal_of("Subject", mapping.subject)},
                                         {"URI", literal_of("URI", mapping.uri)},
                                         {"UserName", literal_of("UserName", *given.user_name)}};
  if (given.enabled) entries.emplace_back("Enabled", literal_of("Enabled", *given.enabled));
  store.change(
      [&](config::FileEditor& editor) { return editor.add_entry(config::cert_mapping_table, entries); });
  return cert_mapping_reference(mapping);
}

void put_cert_mapping(Store& store, wsman::SelectorSet const& selectors, xml::Element body, Session session) {
  auto const keys = read_keys(selectors);
  auto const settings = store.settings();
  auto const index = own_index(settings, keys);
  auto const& now = settings.cert_mappings[index];
  auto const given = read_properties(body, keys);
  bool const other_user = given.user_name && *given.user_name != now.user_name;
  if ((given.password || other_user) && session == Session::local) throw faults::no_cert_mapping_locally({});
  if (other_user && !given.password) throw faults::cert_mapping_password_without_user({});
  if (given.password) verify(given.user_name.value_or(now.user_name), *given.password, settings);
  store.change([&](config::FileEditor& editor) -> Result<void> {
    auto const set = [&](std::string_view name, std::string const& text) {
      return editor.set_entry(config::cert_mapping_table, index, name, literal_of(name, text));
    };
    if (other_user)
      if (auto done = set("UserName", *given.user_name); !done) return done;
    if (given.enabled && !equals_ignoring_case(*given.enabled, now.enabled ? "true" : "false"))
      return set("Enabled", *given.enabled);
    return {};
  });
}

void remove_cert_mapping(Store& store, wsman::SelectorSet const& selectors) {
  auto const index = own_index(store.settings(), read_keys(selectors));
  store.change(
      [&](config::FileEditor& editor) { return editor.remove_entry(config::cert_mapping_table, index); });
}

}  // namespace winrm::plugins::config_resource
