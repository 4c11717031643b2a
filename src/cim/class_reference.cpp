#include "cim/class_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace winrm::cim {

namespace {

template <class... Arguments>
void line(std::string& out, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), text, std::forward<Arguments>(arguments)...);
  out += '\n';
}

/// In a cell of a table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (char const c : text) {
    if (c == '|') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string anchor(std::string_view class_name) {
  std::string lower;
  for (char const c : class_name) lower += detail::fold(c);
  return lower;
}

std::string type_text(Type type, bool array, std::string_view class_name) {
  auto text = std::string(name_of(type));
  if (!class_name.empty()) text += " " + std::string(class_name);
  return array ? text + "[]" : text;
}

std::string value_text(std::span<ValueName const> map) {
  std::vector<std::string> values;
  for (auto const& [value, name] : map) values.push_back(fmt::format("{} {}", value, name));
  return fmt::format("{}", fmt::join(values, ", "));
}

void append_sentence(std::string& text, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!text.empty()) text += ' ';
  text += sentence;
  if (!text.ends_with('.')) text += '.';
}

std::string notes_on(Property const& property) {
  std::string notes;
  if (property.is_key) append_sentence(notes, "Key");
  if (property.is_writable) append_sentence(notes, "Writable");
  if (property.is_changing) append_sentence(notes, "Changes by itself");
  if (property.is_case_exact) append_sentence(notes, "Compared with its case");
  if (property.read == &detail::read_fixed) {
    append_sentence(notes, fmt::format("Always `{}`", to_text(property.fixed)));
  }
  if (!property.unit.empty()) append_sentence(notes, fmt::format("In {}", property.unit));
  if (!property.default_value.is_null()) {
    append_sentence(notes, fmt::format("Default `{}`", to_text(property.default_value)));
  }
  append_sentence(notes, property.description);
  if (!property.value_map.empty()) append_sentence(notes, value_text(property.value_map));
  return notes;
}

void append_properties(std::string& out, Class const& cls) {
  std::vector<std::string> unknown;
  bool has_table = false;
  for (auto const& [property, index, open, close, nil] : cls.properties()) {
    if (property.read == nullptr) {
      auto const fallback = property.default_value.is_null()
                                ? std::string()
                                : fmt::format(", default {}", to_text(property.default_value));
      unknown.push_back(fmt::format("{} ({}{})", property.name,
                                    type_text(property.type, property.array, property.class_name), fallback));
      continue;
    }
    if (!has_table) line(out, "| Property | Type | |\n| --- | --- | --- |");
    has_table = true;
    line(out, "| `{}` | {} | {} |", property.name,
         type_text(property.type, property.array, property.class_name), cell(notes_on(property)));
  }
  if (has_table) out += '\n';
  if (unknown.empty()) return;
  line(out, "{}: {}.\n", cls.has_instances() ? "Always null, for want of the fact on Linux" : "Properties",
       fmt::join(unknown, ", "));
}

void append_method(std::string& out, AnyMethod const& method) {
  std::vector<std::string> parameters;
  for (auto const& parameter : method.parameters) {
    parameters.push_back(fmt::format("{}{} {}{}", parameter.is_out ? "out " : "",
                                     type_text(parameter.type, parameter.array, parameter.class_name),
                                     parameter.name, parameter.is_optional ? " (optional)" : ""));
  }
  line(out, "- `{}`{}: {}.", method.name, method.is_static ? " (of the class)" : "",
       parameters.empty() ? "no parameters" : fmt::format("{}", fmt::join(parameters, ", ")));
  for (auto const& parameter : method.parameters) {
    if (!parameter.value_map.empty()) line(out, "  {}: {}.", parameter.name, value_text(parameter.value_map));
  }
  if (method.return_type == Type::boolean) line(out, "  Returns a boolean.");
  if (!method.return_values.empty()) line(out, "  Returns {}.", value_text(method.return_values));
}

void append_methods(std::string& out, Class const& cls) {
  if (cls.provider().methods.empty()) return;
  line(out, "Methods:\n");
  for (auto const& method : cls.provider().methods) append_method(out, method);
  out += '\n';
}

std::string what_it_is(Class const& cls) {
  std::string text;
  auto const& declared = cls.declaration();
  if (!declared.description.empty()) append_sentence(text, declared.description);
  if (cls.is_association()) append_sentence(text, "Association");
  if (cls.is_singleton()) append_sentence(text, "One instance, which needs no key");
  if (!cls.has_instances()) append_sentence(text, "Has no instances of its own");
  if (declared.is_only_by_name) append_sentence(text, "Enumerated only under its own name");
  if (declared.needs_condition) append_sentence(text, "Enumerated only under a condition that bounds it");
  auto const& provider = cls.provider();
  std::vector<std::string_view> changes;
  if (provider.put) changes.emplace_back("changed (Put)");
  if (provider.create) changes.emplace_back("created");
  if (provider.remove) changes.emplace_back("deleted");
  if (!changes.empty()) append_sentence(text, fmt::format("Instances can be {}", fmt::join(changes, ", ")));
  return text;
}

void append_class(std::string& out, Class const& cls) {
  line(out, "### {}\n", cls.name());
  auto text = what_it_is(cls);
  if (cls.parent() != nullptr) {
    text = fmt::format("Derives from [{0}](#{1}).{2}{3}", cls.parent()->name(), anchor(cls.parent()->name()),
                       text.empty() ? "" : " ", text);
  }
  if (!text.empty()) line(out, "{}\n", text);
  append_properties(out, cls);
  append_methods(out, cls);
}

std::vector<Class const*> classes_in(Registry const& registry, std::string_view ns) {
  std::vector<Class const*> classes;
  for (auto const& cls : registry.classes()) {
    // __NAMESPACE is the same everywhere and described once.
    if (detail::same_name(cls->ns(), ns) && !cls->name().starts_with("__")) classes.push_back(cls.get());
  }
  std::ranges::sort(classes, {}, [](Class const* cls) { return cls->name(); });
  return classes;
}

}  // namespace

std::string class_reference(Registry const& registry) {
  std::string out;
  line(out, "# Classes\n");
  line(out,
       "<!-- Made from the classes' declarations in src/providers by scripts/generate: change them there. "
       "-->\n");
  line(out,
       "Every CIM class of the service, by namespace. Properties mean what Windows documents, unless the\n"
       "table says otherwise; what Linux has no fact for is null. Every namespace also has `__NAMESPACE` "
       "(key\n"
       "`Name`), whose instances are the namespaces below it, and `meta_class`, whose instances are the "
       "classes.\n"
       "To add a class, see [writing-a-provider.md](writing-a-provider.md).\n");
  for (auto const& ns : registry.namespaces()) {
    auto const classes = classes_in(registry, ns);
    if (classes.empty()) continue;
    line(out, "## {}\n", ns);
    for (auto const* cls : classes) append_class(out, *cls);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace winrm::cim
