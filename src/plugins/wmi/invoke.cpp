#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/instance_xml.hpp"
#include "plugins/wmi/content.hpp"
#include "plugins/wmi/transfer.hpp"
#include "wsman/fault.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;
using unicode::equals_ignoring_case;

/// A method and the class whose rows it runs on.
struct FoundMethod {
  cim::Class const* cls = nullptr;
  cim::AnyMethod const* method = nullptr;
};

/// Looks in the class, then in its ancestors; names of methods have no case.
std::optional<FoundMethod> find_method(cim::Class const& cls, std::string_view name) {
  for (auto const* at = &cls; at != nullptr; at = at->parent()) {
    for (auto const& method : at->provider().methods) {
      if (equals_ignoring_case(method.name, name)) return FoundMethod{at, &method};
    }
  }
  return std::nullopt;
}

/// The method as the class asked for has it, or one below it: StopService of a CIM_Service is
/// Win32_Service's.
FoundMethod method_of(cim::Class const& asked, std::string_view name) {
  if (auto const found = find_method(asked, name)) return *found;
  for (auto const* cls : concrete_classes(asked)) {
    if (auto const found = find_method(*cls, name)) return *found;
  }
  throw faults::not_supported_here(fmt::format("{} has no method {}.", asked.name(), name));
}

cim::Parameter const& parameter_named(FoundMethod const& found, std::string_view name) {
  for (auto const& parameter : found.method->parameters) {
    // Names in XML have the case of the class (windows reference 7.1).
    if (parameter.is_in && parameter.name == name) return parameter;
  }
  throw faults::invalid_parameter_name(
      fmt::format("{}.{} has no input parameter {}: names have the case of the class.", found.cls->name(),
                  found.method->name, name));
}

/// <p:Method_INPUT> in the namespace of the class (wire reference 5.4); without one there are no parameters.
xml::Element input_of(FoundMethod const& found, wsman::Request const& request) {
  auto const root = request.body();
  if (!root) return root;
  auto const expected = fmt::format("{}_INPUT", found.method->name);
  if (!equals_ignoring_case(root.local_name(), expected)) {
    throw faults::invalid_representation(
        fmt::format("The body holds {} where {} belongs.", root.local_name(), expected));
  }
  if (!is_wmi_uri(root.ns())) {
    throw faults::invalid_xml_namespace(fmt::format("{} is in the namespace \"{}\": put it in \"{}\".",
                                                    expected, root.ns(), request.resource_uri));
  }
  return root;
}

cim::NamedValues read_input(Context const& context, FoundMethod const& found, wsman::Request const& request) {
  cim::NamedValues in;
  if (auto const root = input_of(found, request)) {
    for (auto const& sent : sent_values(root)) {
      auto const& parameter = parameter_named(found, sent.name);
      auto content = read_content(context.registry, slot_of(*found.cls, parameter), sent);
      if (!content) throw faults::parameter_type_mismatch(content.error().message + ".");
      in.set(parameter.name, *std::move(content));
    }
  }
  for (auto const& parameter : found.method->parameters) {
    if (!parameter.is_in || parameter.is_optional) continue;
    auto const* content = in.find(parameter.name);
    auto const* value = content != nullptr ? std::get_if<cim::Value>(content) : nullptr;
    if (content == nullptr || (value != nullptr && value->is_null())) {
      throw faults::missing_parameter(fmt::format("{}.{} needs the parameter {}.", found.cls->name(),
                                                  found.method->name, parameter.name));
    }
  }
  return in;
}

/// Out parameters in the order of the declaration, then ReturnValue.
std::string output_of(cim::UriStyle style, cim::Class const& asked, FoundMethod const& found,
                      cim::MethodResult const& result) {
  std::string out = fmt::format("<p:{}_OUTPUT", found.method->name);
  cim::append_namespaces(out, style, asked);
  out += fmt::format(" xsi:type=\"p:{}_OUTPUT\">", found.method->name);
  for (auto const& parameter : found.method->parameters) {
    if (parameter.is_out)
      cim::append_parameter(out, style, asked, parameter, result.out.find(parameter.name));
  }
  bool const is_boolean = found.method->return_type == cim::Type::boolean;
  auto const returned = is_boolean ? std::string(result.return_value != 0 ? "true" : "false")
                                   : std::to_string(result.return_value);
  out += fmt::format("<p:ReturnValue>{}</p:ReturnValue></p:{}_OUTPUT>", returned, found.method->name);
  return out;
}

}  // namespace

void invoke(Context const& context, wsman::Request const& request, std::string_view method,
            xml::Writer& body) {
  auto const resource = read_resource(request.resource_uri, request.selectors);
  auto const& asked = find_class(context.registry, resource);
  auto const found = method_of(asked, method);
  auto const run = [&](FoundMethod const& called, void const* row) {
    auto const in = read_input(context, called, request);
    body.raw(output_of(resource.style, asked, called, called.method->run(context.host, row, in)));
  };
  if (found.method->is_static) {
    run(found, nullptr);
    return;
  }
  // A method runs on rows of the class that declares it, so that class is asked for the instance first.
  auto const& searched = asked.is_a(*found.cls) ? *found.cls : asked;
  auto const wanted = [](cim::Class const& cls) { return cls.key_set(); };
  visit_instance(
      context, searched, keys_of(context.registry, request.selectors), wanted,
      [&](cim::Class const& cls, void const* row) {
        auto const own = find_method(cls, method);
        if (!own || own->cls != &cls) {
          throw faults::not_supported_here(fmt::format("{} has no method {}.", cls.name(), method));
        }
        run(*own, row);
      });
}

}  // namespace winrm::plugins::wmi
