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

void append_reference_namespaces(std::string& out) {
  out += " xmlns:a=\"";
  out += ns::addressing;
  out += "\" xmlns:w=\"";
  out += ns::wsman;
  out += '"';
}

void append_selector(std::string& out, UriStyle style, Reference::Key const& key) {
  out += "<w:Selector Name=\"";
  // Of a reference that a client sent, it may be anything.
  xml::append_escaped(out, key.name, xml::Place::attribute);
  out += "\">";
  if (key.reference.empty()) {
    xml::append_escaped(out, key.value);
  } else {
    out += "<a:EndpointReference>";
    append_reference(out, style, key.reference.front(), anonymous);
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

/// Where the values of an out parameter are written.
struct Named {
  UriStyle style;
  Class const& owner;
  std::string_view name;
  Type type;
  std::string_view class_name;
};

void append_nil(std::string& out, std::string_view name) {
  out += "<p:";
  out += name;
  out += " xsi:nil=\"true\"/>";
}
void open_element(std::string& out, std::string_view name) {
  out += "<p:";
  out += name;
}
void close_element(std::string& out, std::string_view name) {
  out += "</p:";
  out += name;
  out += '>';
}

bool is_nothing(Value const& value) { return value.is_null(); }
bool is_nothing(Reference const&) { return false; }
bool is_nothing(NamedValues::Instance const& instance) { return instance == nullptr; }
template <class Element>
bool is_nothing(std::vector<Element> const& elements) {
  return elements.empty();
}

void append_named(std::string& out, Named const& named, Value const& value) {
  open_element(out, named.name);
  out += '>';
  // A real32 is kept as a double, whose digits beyond the seventh are noise.
  auto const* real = std::get_if<double>(&value);
  bool const is_short = real != nullptr && named.type == Type::real32;
  append_value(out, named.style, is_short ? ValueView(static_cast<float>(*real)) : view_of(value));
  close_element(out, named.name);
}
void append_named(std::string& out, Named const& named, Reference const& reference) {
  open_element(out, named.name);
  append_reference_namespaces(out);
  out += '>';
  append_reference(out, named.style, reference, anonymous);
  close_element(out, named.name);
}
template <class Element>
void append_named(std::string& out, Named const& named, std::vector<Element> const& elements) {
  for (auto const& element : elements) append_named(out, named, element);
}
/// As append_embedded: the element is its owner's, and p inside it is the embedded class.
void append_named(std::string& out, Named const& named, NamedValues::Instance const& instance) {
  out += "<o:";
  out += named.name;
  out += " xmlns:o=\"";
  append_uri(out, named.style, named.owner.ns(), named.owner.name());
  out += "\" xmlns:p=\"";
  append_uri(out, named.style, named.owner.ns(), named.class_name);
  out += "\" xsi:type=\"p:";
  out += named.class_name;
  out += "_Type\">";
  for (auto const& [name, content] : instance->entries()) {
    if (std::visit([](auto const& held) { return is_nothing(held); }, content)) {
      append_nil(out, name);
    } else {
      Named const inner{named.style, named.owner, name, Type::string, named.class_name};
      std::visit([&](auto const& held) { append_named(out, inner, held); }, content);
    }
  }
  out += "</o:";
  out += named.name;
  out += '>';
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

void append_class(std::string& out, UriStyle style, Class const& cls) {
  out += "<p:";
  out += cls.name();
  append_namespaces(out, style, cls);
  out += " xsi:type=\"p:";
  out += cls.name();
  out += "_Type\">";
  for (auto const& property : cls.properties()) {
    append_property(out, style, cls, property, property.property.default_value);
  }
  out += "</p:";
  out += cls.name();
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
    append_reference(out, style, **reference, anonymous);
  } else {
    append_text(out, value);
  }
}

void append_parameter(std::string& out, UriStyle style, Class const& owner, Parameter const& parameter,
                      NamedValues::Content const* content) {
  Named const named{style, owner, parameter.name, parameter.type, parameter.class_name};
  bool const is_null =
      content == nullptr || std::visit([](auto const& held) { return is_nothing(held); }, *content);
  if (is_null) {
    append_nil(out, parameter.name);
    return;
  }
  std::visit([&](auto const& held) { append_named(out, named, held); }, *content);
}

void append_reference(std::string& out, UriStyle style, Reference const& reference,
                      std::string_view address) {
  out += "<a:Address>";
  xml::append_escaped(out, address.empty() ? anonymous : address);
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

void append_endpoint_reference(std::string& out, UriStyle style, Class const& cls, void const* row) {
  append_endpoint_reference(out, style, reference_to(cls, row));
}

void append_endpoint_reference(std::string& out, UriStyle style, Reference const& reference) {
  out += "<a:EndpointReference";
  append_reference_namespaces(out);
  out += '>';
  append_reference(out, style, reference, anonymous);
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
