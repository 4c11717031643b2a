#include "client/enumerator.hpp"

#include <string_view>
#include <utility>

#include "wsman/actions.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::client {
namespace {

using Mode = EnumerateOptions::Mode;
using Polymorphism = EnumerateOptions::Polymorphism;

std::string_view name_of(Polymorphism polymorphism) {
  switch (polymorphism) {
    case Polymorphism::exclude_sub_class_properties:
      return "ExcludeSubClassProperties";
    case Polymorphism::none:
      return "None";
    case Polymorphism::include_sub_class_properties:
      break;
  }
  return "IncludeSubClassProperties";
}

std::string enumerate_body(EnumerateOptions const& options) {
  std::string body;
  xml::Writer writer(body);
  writer.open("n:Enumerate").empty("w:OptimizeEnumeration");
  writer.element("w:MaxElements", std::to_string(options.max_elements));
  if (options.mode != Mode::object)
    writer.element("w:EnumerationMode", options.mode == Mode::epr ? "EnumerateEPR" : "EnumerateObjectAndEPR");
  if (options.polymorphism) writer.element("b:PolymorphismMode", name_of(*options.polymorphism));
  if (!options.filter_dialect.empty())
    writer.open("w:Filter").attribute("Dialect", options.filter_dialect).raw(options.filter_xml).close();
  writer.close();
  return body;
}

/// A child in either namespace: EnumerateResponse has w:Items, PullResponse n:Items (wire reference 6.1).
xml::Element either(xml::Element parent, std::string_view name) {
  auto const child = parent.child(ns::enumeration, name);
  return child ? child : parent.child(ns::wsman, name);
}

}  // namespace

Enumerator::Enumerator(Session& session, ResourceLocator resource, EnumerateOptions const& options)
    : session_(session), resource_(std::move(resource)), max_elements_(options.max_elements) {
  take(
      session_.exchange(wsman::action::enumerate, resource_, enumerate_body(options), Session::Repeat::once));
}

Enumerator::~Enumerator() {
  if (context_.empty()) return;
  std::string body;
  xml::Writer writer(body);
  writer.open("n:Release").element("n:EnumerationContext", context_).close();
  try {
    static_cast<void>(session_.exchange(wsman::action::release, resource_, body));
  } catch (Failure const&) {
    // The service forgets the enumeration by itself when its time is over.
  }
}

std::optional<xml::Element> Enumerator::next() {
  while (!upcoming_) {
    if (context_.empty()) return std::nullopt;
    pull();
  }
  return std::exchange(upcoming_, upcoming_.next_sibling());
}

void Enumerator::pull() {
  std::string body;
  xml::Writer writer(body);
  writer.open("n:Pull").element("n:EnumerationContext", context_);
  writer.element("n:MaxElements", std::to_string(max_elements_)).close();
  // A failed Pull ends the enumeration on the service's side, too: there is nothing left to release.
  auto const context = std::exchange(context_, {});
  take(session_.exchange(wsman::action::pull, resource_, body));
}

void Enumerator::take(wsman::Answer answer) {
  auto const response = answer.body();
  bool const ended = static_cast<bool>(either(response, "EndOfSequence"));
  context_ = ended ? std::string{} : response.child(ns::enumeration, "EnumerationContext").trimmed_text();
  upcoming_ = either(response, "Items").first_child();
  batch_ = std::move(answer);
}

}  // namespace winrm::client
