#include "wsman/envelope.hpp"

#include "base/unicode.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

constexpr std::string_view transfer_actions = "http://schemas.xmlsoap.org/ws/2004/09/transfer/";
constexpr std::string_view enumeration_actions = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/";
constexpr std::string_view eventing_actions = "http://schemas.xmlsoap.org/ws/2004/08/eventing/";
constexpr std::string_view powershell_resources = "http://schemas.microsoft.com/powershell/";

bool is_shell_resource(std::string_view uri) {
  return unicode::starts_with_ignoring_case(uri, resource::shell) ||
         unicode::starts_with_ignoring_case(uri, powershell_resources);
}

}  // namespace

Prefixes prefixes_for(std::string_view resource_uri, std::string_view action) {
  Prefixes prefixes;
  auto const is_of = [&](std::string_view family) {
    return unicode::starts_with_ignoring_case(action, family);
  };
  bool const shell = is_shell_resource(resource_uri);
  bool const config = unicode::starts_with_ignoring_case(resource_uri, resource::config);
  if (is_of(transfer_actions)) {
    prefixes.transfer = true;
    prefixes.shell = shell;
    prefixes.instances = !shell && !config;
  } else if (is_of(enumeration_actions)) {
    prefixes.enumeration = true;
    prefixes.cim_binding = !shell && !config;
    prefixes.shell = shell;
    prefixes.instances = !shell && !config;
  } else if (is_of(eventing_actions)) {
    prefixes.eventing = true;
  } else if (is_of(ns::shell)) {
    prefixes.shell = true;
    prefixes.transfer = true;
  } else {
    prefixes.instances = true;
  }
  return prefixes;
}

void open_envelope(xml::Writer& writer, Prefixes const& prefixes, std::string_view language) {
  writer.open("s:Envelope");
  if (!language.empty()) writer.attribute("xml:lang", language);
  writer.declare("s", ns::soap).declare("a", ns::addressing);
  if (prefixes.transfer) writer.declare("x", ns::transfer);
  if (prefixes.eventing) writer.declare("e", ns::eventing);
  if (prefixes.enumeration) writer.declare("n", ns::enumeration);
  writer.declare("w", ns::wsman);
  if (prefixes.cim_binding) writer.declare("b", ns::cim_binding);
  if (prefixes.shell) writer.declare("rsp", ns::shell);
  writer.declare("p", ns::wsmv);
  if (prefixes.instances) writer.declare("xsi", ns::xsi).declare("cim", ns::cim);
  if (prefixes.types) writer.declare("xs", ns::xsd);
}

}  // namespace winrm::wsman
