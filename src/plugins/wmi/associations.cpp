#include "plugins/wmi/associations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/object_path.hpp"
#include "plugins/wmi/definitions.hpp"
#include "plugins/wmi/enumeration.hpp"
#include "plugins/wmi/failures.hpp"
#include "wsman/fault.hpp"
#include "wsman/request.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;
using cim::wql::Associations;
using engine::EnumerationMode;
using unicode::equals_ignoring_case;

/// One way through an association: from the object in the role `from` to the one in the role `to`.
struct Leg {
  cim::Class const* association = nullptr;
  cim::ClassProperty const* from = nullptr;
  cim::ClassProperty const* to = nullptr;  ///< null where only the association itself is asked for
};

/// An association query with its names looked up.
struct Search {
  Context context;
  cim::UriStyle style;
  EnumerationMode mode;
  Associations query;
  std::vector<std::string> included;  ///< properties of the result that are asked for; empty for all
  cim::Class const* source = nullptr;
  cim::Reference object;  ///< an instance of `source`; unused when only the schema is asked about
};

/// The qualifiers of MOF that a class here can have.
bool has_qualifier(cim::Class const& cls, std::string_view name) {
  return (equals_ignoring_case(name, "Association") && cls.is_association()) ||
         (equals_ignoring_case(name, "Abstract") && !cls.has_instances()) ||
         (equals_ignoring_case(name, "Dynamic") && cls.has_instances()) ||
         (equals_ignoring_case(name, "Singleton") && cls.is_singleton()) ||
         (equals_ignoring_case(name, "Description") && !cls.declaration().description.empty());
}

bool fits(cim::Class const& cls, std::string_view class_name, std::string_view qualifier) {
  return (class_name.empty() || cls.is_a(class_name)) && (qualifier.empty() || has_qualifier(cls, qualifier));
}

bool is_association_asked_for(Search const& search, cim::Class const& cls) {
  auto const& query = search.query;
  if (!cls.is_association() || !cls.has_instances() || !equals_ignoring_case(cls.ns(), search.source->ns()))
    return false;
  return query.kind == Associations::Kind::references
             ? fits(cls, query.result_class, query.required_qualifier)
             : fits(cls, query.association_class, query.required_assoc_qualifier);
}

bool is_role(cim::ClassProperty const& property, std::string_view role) {
  return property.property.type == cim::Type::reference && property.property.read != nullptr &&
         (role.empty() || equals_ignoring_case(property.property.name, role));
}

/// Whether a reference property may name instances of a class by its declaration.
bool may_refer_to(cim::ClassProperty const& property, cim::Registry const& registry, cim::Class const& cls) {
  auto const* declared = registry.find(cls.ns(), property.property.class_name);
  return declared == nullptr || declared->is_related_to(cls);
}

std::vector<Leg> legs_of(Search const& search) {
  std::vector<Leg> legs;
  auto const& registry = search.context.registry;
  auto const* result = search.query.result_class.empty()
                           ? nullptr
                           : registry.find(search.source->ns(), search.query.result_class);
  for (auto const& cls : registry.classes()) {
    if (!is_association_asked_for(search, *cls)) continue;
    for (auto const& from : cls->properties()) {
      if (!is_role(from, search.query.role) || !may_refer_to(from, registry, *search.source)) continue;
      if (search.query.kind == Associations::Kind::references) {
        legs.push_back({cls.get(), &from, nullptr});
        continue;
      }
      for (auto const& to : cls->properties()) {
        if (&to == &from || !is_role(to, search.query.result_role)) continue;
        if (result != nullptr && !may_refer_to(to, registry, *result)) continue;
        legs.push_back({cls.get(), &from, &to});
      }
    }
  }
  return legs;
}

cim::PropertySet shown_of(Search const& search, cim::Class const& cls) {
  if (search.query.keys_only) return cls.key_set();
  if (search.included.empty()) return cim::PropertySet::all();
  cim::PropertySet shown;
  for (auto const& name : search.included) {
    if (auto const* property = cls.find(name)) shown.add(property->index);
  }
  return shown;
}

ClassPlan result_plan(Search const& search, cim::Class const& cls) {
  ClassPlan plan;
  plan.cls = &cls;
  plan.written_as = &cls;
  plan.shown = shown_of(search, cls);
  narrow_query(plan, search.mode);
  return plan;
}

std::vector<ClassPlan> reference_plans(Search const& search, std::vector<Leg> const& legs) {
  std::vector<ClassPlan> plans;
  for (auto const& leg : legs) {
    auto plan = result_plan(search, *leg.association);
    plan.query.require(leg.from->index, *search.source, search.object);
    plan.may_refuse = leg.association->declaration().needs_condition;
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// The instances at the other ends, one after the other; one that is linked twice comes twice.
class AssociatorSource final : public engine::ItemSource {
 public:
  AssociatorSource(Search search, std::vector<Leg> legs)
      : search_(std::move(search)), legs_(std::move(legs)) {}

  bool next(engine::Item& item) override { return next_before(item, nullptr); }
  bool next_within(engine::Item& item, engine::TimeLimit const& limit) override {
    return next_before(item, &limit);
  }

  /// Calls `visit` with the next instance that fits; false at the end. `limit` may be null.
  bool next_instance(VisitInstance const& visit, engine::TimeLimit const* limit) {
    while (auto const* end = next_end(limit)) {
      if (visit_end(*end, visit)) return true;
      if (limit != nullptr && limit->is_over()) throw engine::TimeIsOver();
    }
    return false;
  }

 private:
  bool next_before(engine::Item& item, engine::TimeLimit const* limit) {
    auto const write = [&](cim::Class const& cls, void const* row) {
      write_item(item, search_.style, search_.mode, result_plan(search_, cls), row);
    };
    return with_faults([&] { return next_instance(write, limit); });
  }

  /// The other end of the next association of the object; null when there is none.
  cim::Reference const* next_end(engine::TimeLimit const* limit) {
    for (; current_ < legs_.size(); ++current_) {
      auto const& leg = legs_[current_];
      try {
        if (auto const* end = next_end_of(leg, limit)) return end;
      } catch (cim::Failure const& failure) {
        // An association without bounds may not be known from this end.
        bool const may_refuse = leg.association->declaration().needs_condition;
        if (!may_refuse || !wants_another_condition(failure)) throw;
      }
      rows_.reset();
    }
    return nullptr;
  }

  cim::Reference const* next_end_of(Leg const& leg, engine::TimeLimit const* limit) {
    if (!rows_) {
      query_ = cim::Query(cim::PropertySet());
      query_.set_options(search_.context.options);
      query_.require(leg.from->index, *search_.source, search_.object);
      cim::PropertySet other_end;
      other_end.add(leg.to->index);
      query_.want(other_end);
      rows_ = leg.association->enumerate(search_.context.host, query_);
    }
    while (auto const* row = rows_->next()) {
      if (leg.association->satisfies(query_, row)) {
        end_ = leg.to->property.value(row);
        if (auto const* reference = std::get_if<cim::Reference const*>(&end_)) return *reference;
      }
      if (limit != nullptr && limit->is_over()) throw engine::TimeIsOver();
    }
    return nullptr;
  }

  bool visit_end(cim::Reference const& end, VisitInstance const& visit) const {
    auto const* named = search_.context.registry.find(end.ns, end.class_name);
    if (named == nullptr) return false;
    bool fitted = false;
    auto const wanted = [&](cim::Class const& cls) { return result_plan(search_, cls).query.wanted(); };
    // What an association names may be gone by now.
    bool const found =
        find_instance(search_.context, *named, end.keys, wanted, [&](cim::Class const& cls, void const* row) {
          fitted = fits(cls, search_.query.result_class, search_.query.required_qualifier);
          if (fitted) visit(cls, row);
        });
    return found && fitted;
  }

  Search search_;
  std::vector<Leg> legs_;
  std::size_t current_ = 0;
  cim::Query query_;
  cim::ValueView end_;
  std::unique_ptr<cim::Cursor> rows_;
};

void add_once(std::vector<cim::Class const*>& classes, cim::Class const* cls) {
  if (cls != nullptr && std::ranges::find(classes, cls) == classes.end()) classes.push_back(cls);
}

/// SchemaOnly: what the declarations of the associations say, without looking at an instance.
std::vector<cim::Class const*> declared_results(Search const& search, std::vector<Leg> const& legs) {
  std::vector<cim::Class const*> classes;
  for (auto const& leg : legs) {
    if (leg.to == nullptr) {
      add_once(classes, leg.association);
      continue;
    }
    auto const* end = search.context.registry.find(search.source->ns(), leg.to->property.class_name);
    if (end != nullptr && fits(*end, search.query.result_class, search.query.required_qualifier))
      add_once(classes, end);
  }
  return classes;
}

/// ClassDefsOnly: the classes of the instances that would be answered.
std::vector<cim::Class const*> classes_of_results(Search search, std::vector<Leg> legs) {
  std::vector<cim::Class const*> classes;
  search.mode = EnumerationMode::epr;
  if (search.query.kind == Associations::Kind::references) {
    for (auto const& leg : legs) {
      InstanceSource one(search.context, search.style, search.mode, reference_plans(search, {leg}));
      engine::Item item;
      if (one.next(item)) add_once(classes, leg.association);
    }
    return classes;
  }
  AssociatorSource source(std::move(search), std::move(legs));
  auto const add = [&](cim::Class const& cls, void const*) { add_once(classes, &cls); };
  while (source.next_instance(add, nullptr)) {
  }
  return classes;
}

/// Finds the object: its own class, and its keys as it has them.
void locate(Search& search, cim::Class const& asked, std::vector<cim::Reference::Key> const& keys) {
  auto const wanted = [](cim::Class const& cls) { return cls.key_set(); };
  visit_instance(search.context, asked, keys, wanted, [&](cim::Class const& cls, void const* row) {
    search.source = &cls;
    search.object = cim::reference_to(cls, row);
  });
}

void require_class(Search const& search, std::string_view name) {
  if (name.empty() || search.context.registry.find(search.source->ns(), name) != nullptr) return;
  throw faults::cannot_process_filter(fmt::format("there is no class {} in {}", name, search.source->ns()));
}

std::unique_ptr<engine::ItemSource> open(Search search) {
  require_class(search, search.query.result_class);
  require_class(search, search.query.association_class);
  auto legs = legs_of(search);
  auto const style = search.style;
  auto const mode = search.mode;
  if (search.query.schema_only) return make_definition_source(style, mode, declared_results(search, legs));
  if (search.query.class_definitions_only) {
    return make_definition_source(style, mode, classes_of_results(std::move(search), std::move(legs)));
  }
  if (search.query.kind == Associations::Kind::references) {
    return std::make_unique<InstanceSource>(search.context, style, mode, reference_plans(search, legs));
  }
  return std::make_unique<AssociatorSource>(std::move(search), std::move(legs));
}

std::string text_of(xml::Element const& parent, std::string_view name) {
  return parent.child(ns::cim_binding, name).trimmed_text();
}

}  // namespace

std::unique_ptr<engine::ItemSource> open_associations(Context const& context, Resource const& resource,
                                                      Associations const& query, EnumerationMode mode) {
  auto const refuse = [&](std::string const& why) { return faults::cannot_process_filter("WQL, " + why); };
  auto const path = cim::parse_object_path(query.path);
  if (!path) throw refuse(path.error().message);
  auto const reference = cim::resolve(context.registry, resource.ns, *path);
  if (!reference) throw refuse(reference.error().message);
  auto const& asked = *context.registry.find(reference->ns, reference->class_name);
  Search search{context, resource.style, mode, query, {}, &asked, {}};
  if (query.schema_only) return open(std::move(search));
  if (path->names_class() && !asked.is_singleton()) {
    throw refuse(fmt::format("the path names the class {}: name an instance by its keys, or add SchemaOnly",
                             asked.name()));
  }
  locate(search, asked, reference->keys);
  return open(std::move(search));
}

std::unique_ptr<engine::ItemSource> open_association_filter(Context const& context, Resource const& resource,
                                                            xml::Element const& filter,
                                                            EnumerationMode mode) {
  auto const body = filter.first_child();
  bool const associated = body.is(ns::cim_binding, "AssociatedInstances");
  if (!associated && !body.is(ns::cim_binding, "AssociationInstances")) {
    throw faults::cannot_process_filter(
        fmt::format("the association filter holds neither AssociatedInstances nor AssociationInstances of "
                    "the namespace {}",
                    ns::cim_binding));
  }
  auto const object = body.child(ns::cim_binding, "Object");
  if (!object) throw faults::cannot_process_filter("the association filter names no Object");
  Associations query;
  query.kind = associated ? Associations::Kind::associators : Associations::Kind::references;
  query.result_class = text_of(body, "ResultClassName");
  query.role = text_of(body, "Role");
  if (associated) {
    query.association_class = text_of(body, "AssociationClassName");
    query.result_role = text_of(body, "ResultRole");
  }
  auto const reference = read_reference(context.registry, wsman::read_endpoint_reference(object));
  if (!reference) throw faults::cannot_process_filter(reference.error().message);
  Search search{context, resource.style, mode, std::move(query), {}, nullptr, {}};
  for (auto const child : body.children()) {
    if (child.is(ns::cim_binding, "IncludeResultProperty")) search.included.push_back(child.trimmed_text());
  }
  locate(search, *context.registry.find(reference->ns, reference->class_name), reference->keys);
  return open(std::move(search));
}

}  // namespace winrm::plugins::wmi
