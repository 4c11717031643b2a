#include "cim/instance_xml.hpp"

#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::cim {

namespace {

constexpr std::string_view windows_prefix = "http://schemas.microsoft.com/wbem/wsman/1/wmi/";
constexpr std::string_view dmtf_prefix = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
constexpr std::string_view anonymous = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

void append_uri(std::string& out, UriStyle style, std::string_view ns, std::string_view class_name) {
  if (style == UriStyle::windows) {
    out += windows_prefix;
    out += ns;
    out += '/';
  } else {
    out += dmtf_prefix;
  }
  out += class_name;
}

void append_selector(std::string& out, UriStyle style, Reference::Key const& key);

/// The content of an endpoint reference. Its prefixes are declared here, so that it can stand anywhere.
void append_reference(std::string& out, UriStyle style, Reference const& reference) {
  out += "<a:Address>";
  out += anonymous;
  out += "</a:Address><a:ReferenceParameters><w:ResourceURI>";
  append_uri(out, style, reference.ns, reference.class_name);
  out += "</w:ResourceURI>";
  // A singleton has no keys, and a SelectorSet without a selector is not valid.
  if (reference.keys.empty() && style == UriStyle::windows) {
    out += "</a:ReferenceParameters>";
    return;
  }
  out += "<w:SelectorSet>";
  if (style == UriStyle::dmtf) {
    out += "<w:Selector Name=\"__cimnamespace\">";
    out += reference.ns;
    out += "</w:Selector>";
  }
  for (auto const& key : reference.keys) append_selector(out, style, key);
  out += "</w:SelectorSet></a:ReferenceParameters>";
}

void append_reference_namespaces(std::string& out) {
  out += " xmlns:a=\"";
  out += ns::addressing;
  out += "\" xmlns:w=\"";
  out += ns::wsman;
  out += '"';
}

void append_selector(std::string& out, UriStyle style, Reference::Key const& key) {
  out += "<w:Selector Name=\"";
  out += key.name;
  out += "\">";
  if (key.reference.empty()) {
    xml::append_escaped(out, key.value);
  } else {
    out += "<a:EndpointReference>";
    append_reference(out, style, key.reference.front());
    out += "</a:EndpointReference>";
  }
  out += "</w:Selector>";
}

void append_properties(std::string& out, UriStyle style, Class const& owner, Class const& cls,
                       void const* row, PropertySet const& shown) {
  for (auto const& property : cls.properties()) {
    if (shown.has(property.index)) append_property(out, style, owner, property, property.property.value(row));
  }
}

/// The element belongs to its owner's namespace and its content to the embedded class's: p is bound to the
/// latter, because that is the prefix the content is written with.
void append_embedded(std::string& out, UriStyle style, Class const& owner, ClassProperty const& property,
                     EmbeddedInstance const& instance) {
  out += "<o:";
  out += property.property.name;
  out += " xmlns:o=\"";
  append_uri(out, style, owner.ns(), owner.name());
  out += '"';
  append_namespaces(out, style, *instance.cls);
  out += " xsi:type=\"p:";
  out += instance.cls->name();
  out += "_Type\">";
  append_properties(out, style, *instance.cls, *instance.cls, instance.row.get(), PropertySet::all());
  out += "</o:";
  out += property.property.name;
  out += '>';
}

void append_element(std::string& out, UriStyle style, Class const& owner, ClassProperty const& property,
                    ValueView const& value) {
  if (value.is_null()) {
    out += property.nil;
    return;
  }
  if (auto const* embedded = std::get_if<EmbeddedInstance const*>(&value)) {
    append_embedded(out, style, owner, property, **embedded);
    return;
  }
  if (std::holds_alternative<Reference const*>(value)) {
    out.append(property.open, 0, property.open.size() - 1);
    append_reference_namespaces(out);
    out += '>';
  } else {
    out += property.open;
  }
  append_value(out, style, value);
  out += property.close;
}

}  // namespace

std::string resource_uri(UriStyle style, std::string_view ns, std::string_view class_name) {
  std::string uri;
  append_uri(uri, style, ns, class_name);
  return uri;
}

void append_namespaces(std::string& out, UriStyle style, Class const& cls) {
  out += " xmlns:xsi=\"";
  out += ns::xsi;
  out += "\" xmlns:p=\"";
  append_uri(out, style, cls.ns(), cls.name());
  out += "\" xmlns:cim=\"";
  out += ns::cim;
  out += '"';
}

void append_instance(std::string& out, UriStyle style, Class const& written_as, Class const& cls,
                     void const* row, PropertySet const& shown) {
  out += "<p:";
  out += written_as.name();
  append_namespaces(out, style, written_as);
  out += " xsi:type=\"p:";
  out += written_as.name();
  out += "_Type\">";
  append_properties(out, style, written_as, cls, row, shown);
  out += "</p:";
  out += written_as.name();
  out += '>';
}

void append_property(std::string& out, UriStyle style, Class const& owner, ClassProperty const& property,
                     ValueView const& value) {
  auto const* array = std::get_if<ArrayView>(&value);
  if (array == nullptr) {
    append_element(out, style, owner, property, value);
    return;
  }
  if (array->size == 0) out += property.nil;
  for (std::size_t i = 0; i < array->size; ++i)
    append_element(out, style, owner, property, array->at(array->elements, i));
}

void append_value(std::string& out, UriStyle style, ValueView const& value) {
  if (auto const* text = std::get_if<std::string_view>(&value)) {
    xml::append_escaped(out, *text);
  } else if (std::holds_alternative<winrm::DateTime>(value)) {
    out += "<cim:Datetime>";
    append_text(out, value);
    out += "</cim:Datetime>";
  } else if (std::holds_alternative<Interval>(value)) {
    out += "<cim:Interval>";
    append_text(out, value);
    out += "</cim:Interval>";
  } else if (auto const* partial = std::get_if<PartialDateTime const*>(&value)) {
    out += "<cim:CIM_DateTime>";
    xml::append_escaped(out, (*partial)->text);
    out += "</cim:CIM_DateTime>";
  } else if (auto const* reference = std::get_if<Reference const*>(&value)) {
    append_reference(out, style, **reference);
  } else {
    append_text(out, value);
  }
}

void append_endpoint_reference(std::string& out, UriStyle style, Class const& cls, void const* row) {
  out += "<a:EndpointReference";
  append_reference_namespaces(out);
  out += '>';
  append_reference(out, style, reference_to(cls, row));
  out += "</a:EndpointReference>";
}

Reference reference_to(Class const& cls, void const* row) {
  Reference reference{std::string(cls.ns()), std::string(cls.name()), {}};
  for (auto const* key : cls.keys()) {
    auto const value = key->property.value(row);
    Reference::Key written{std::string(key->property.name), to_text(value), {}};
    if (auto const* target = std::get_if<Reference const*>(&value)) written.reference.push_back(**target);
    reference.keys.push_back(std::move(written));
  }
  return reference;
}

}  // namespace winrm::cim
