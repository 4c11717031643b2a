#pragma once

#include <optional>

#include "cim/instance_xml.hpp"
#include "wsman/request.hpp"

namespace winrm::plugins::wmi {

/// Which part of an instance a wsman:FragmentTransfer asks for: the subset of XPath that WMI takes (windows
/// reference 7.1): Prop, Class/Prop, Prop[n], Prop/text().
struct Fragment {
  cim::ClassProperty const* property = nullptr;
  std::optional<std::size_t> element;  ///< of an array, from 0
  bool text_only = false;
};

/// Throws wsman::Fault (FragmentDialectNotSupported, CannotProcessFilter). Names are compared with their
/// case.
[[nodiscard]] Fragment read_fragment(wsman::FragmentTransfer const& transfer, cim::Class const& cls);

/// Appends w:XmlFragment with the part of the row that was asked for; empty when an array has no such
/// element.
void append_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls, void const* row,
                     Fragment const& fragment);

/// Appends w:XmlFragment with several properties, as a WQL query with a column list answers.
void append_columns(std::string& out, cim::UriStyle style, cim::Class const& written_as,
                    cim::Class const& cls, void const* row, cim::PropertySet const& shown);

}  // namespace winrm::plugins::wmi
