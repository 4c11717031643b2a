#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cim/bound_function.hpp"
#include "cim/named_values.hpp"
#include "cim/schema.hpp"

namespace winrm::system {
class Host;
}

/// Methods of a class, declared once, beside the code that runs them:
///
///   constexpr cim::Parameter terminate_parameters[] = {cim::in<std::uint32_t>("Reason").optional()};
///   constexpr cim::Method<Process> methods[] = {
///       {.name = "Terminate", .parameters = terminate_parameters, .return_values = codes, .run = terminate},
///       {.name = "Create", .parameters = create_parameters, .return_values = codes, .run_static = create}};
namespace winrm::cim {

/// One parameter of a method, in the order of the class's documentation.
struct Parameter {
  std::string_view name;
  Type type = Type::string;
  bool array = false;
  bool is_in = false;
  bool is_out = false;
  bool is_optional = false;     ///< an input that may be left out or null
  std::string_view class_name;  ///< of a reference or an embedded instance
  std::span<ValueName const> value_map;

  [[nodiscard]] constexpr Parameter optional() const {
    Parameter copy = *this;
    copy.is_optional = true;
    return copy;
  }
  [[nodiscard]] constexpr Parameter of_class(std::string_view name_of_class) const {
    Parameter copy = *this;
    copy.class_name = name_of_class;
    return copy;
  }
  [[nodiscard]] constexpr Parameter values(std::span<ValueName const> map) const {
    Parameter copy = *this;
    copy.value_map = map;
    return copy;
  }
};

/// `std::vector<T>` declares an array.
template <class T>
[[nodiscard]] constexpr Parameter in(std::string_view name) {
  Parameter parameter;
  parameter.name = name;
  parameter.type = TypeOf<typename MemberTraits<T>::Element>::type;
  parameter.array = MemberTraits<T>::array;
  parameter.is_in = true;
  return parameter;
}
template <class T>
[[nodiscard]] constexpr Parameter out(std::string_view name) {
  Parameter parameter = in<T>(name);
  parameter.is_in = false;
  parameter.is_out = true;
  return parameter;
}

/// What a method returns: its ReturnValue and its out parameters. Those not put are null.
struct MethodResult {
  std::uint32_t return_value = 0;
  NamedValues out;

  // NOLINTNEXTLINE(google-explicit-constructor): most methods return a number and nothing else.
  MethodResult(std::uint32_t value) : return_value(value) {}
  template <class T>
  MethodResult& with(std::string_view name, T const& value) {
    out.put(name, value);
    return *this;
  }
};

/// A method and what runs it: exactly one of `run` (of an instance, whose keys at least are filled) and
/// `run_static` (of the class). They block, run as the account whose request it is, answer what Windows
/// documents as a return value with that value, and throw cim::Failure for everything else.
template <class Row>
struct Method {
  std::string_view name;
  std::span<Parameter const> parameters = {};
  std::span<ValueName const> return_values = {};
  MethodResult (*run)(system::Host const& host, Row const& row, NamedValues const& in) = nullptr;
  MethodResult (*run_static)(system::Host const& host, NamedValues const& in) = nullptr;
  Type return_type = Type::uint32;  ///< or boolean: 0 is false
};

/// A Method with its row type forgotten.
struct AnyMethod {
  std::string_view name;
  std::span<Parameter const> parameters;
  std::span<ValueName const> return_values;
  bool is_static = false;
  Type return_type = Type::uint32;
  /// `row` is null for a static method.
  BoundFunction<MethodResult(system::Host const& host, void const* row, NamedValues const& in)> run;
};

template <class Row>
[[nodiscard]] AnyMethod forget_row_type(Method<Row> const& method) {
  AnyMethod any{method.name,           method.parameters,  method.return_values,
                method.run == nullptr, method.return_type, {}};
  any.run = {std::make_shared<Method<Row> const>(method),
             [](void const* of, system::Host const& host, void const* row, NamedValues const& in) {
               auto const& typed = *static_cast<Method<Row> const*>(of);
               return typed.run != nullptr ? typed.run(host, *static_cast<Row const*>(row), in)
                                           : typed.run_static(host, in);
             }};
  return any;
}

}  // namespace winrm::cim
