#pragma once

#include "engine/call.hpp"
#include "plugins/wmi/instance.hpp"
#include "xml/writer.hpp"

/// WS-Transfer and methods of instances (MS-WSMV 3.1.4.2 to 3.1.4.5, wire reference 5). All throw
/// wsman::Fault and, from providers, cim::Failure.
namespace winrm::plugins::wmi {

void get(Context const& context, wsman::Request const& request, xml::Writer& body);
void put(Context const& context, wsman::Request const& request, xml::Writer& body);
void create(Context const& context, wsman::Request const& request, xml::Writer& body);
void remove(Context const& context, wsman::Request const& request);
void invoke(Context const& context, wsman::Request const& request, std::string_view method,
            xml::Writer& body);

}  // namespace winrm::plugins::wmi
