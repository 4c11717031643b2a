#include "plugins/wmi/fragment.hpp"

#include <fmt/format.h>

#include <charconv>

#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;
using Kind = FragmentStep::Kind;

void open_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls) {
  out += "<w:XmlFragment xmlns:w=\"";
  out += ns::wsman;
  out += '"';
  cim::append_namespaces(out, style, cls);
  out += '>';
}

std::string_view local_name(std::string_view qname) { return qname.substr(qname.find(':') + 1); }

/// Takes "[n]" off the end of `step`.
std::optional<std::size_t> take_index(std::string_view& step, std::string_view whole) {
  auto const open = step.find('[');
  if (open == std::string_view::npos) return std::nullopt;
  auto const digits = step.substr(open + 1);
  std::size_t position = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (error != std::errc() || position == 0 || std::string_view(end, digits.data() + digits.size()) != "]") {
    throw faults::invalid_fragment_path(
        fmt::format("\"{}\": in brackets stands the position of an array element, from 1", whole));
  }
  step = step.substr(0, open);
  return position - 1;
}

FragmentStep read_step(std::string_view step, std::string_view whole) {
  if (step == "text()") return {Kind::text, {}, {}};
  if (step.starts_with('@')) return {Kind::attribute, std::string(local_name(step.substr(1))), {}};
  auto const index = take_index(step, whole);
  auto const name = local_name(step);
  if (name.empty() || name.find_first_of("@()*=|'\" ") != std::string_view::npos) {
    throw faults::invalid_fragment_path(fmt::format(
        "\"{}\": a step is a name, a name with a position in brackets, text() or @ and a name", whole));
  }
  return {Kind::element, std::string(name), index};
}

std::vector<FragmentStep> read_steps(std::string_view whole) {
  std::vector<FragmentStep> steps;
  auto path = whole;
  if (path.starts_with("./")) path.remove_prefix(1);
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    auto const slash = path.find('/');
    if (slash == 0 || slash + 1 == path.size()) {
      throw faults::invalid_fragment_path(fmt::format("\"{}\" has an empty step", whole));
    }
    steps.push_back(read_step(path.substr(0, slash), whole));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    // Nothing is below a text or an attribute.
    if (steps.back().kind != Kind::element && !path.empty()) {
      throw faults::invalid_fragment_path(fmt::format("\"{}\" goes on after its last step", whole));
    }
  }
  return steps;
}

void append_step(std::string& out, xml::Element const& from, std::span<FragmentStep const> steps) {
  if (steps.empty()) {
    out += from.serialize();
    return;
  }
  auto const& step = steps.front();
  if (step.kind == Kind::text) {
    xml::append_escaped(out, from.text());
    return;
  }
  if (step.kind == Kind::attribute) {
    for (auto const of : {std::string_view(), ns::xsi, ns::xml}) {
      if (auto const value = from.attribute(of, step.name)) {
        xml::append_escaped(out, *value);
        return;
      }
    }
    return;
  }
  std::size_t position = 0;
  for (auto const child : from.children()) {
    if (child.local_name() != step.name) continue;
    if (!step.index || *step.index == position) append_step(out, child, steps.subspan(1));
    ++position;
  }
}

/// Follows the path through the XML of the property: what is inside a value has no other form.
void append_part(std::string& out, cim::UriStyle style, cim::Class const& cls, void const* row,
                 Fragment const& fragment) {
  std::string instance;
  cim::append_instance(instance, style, cls, cls, row, fragment.wanted());
  auto const document = xml::Document::parse(instance);
  if (!document) throw faults::internal_error(document.error().message);
  std::vector<FragmentStep> steps{
      {Kind::element, std::string(fragment.property->property.name), fragment.element}};
  steps.insert(steps.end(), fragment.steps.begin(), fragment.steps.end());
  append_step(out, document->root(), steps);
}

}  // namespace

cim::PropertySet Fragment::wanted() const {
  if (property == nullptr) return cim::PropertySet::all();
  cim::PropertySet set;
  set.add(property->index);
  return set;
}

Fragment read_fragment(wsman::FragmentTransfer const& transfer, cim::Class const& cls) {
  if (transfer.dialect != wsman::dialect::xpath)
    throw faults::fragment_dialect_not_supported(transfer.dialect);
  Fragment fragment;
  if (transfer.path == "." || transfer.path == "/") return fragment;
  auto steps = read_steps(transfer.path);
  if (steps.size() > 1 && steps.front().name == cls.name()) steps.erase(steps.begin());
  auto const& first = steps.empty() ? FragmentStep() : steps.front();
  fragment.property = first.kind == Kind::element ? cls.find(first.name) : nullptr;
  if (fragment.property == nullptr || fragment.property->property.name != first.name) {
    throw faults::invalid_fragment_path(
        fmt::format("\"{}\" names no property of {}: write one as in the class, with its case, as in Name or "
                    "Name/text()",
                    transfer.path, cls.name()));
  }
  fragment.element = first.index;
  fragment.steps.assign(steps.begin() + 1, steps.end());
  return fragment;
}

void append_fragment(std::string& out, cim::UriStyle style, cim::Class const& cls, void const* row,
                     Fragment const& fragment) {
  open_fragment(out, style, cls);
  if (fragment.property == nullptr) {
    cim::append_instance(out, style, cls, cls, row, cim::PropertySet::all());
  } else if (!fragment.steps.empty() && !fragment.is_text()) {
    append_part(out, style, cls, row, fragment);
  } else {
    auto value = fragment.property->property.value(row);
    auto const* array = std::get_if<cim::ArrayView>(&value);
    // What is no array is written as one element, the first.
    std::size_t const elements = array == nullptr ? 1 : array->size;
    bool const past_the_end = fragment.element && *fragment.element >= elements;
    if (fragment.element && !past_the_end && array != nullptr) {
      value = array->at(array->elements, *fragment.element);
    }
    // An empty fragment says that the path leads nowhere.
    if (!past_the_end && fragment.is_text()) {
      cim::append_value(out, style, value);
    } else if (!past_the_end) {
      cim::append_property(out, style, cls, *fragment.property, value);
    }
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
