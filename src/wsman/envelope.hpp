#pragma once

#include <string_view>

#include "xml/writer.hpp"

/// What requests, answers and faults have in common at their start.
namespace winrm::wsman {

/// The namespaces a message declares, as Windows groups them: s a w p always, the others where the action
/// needs them.
struct Prefixes {
  bool transfer = false;     ///< x
  bool eventing = false;     ///< e
  bool enumeration = false;  ///< n
  bool cim_binding = false;  ///< b
  bool shell = false;        ///< rsp
  bool instances = false;    ///< xsi and cim, for CIM instances
  bool types = false;        ///< xs, for options with a type
};

/// By the family of the action (a request's or an answer's) and the kind of resource.
[[nodiscard]] Prefixes prefixes_for(std::string_view resource_uri, std::string_view action);

/// Opens s:Envelope and leaves it in its start tag. Answers say their language there, requests do not.
void open_envelope(xml::Writer& writer, Prefixes const& prefixes, std::string_view language = {});

}  // namespace winrm::wsman
