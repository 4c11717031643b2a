#pragma once

#include "cim/named_values.hpp"
#include "cim/registry.hpp"
#include "wsman/request.hpp"

/// What the body of a Put or Create says about an instance. Everything throws wsman::Fault
/// (InvalidRepresentation and its details).
namespace winrm::plugins::wmi {

/// The properties that a Put sends, as far as the class has them: what must be known to compare.
[[nodiscard]] cim::PropertySet sent_properties(cim::Class const& cls, wsman::Request const& request);

/// What a Put changes in `row`: the properties that were sent with another value than it has. A property that
/// was not sent stays as it is. Refuses another value for a key or for a property that is not writable.
[[nodiscard]] cim::NamedValues read_changes(cim::Registry const& registry, cim::Class const& cls,
                                            void const* row, wsman::Request const& request);

/// The properties of a Create.
[[nodiscard]] cim::NamedValues read_representation(cim::Registry const& registry, cim::Class const& cls,
                                                   wsman::Request const& request);

}  // namespace winrm::plugins::wmi
