#pragma once

#include <string>

#include "plugins/config/store.hpp"
#include "wsman/request.hpp"
#include "xml/document.hpp"

/// winrm/config/service/certmapping: the account of a client certificate, by Issuer, Subject and URI
/// (windows-surface 4.3). A mapping keeps no password: the service, which is root, needs none to act as the
/// account, so that there is no secret to protect. The password is the proof that whoever makes the mapping
/// may use the account.
namespace winrm::plugins::config_resource {

/// Where a request comes from. A password is taken from another machine only, as on Windows (row A13).
enum class Session { local, remote };

[[nodiscard]] std::string const& cert_mapping_uri();

[[nodiscard]] std::string cert_mapping_xml(config::CertMapping const& mapping);
/// The one that the selectors name. Throws wsman::Fault.
[[nodiscard]] std::string cert_mapping_document(config::Settings const& settings,
                                                wsman::SelectorSet const& selectors);
[[nodiscard]] wsman::EndpointReference cert_mapping_reference(config::CertMapping const& mapping);

/// Each throws wsman::Fault.
[[nodiscard]] wsman::EndpointReference create_cert_mapping(Store& store, wsman::SelectorSet const& selectors,
                                                           xml::Element body, Session session);
void put_cert_mapping(Store& store, wsman::SelectorSet const& selectors, xml::Element body, Session session);
void remove_cert_mapping(Store& store, wsman::SelectorSet const& selectors);

}  // namespace winrm::plugins::config_resource
