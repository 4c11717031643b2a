#include "plugins/wmi/fragment.hpp"

#include <fmt/format.h>

#include <charconv>

#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;

void open_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls) {
  out += "<w:XmlFragment xmlns:w=\"";
  out += ns::wsman;
  out += '"';
  cim::append_namespaces(out, style, cls);
  out += '>';
}

std::string_view local_name(std::string_view qname) { return qname.substr(qname.find(':') + 1); }

/// Takes "[n]" off the end of `path`.
std::optional<std::size_t> take_index(std::string_view& path, std::string_view whole) {
  auto const open = path.find('[');
  if (open == std::string_view::npos) return std::nullopt;
  auto const digits = path.substr(open + 1);
  std::size_t position = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (error != std::errc() || position == 0 || std::string_view(end, digits.data() + digits.size()) != "]") {
    throw faults::invalid_fragment_path(
        fmt::format("\"{}\": in brackets stands the position of an array element, from 1", whole));
  }
  path = path.substr(0, open);
  return position - 1;
}

}  // namespace

Fragment read_fragment(wsman::FragmentTransfer const& transfer, cim::Class const& cls) {
  if (transfer.dialect != wsman::dialect::xpath)
    throw faults::fragment_dialect_not_supported(transfer.dialect);
  Fragment fragment;
  std::string_view path = transfer.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (auto const slash = path.find('/'); slash != std::string_view::npos) {
    if (local_name(path.substr(0, slash)) == cls.name()) path.remove_prefix(slash + 1);
  }
  constexpr std::string_view text_test = "/text()";
  if (path.ends_with(text_test)) {
    fragment.text_only = true;
    path.remove_suffix(text_test.size());
  }
  fragment.element = take_index(path, transfer.path);
  auto const name = local_name(path);
  fragment.property = cls.find(name);
  if (fragment.property == nullptr || fragment.property->property.name != name) {
    throw faults::invalid_fragment_path(
        fmt::format("\"{}\" names no property of {}: write one as in the class, with its case, as in Name or "
                    "Name/text()",
                    transfer.path, cls.name()));
  }
  return fragment;
}

void append_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls, void const* row,
                     Fragment const& fragment) {
  auto value = fragment.property->property.value(row);
  auto const* array = std::get_if<cim::ArrayView>(&value);
  bool const past_the_end = fragment.element && (array == nullptr || *fragment.element >= array->size);
  if (fragment.element && array != nullptr && !past_the_end)
    value = array->at(array->elements, *fragment.element);

  open_fragment(out, style, cls);
  if (past_the_end) {
    // An empty fragment says that the path leads nowhere.
  } else if (fragment.text_only) {
    cim::append_value(out, style, value);
  } else {
    cim::append_property(out, style, cls, *fragment.property, value);
  }
  out += "</w:XmlFragment>";
}

void append_columns(std::string& out, cim::UriStyle style, cim::Class const& written_as,
                    cim::Class const& cls, void const* row, cim::PropertySet const& shown) {
  open_fragment(out, style, written_as);
  for (auto const& property : cls.properties()) {
    if (!shown.has(property.index)) continue;
    cim::append_property(out, style, written_as, property, property.property.value(row));
  }
  out += "</w:XmlFragment>";
}

}  // namespace winrm::plugins::wmi
