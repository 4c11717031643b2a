#include "cim/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/unicode.hpp"

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
  if (provider_.get) {
    provider_.get(host, query, visit_match);
  } else if (provider_.enumerate) {
    auto const cursor = provider_.enumerate(host, query);
    while (!found) {
      auto const* row = cursor->next();
      if (row == nullptr) break;
      visit_match(row);
    }
  }
  return found;
}

// A provider may ignore what a query requires, so every row it returns is compared.
bool Class::satisfies(Query const& query, void const* row) const {
  return std::ranges::all_of(query.equalities(), [&](Query::Equality const& wanted) {
    auto const property =
        std::ranges::find(properties_, wanted.index, [](ClassProperty const& p) { return p.index; });
    return property != properties_.end() && equal(*property, row, wanted.value);
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
      properties_.push_back({unfilled, properties_.size(), {}, {}, {}});
    } else if (own->property.type != inherited.property.type ||
               own->property.array != inherited.property.array) {
      problems.push_back(fmt::format("{} redefines {} of {} with another type", path_of(name_), name,
                                     path_of(parent.name_)));
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

void Registry::add_abstract(SchemaView schema) { add(schema, AnyProvider()); }

void Registry::add(SchemaView schema, AnyProvider provider) {
  // Not make_unique: the constructor is the registry's alone.
  auto cls = std::unique_ptr<Class>(new Class(schema, std::move(provider)));
  auto const [at, added] = by_name_.emplace(registry_key(schema.name.ns, schema.name.name), cls.get());
  if (!added) throw std::logic_error(fmt::format("class {} is registered twice", path_of(schema.name)));
  classes_.push_back(std::move(cls));
}

void Registry::seal() {
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
  return std::ranges::any_of(classes_, [&](auto const& cls) { return detail::same_name(cls->ns(), ns); });
}

}  // namespace winrm::cim
