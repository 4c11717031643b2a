#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cim/named_values.hpp"
#include "cim/registry.hpp"
#include "xml/document.hpp"

/// From what clients write (DSP0230, wire reference 5.1 to 5.4) to values of declared types.
namespace winrm::plugins::wmi {

/// What a property or parameter may hold.
struct Slot {
  std::string_view name;
  cim::Type type = cim::Type::string;
  bool array = false;
  std::string_view ns;          ///< where class_name stands
  std::string_view class_name;  ///< of an embedded instance; "" for any
};

[[nodiscard]] Slot slot_of(cim::Class const& cls, cim::Property const& property);
[[nodiscard]] Slot slot_of(cim::Class const& cls, cim::Parameter const& parameter);

/// Elements of one name: an array has one for each of its elements.
struct SentValue {
  std::string_view ns;
  std::string_view name;
  std::vector<xml::Element> elements;
};
/// The children of `parent` by name, in the order of their first.
[[nodiscard]] std::vector<SentValue> sent_values(xml::Element const& parent);

/// Reads the value that `sent` gives to `slot`. The error says what does not fit. Throws wsman::Fault for an
/// endpoint reference that is none.
[[nodiscard]] Result<cim::NamedValues::Content> read_content(cim::Registry const& registry, Slot const& slot,
                                                             SentValue const& sent);

}  // namespace winrm::plugins::wmi
