#include "cim/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/unicode.hpp"
#include "cim/namespaces.hpp"

namespace winrm::cim {

namespace {

std::string registry_key(std::string_view ns, std::string_view class_name) {
  return unicode::to_lower_ascii(ns) + ":" + unicode::to_lower_ascii(class_name);
}

bool name_less(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, detail::fold, detail::fold);
}

std::string path_of(ClassName const& name) { return fmt::format("{}:{}", name.ns, name.name); }

bool equal(ClassProperty const& property, void const* row, Value const& wanted) {
  auto const rule = property.property.is_case_exact ? CaseRule::exact : CaseRule::ignore;
  return compare(property.property.value(row), wanted, rule) == 0;
}

}  // namespace

Class::Class(SchemaView schema, AnyProvider provider) : name_(schema.name), provider_(std::move(provider)) {
  properties_.reserve(schema.properties.size());
  for (auto const& property : schema.properties) {
    properties_.push_back({property, properties_.size(), {}, {}, {}});
  }
}

bool Class::is_a(Class const& ancestor) const noexcept {
  for (auto const* cls = this; cls != nullptr; cls = cls->parent_) {
    if (cls == &ancestor) return true;
  }
  return false;
}

bool Class::is_a(std::string_view ancestor) const noexcept {
  for (auto const* cls = this; cls != nullptr; cls = cls->parent_) {
    if (detail::same_name(cls->name_.name, ancestor)) return true;
  }
  return false;
}

bool Class::is_related_to(std::string_view other) const noexcept {
  return is_a(other) ||
         std::ranges::any_of(children_, [&](Class const* child) { return child->is_below(other); });
}

bool Class::is_below(std::string_view name) const noexcept {
  return detail::same_name(name_.name, name) ||
         std::ranges::any_of(children_, [&](Class const* child) { return child->is_below(name); });
}

bool Class::is_association() const noexcept {
  for (auto const* cls = this; cls != nullptr; cls = cls->parent_) {
    if (cls->name_.is_association) return true;
  }
  return false;
}

ClassProperty const* Class::find(std::string_view property_name) const noexcept {
  auto const found = std::ranges::lower_bound(properties_, property_name, name_less,
                                              [](ClassProperty const& p) { return p.property.name; });
  if (found == properties_.end() || !detail::same_name(found->property.name, property_name)) return nullptr;
  return &*found;
}

PropertySet Class::shared_with(Class const& ancestor) const {
  PropertySet shared;
  for (auto const& property : properties_) {
    if (ancestor.find(property.property.name) != nullptr) shared.add(property.index);
  }
  return shared;
}

std::unique_ptr<Cursor> Class::enumerate(system::Host const& host, Query query) const {
  return provider_.enumerate(host, std::move(query));
}

bool Class::get(system::Host const& host, Query const& query, AnyProvider::Visit const& visit) const {
  bool found = false;
  auto const visit_match = [&](void const* row) {
    if (found || !satisfies(query, row)) return;
    found = true;
    visit(row);
  };
  auto const search = [&](Query const& asked) {
    auto const cursor = enumerate(host, asked);
    while (!found) {
      auto const* row = cursor->next();
      if (row == nullptr) break;
      visit_match(row);
    }
  };
  if (provider_.get) {
    provider_.get(host, query, visit_match);
  } else if (provider_.enumerate) {
    search(query);
  }
  // Providers look texts up as they are written, which finds most of them at once.
  if (found || !provider_.enumerate) return found;
  if (auto const relaxed = in_any_case(query)) search(*relaxed);
  return found;
}

ClassProperty const& Class::property_at(std::size_t index) const {
  return *std::ranges::find(properties_, index, [](ClassProperty const& p) { return p.index; });
}

std::optional<Query> Class::in_any_case(Query const& query) const {
  bool const has_other_spellings =
      std::ranges::any_of(query.equalities(), [&](Query::Equality const& wanted) {
        auto const* text = std::get_if<std::string>(&wanted.value);
        return text != nullptr && detail::has_letter(*text) &&
               !property_at(wanted.index).property.is_case_exact;
      });
  if (!has_other_spellings) return std::nullopt;
  return query.in_any_case([&](std::size_t index) { return !property_at(index).property.is_case_exact; });
}

bool Class::satisfies(Query const& query, void const* row) const {
  return std::ranges::all_of(query.equalities(),
                             [&](Query::Equality const& wanted) {
                               return equal(property_at(wanted.index), row, wanted.value);
                             }) &&
         std::ranges::all_of(query.bounds(),
                             [&](Query::Bound const& least) {
                               auto const value = property_at(least.index).property.value(row);
                               return compare(value, least.value, CaseRule::ignore) >= 0;
                             }) &&
         std::ranges::all_of(query.references(), [&](Query::ReferenceEquality const& wanted) {
           auto const value = property_at(wanted.index).property.value(row);
           auto const* stored = std::get_if<Reference const*>(&value);
           return stored != nullptr && same_instance(*wanted.cls, wanted.reference, **stored);
         });
}

void Class::inherit_from(Class const& parent, std::vector<std::string>& problems) {
  parent_ = &parent;
  for (auto const& inherited : parent.properties_) {
    auto const& name = inherited.property.name;
    auto const own = std::ranges::find_if(
        properties_, [&](ClassProperty const& p) { return detail::same_name(p.property.name, name); });
    if (own == properties_.end()) {
      Property unfilled = inherited.property;
      unfilled.read = nullptr;
      unfilled.is_key = false;
      unfilled.is_writable = false;
      properties_.push_back({unfilled, properties_.size(), {}, {}, {}});
    } else if (own->property.type != inherited.property.type ||
               own->property.array != inherited.property.array) {
      problems.push_back(fmt::format("{} redefines {} of {} with another type", path_of(name_), name,
                                     path_of(parent.name_)));
    } else if (own->property.default_value.is_null()) {
      own->property.default_value = inherited.property.default_value;
    }
  }
}

void Class::finish() {
  std::ranges::sort(properties_, name_less, [](ClassProperty const& p) { return p.property.name; });
  for (auto& property : properties_) {
    auto const& name = property.property.name;
    property.open = fmt::format("<p:{}>", name);
    property.close = fmt::format("</p:{}>", name);
    property.nil = fmt::format("<p:{} xsi:nil=\"true\"/>", name);
    if (property.property.is_key) {
      keys_.push_back(&property);
      key_set_.add(property.index);
    }
  }
}

bool same_instance(Class const& cls, Reference const& wanted, Reference const& stored) {
  if (!detail::same_name(wanted.ns, stored.ns) || !cls.is_related_to(stored.class_name)) return false;
  // A singleton needs no keys to be named.
  if (cls.is_singleton() && (wanted.keys.empty() || stored.keys.empty())) return true;
  if (wanted.keys.size() != stored.keys.size()) return false;
  return std::ranges::all_of(wanted.keys, [&](Reference::Key const& key) {
    if (!key.reference.empty()) {
      auto const* target = stored.target(key.name);
      return target != nullptr && same_instance(key.reference.front(), *target);
    }
    auto const value = stored.key(key.name);
    auto const* property = cls.find(key.name);
    bool const exact = property != nullptr && property->property.is_case_exact;
    return value && compare(ValueView(std::string_view(*value)), Value(key.value),
                            exact ? CaseRule::exact : CaseRule::ignore) == 0;
  });
}

void Registry::add_abstract(SchemaView schema) { add(schema, AnyProvider()); }

void Registry::add(SchemaView schema, AnyProvider provider) {
  // Not make_unique: the constructor is the registry's alone.
  auto cls = std::unique_ptr<Class>(new Class(schema, std::move(provider)));
  auto const [at, added] = by_name_.emplace(registry_key(schema.name.ns, schema.name.name), cls.get());
  if (!added) throw std::logic_error(fmt::format("class {} is registered twice", path_of(schema.name)));
  classes_.push_back(std::move(cls));
}

void Registry::add_namespace_classes() {
  std::vector<std::string_view> used;
  for (auto const& cls : classes_) used.push_back(cls->ns());
  *namespaces_ = all_namespaces(used);
  for (auto const& ns : *namespaces_) add(namespace_schema(ns), namespace_provider(ns, *namespaces_));
}

void Registry::seal() {
  add_namespace_classes();
  std::vector<std::string> problems;
  // Parents first: a class inherits what its parent has, inherited properties included.
  std::vector<Class*> waiting;
  for (auto const& [key, cls] : by_name_) waiting.push_back(cls);
  std::vector<Class const*> done;
  auto const is_done = [&](Class const* cls) { return std::ranges::find(done, cls) != done.end(); };
  while (!waiting.empty()) {
    auto const before = waiting.size();
    std::erase_if(waiting, [&](Class* cls) {
      auto const& name = cls->name_;
      if (!name.parent.empty()) {
        auto const parent = by_name_.find(registry_key(name.ns, name.parent));
        if (parent == by_name_.end()) {
          problems.push_back(fmt::format("{} has the unknown parent {}", path_of(name), name.parent));
          done.push_back(cls);
          return true;
        }
        if (!is_done(parent->second)) return false;
        cls->inherit_from(*parent->second, problems);
        parent->second->children_.push_back(cls);
      }
      if (cls->has_instances() == name.is_abstract) {
        problems.push_back(fmt::format("{} must have a provider or be abstract, not both", path_of(name)));
      }
      if (cls->properties_.size() > PropertySet::capacity) {
        problems.push_back(
            fmt::format("{} has more than {} properties", path_of(name), PropertySet::capacity));
      }
      done.push_back(cls);
      return true;
    });
    if (waiting.size() == before) {
      for (auto const* cls : waiting) problems.push_back(path_of(cls->name_) + " descends from itself");
      break;
    }
  }
  if (!problems.empty()) throw std::logic_error(fmt::format("class registry: {}", fmt::join(problems, "; ")));
  for (auto const& [key, cls] : by_name_) cls->finish();
}

Class const* Registry::find(std::string_view ns, std::string_view class_name) const {
  auto const found = by_name_.find(registry_key(ns, class_name));
  return found == by_name_.end() ? nullptr : found->second;
}

bool Registry::has_namespace(std::string_view ns) const {
  return std::ranges::any_of(*namespaces_, [&](auto const& known) { return detail::same_name(known, ns); });
}

}  // namespace winrm::cim
