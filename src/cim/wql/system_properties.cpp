#include "cim/wql/system_properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace winrm::cim::wql {

namespace {

using Kind = SystemProperty::Kind;

constexpr std::array properties{
    SystemProperty{"__CLASS", Kind::class_name, Type::string},
    SystemProperty{"__SUPERCLASS", Kind::superclass, Type::string},
    SystemProperty{"__DYNASTY", Kind::dynasty, Type::string},
    SystemProperty{"__NAMESPACE", Kind::name_space, Type::string},
    SystemProperty{"__SERVER", Kind::server, Type::string},
    SystemProperty{"__GENUS", Kind::genus, Type::sint32},
    SystemProperty{"__PROPERTY_COUNT", Kind::property_count, Type::sint32},
    SystemProperty{"__DERIVATION", Kind::derivation, Type::string},
    SystemProperty{"__RELPATH", Kind::relative_path, Type::string},
    SystemProperty{"__PATH", Kind::absolute_path, Type::string},
    SystemProperty{"__this", Kind::self, Type::instance},
};

std::string with_backslashes(std::string_view ns) {
  std::string text(ns);
  std::ranges::replace(text, '/', '\\');
  return text;
}

std::string_view dynasty(Class const& cls) {
  auto const* top = &cls;
  while (top->parent() != nullptr) top = top->parent();
  return top->name();
}

}  // namespace

SystemProperty const* find_system_property(std::string_view name) {
  auto const* const found = std::ranges::find_if(
      properties, [&](SystemProperty const& property) { return detail::same_name(property.name, name); });
  return found == properties.end() ? nullptr : found;
}

std::string system_property_names() {
  std::string names;
  for (auto const& property : properties) {
    if (!names.empty()) names += ", ";
    names += property.name;
  }
  return names;
}

Value system_value(Class const& cls, SystemProperty const& property, bool of_class) {
  switch (property.kind) {
    case Kind::class_name:
      return Value(std::string(cls.name()));
    case Kind::superclass:
      return cls.parent() != nullptr ? Value(std::string(cls.parent()->name())) : Value();
    case Kind::dynasty:
      return Value(std::string(dynasty(cls)));
    case Kind::name_space:
      return Value(with_backslashes(cls.ns()));
    case Kind::genus:
      return Value(std::int64_t{of_class ? 1 : 2});
    case Kind::property_count:
      return Value(static_cast<std::int64_t>(cls.properties().size()));
    case Kind::relative_path:
      return of_class ? Value(std::string(cls.name())) : Value();
    case Kind::absolute_path:
      return of_class ? Value(absolute_path(cls, cls.name())) : Value();
    case Kind::server:
    case Kind::derivation:
    case Kind::self:
      break;
  }
  return {};
}

std::string absolute_path(Class const& cls, std::string_view relative) {
  return fmt::format(R"(\\.\{}:{})", with_backslashes(cls.ns()), relative);
}

}  // namespace winrm::cim::wql
