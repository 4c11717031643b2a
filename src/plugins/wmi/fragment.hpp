#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cim/instance_xml.hpp"
#include "wsman/request.hpp"

namespace winrm::plugins::wmi {

/// One step of a fragment's path below the property: into an embedded instance, a reference or a datetime.
struct FragmentStep {
  enum class Kind { element, text, attribute };
  Kind kind = Kind::element;
  std::string name;                  ///< local name; "" for text()
  std::optional<std::size_t> index;  ///< among elements of that name, from 0
};

/// Which part of an instance a wsman:FragmentTransfer asks for: XPath level 1 (DSP0226 annex D, windows
/// reference 7.1): Prop, /Class/Prop, Prop[n], Prop/Member, …/text(), …/@attribute; "." or "/" is all of it.
/// Names are compared with their case, prefixes are not looked at.
struct Fragment {
  cim::ClassProperty const* property = nullptr;  ///< null for the whole instance
  std::optional<std::size_t> element;            ///< of an array, from 0
  std::vector<FragmentStep> steps;

  /// The value alone: text() right below the property.
  [[nodiscard]] bool is_text() const {
    return steps.size() == 1 && steps.front().kind == FragmentStep::Kind::text;
  }
  /// The properties that must be computed.
  [[nodiscard]] cim::PropertySet wanted() const;
};

/// Throws wsman::Fault (FragmentDialectNotSupported, CannotProcessFilter).
[[nodiscard]] Fragment read_fragment(wsman::FragmentTransfer const& transfer, cim::Class const& cls);

/// Appends w:XmlFragment with the part of the row that was asked for; empty when the path leads nowhere.
void append_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls, void const* row,
                     Fragment const& fragment);

/// Appends w:XmlFragment with several properties, as a WQL query with a column list answers.
void append_columns(std::string& out, cim::UriStyle style, cim::Class const& written_as,
                    cim::Class const& cls, void const* row, cim::PropertySet const& shown);

}  // namespace winrm::plugins::wmi
