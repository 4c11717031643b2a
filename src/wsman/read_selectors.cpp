#include "wsman/read_selectors.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"
#include "xml/names.hpp"

namespace winrm::wsman {
namespace {

constexpr std::size_t longest_name = 1024;

EndpointReference read_reference(xml::Element const& element, std::size_t nesting);

bool is_true(std::optional<std::string> const& value) {
  return value && (*value == "1" || unicode::equals_ignoring_case(*value, "true"));
}

Selector read_selector(xml::Element const& element, std::size_t nesting) {
  if (!element.is(ns::wsman, "Selector")) {
    throw faults::invalid_selectors(fmt::format(
        "A SelectorSet holds the element '{}', and may hold only wsman:Selector.", element.local_name()));
  }
  auto name = element.attribute("", "Name");
  if (!name || name->empty()) throw faults::invalid_selectors("A Selector has no attribute Name.");
  if (name->size() > longest_name) {
    throw faults::selector_limit(fmt::format("A selector's name is longer than {} bytes.", longest_name));
  }
  Selector selector{std::move(*name), {}, {}};
  if (xml::Element const child = element.first_child()) {
    if (!child.is(ns::addressing, "EndpointReference") || child.next_sibling()) {
      throw faults::invalid_selectors(
          fmt::format("The selector '{}' must hold a text or one wsa:EndpointReference.", selector.name));
    }
    selector.reference.push_back(read_reference(child, nesting + 1));
    return selector;
  }
  selector.value = element.text();
  if (selector.value.size() > limits::selector_value_bytes) {
    throw faults::selector_limit(fmt::format("The value of selector '{}' is longer than {} bytes.",
                                             selector.name, limits::selector_value_bytes));
  }
  return selector;
}

/// ReferenceParameters, or ReferenceProperties as older clients write; both are read, neither twice.
void read_reference_part(xml::Element const& part, std::size_t nesting, EndpointReference& reference) {
  for (xml::Element const child : part.children()) {
    if (child.is(ns::wsman, "ResourceURI")) {
      if (!reference.resource_uri.empty()) {
        throw faults::invalid_selectors("An endpoint reference has two ResourceURIs.");
      }
      reference.resource_uri = child.trimmed_text();
      if (reference.resource_uri.size() > limits::resource_uri_bytes) {
        throw faults::uri_limit("ResourceURI of an endpoint reference", limits::resource_uri_bytes);
      }
    } else if (child.is(ns::wsman, "SelectorSet")) {
      if (!reference.selectors.empty()) {
        throw faults::invalid_selectors("An endpoint reference has two SelectorSets.");
      }
      reference.selectors = read_selector_set(child, nesting);
    }
  }
}

EndpointReference read_reference(xml::Element const& element, std::size_t nesting) {
  if (nesting > limits::epr_nesting) throw faults::epr_nesting_exceeded(limits::epr_nesting);
  EndpointReference reference;
  for (xml::Element const child : element.children()) {
    if (child.is(ns::addressing, "Address")) {
      if (!reference.address.empty())
        throw faults::invalid_selectors("An endpoint reference has two Addresses.");
      reference.address = child.trimmed_text();
    } else if (child.is(ns::addressing, "ReferenceParameters") ||
               child.is(ns::addressing, "ReferenceProperties")) {
      read_reference_part(child, nesting, reference);
    }
  }
  return reference;
}

}  // namespace

SelectorSet read_selector_set(xml::Element const& element, std::size_t nesting) {
  SelectorSet selectors;
  for (xml::Element const child : element.children()) {
    Selector selector = read_selector(child, nesting);
    if (selectors.find(selector.name) != nullptr) throw faults::duplicate_selectors(selector.name);
    if (selectors.size() == limits::selectors) {
      throw faults::selector_limit(fmt::format("There are more than {} selectors.", limits::selectors));
    }
    selectors.add(std::move(selector));
  }
  return selectors;
}

OptionSet read_option_set(xml::Element const& element) {
  OptionSet options;
  for (xml::Element const child : element.children()) {
    if (!child.is(ns::wsman, "Option")) {
      throw faults::invalid_options(fmt::format(
          "An OptionSet holds the element '{}', and may hold only wsman:Option.", child.local_name()));
    }
    auto name = child.attribute("", "Name");
    if (!name || name->empty()) throw faults::invalid_options("An Option has no attribute Name.");
    if (options.size() == limits::options) {
      throw faults::option_limit(fmt::format("There are more than {} options.", limits::options));
    }
    Option option{std::move(*name), child.text(), child.attribute("", "Type").value_or(""),
                  is_true(child.attribute("", "MustComply")), child.is_nil()};
    if (option.name.size() > longest_name || option.value.size() > limits::selector_value_bytes) {
      throw faults::option_limit(
          fmt::format("The option '{}' is too long: names may have {} bytes, values {}.",
                      option.name.substr(0, 64), longest_name, limits::selector_value_bytes));
    }
    options.add(std::move(option));
  }
  return options;
}

EndpointReference read_endpoint_reference(xml::Element const& element) { return read_reference(element, 1); }

}  // namespace winrm::wsman
