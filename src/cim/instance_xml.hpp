#pragma once

#include <string>

#include "cim/registry.hpp"

/// Instances as XML (DSP0230 as Windows writes it: MS-WSMV 2.2.4 and the wire reference 5.2).
namespace winrm::cim {

/// Which resource URIs name the classes in what is written.
enum class UriStyle {
  windows,  ///< http://schemas.microsoft.com/wbem/wsman/1/wmi/<namespace>/<Class>
  dmtf,  ///< http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/<Class>, namespace as selector __cimnamespace
};

[[nodiscard]] std::string resource_uri(UriStyle style, std::string_view ns, std::string_view class_name);

/// Appends one instance as an element of its own. Only properties of `shown` appear; `written_as` is the
/// row's class or, for "base properties only", one of its ancestors.
void append_instance(std::string& out, UriStyle style, Class const& written_as, Class const& cls,
                     void const* row, PropertySet const& shown);
/// Appends a class as an instance of it without values, as queries of meta_class answer.
void append_class(std::string& out, UriStyle style, Class const& cls);
/// Appends the property as it stands in an instance: <p:Name>…</p:Name>, several for an array, nil for null.
/// `owner` is the class whose namespace the element has.
void append_property(std::string& out, UriStyle style, Class const& owner, ClassProperty const& property,
                     ValueView const& value);
/// Appends a value without its element: text, cim:Datetime, the content of an endpoint reference.
void append_value(std::string& out, UriStyle style, ValueView const& value);

/// Appends an out parameter of a method as an element of its own, nil when `content` is null.
void append_parameter(std::string& out, UriStyle style, Class const& owner, Parameter const& parameter,
                      NamedValues::Content const* content);

/// Appends the content of an endpoint reference. The prefixes a and w must be declared around it.
void append_reference(std::string& out, UriStyle style, Reference const& reference, std::string_view address);
/// Appends a whole a:EndpointReference that names the instance.
void append_endpoint_reference(std::string& out, UriStyle style, Class const& cls, void const* row);
void append_endpoint_reference(std::string& out, UriStyle style, Reference const& reference);
[[nodiscard]] Reference reference_to(Class const& cls, void const* row);

/// Declarations that make a fragment stand alone: xmlns:p of the class, xsi, cim.
void append_namespaces(std::string& out, UriStyle style, Class const& cls);

}  // namespace winrm::cim
