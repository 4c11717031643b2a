#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/wql/query.hpp"
#include "plugins/wmi/enumeration.hpp"
#include "plugins/wmi/resource.hpp"
#include "wsman/actions.hpp"
#include "wsman/fault.hpp"
#include "wsman/read_selectors.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::wmi {

namespace {

namespace faults = wsman::faults;
using engine::EnumerationMode;
using engine::Polymorphism;
using unicode::equals_ignoring_case;

/// The plans of all classes whose instances the request means, without a filter yet.
std::vector<ClassPlan> plan_classes(cim::Class const& asked, Polymorphism polymorphism, bool has_filter) {
  std::vector<ClassPlan> plans;
  for (auto const* cls : concrete_classes(asked)) {
    if (polymorphism == Polymorphism::none && cls != &asked) continue;
    if (cls != &asked && !has_filter && cls->declaration().needs_condition) continue;
    ClassPlan plan;
    plan.cls = cls;
    plan.written_as = cls;
    if (polymorphism == Polymorphism::exclude_subclass_properties) {
      plan.written_as = &asked;
      plan.shown = cls->shared_with(asked);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// Nothing is computed that neither appears nor decides.
void narrow_queries(std::vector<ClassPlan>& plans, EnumerationMode mode) {
  for (auto& plan : plans) {
    auto const shown = mode == EnumerationMode::epr ? cim::PropertySet() : plan.shown;
    cim::Query query(shown);
    if (mode != EnumerationMode::object) query.want(plan.cls->key_set());
    if (plan.where) {
      query.want(plan.where->properties());
      plan.where->push_down(query);
    }
    plan.query = std::move(query);
  }
}

void add_condition(ClassPlan& plan, cim::wql::Expression const& where) {
  auto condition = cim::wql::Condition::bind(where, *plan.cls);
  if (!condition) throw faults::cannot_process_filter(condition.error().message);
  plan.where = *std::move(condition);
}

void add_columns(ClassPlan& plan, cim::Class const& asked, std::vector<std::string> const& columns) {
  if (columns.empty()) return;
  cim::PropertySet chosen;
  for (auto const& column : columns) {
    if (asked.find(column) == nullptr) {
      throw faults::cannot_process_filter(fmt::format("{} has no property {}", asked.name(), column));
    }
    chosen.add(plan.cls->find(column)->index);
  }
  plan.shown = chosen;
  plan.as_columns = true;
}

std::vector<ClassPlan> plan_wql(cim::Registry const& registry, Resource resource, std::string_view text,
                                Polymorphism polymorphism) {
  auto const query = cim::wql::parse(text);
  if (!query) throw faults::cannot_process_filter(fmt::format("WQL, {}", query.error().message));
  if (resource.class_name != "*" && !equals_ignoring_case(resource.class_name, query->class_name)) {
    throw faults::wql_resource_uri(
        fmt::format("the query is about {} and the resource URI about {}: end the URI in {}/*",
                    query->class_name, resource.class_name, resource.ns));
  }
  resource.class_name = query->class_name;
  auto const& asked = find_class(registry, resource);
  auto plans = plan_classes(asked, polymorphism, query->where.has_value());
  for (auto& plan : plans) {
    add_columns(plan, asked, query->columns);
    if (query->where) add_condition(plan, *query->where);
  }
  return plans;
}

/// A conjunction of equalities, one for each selector.
cim::wql::Expression expression_of(wsman::SelectorSet const& selectors) {
  using cim::wql::Expression;
  using cim::wql::Literal;
  Expression all{Expression::Kind::conjunction, {}, {}};
  for (auto const& selector : selectors) {
    Expression equality;
    equality.comparison.property = selector.name;
    equality.comparison.literal = Literal{Literal::Kind::string, selector.value};
    all.operands.push_back(std::move(equality));
  }
  return all;
}

std::vector<ClassPlan> plan_selector_filter(cim::Registry const& registry, Resource const& resource,
                                            engine::Filter const& filter, Polymorphism polymorphism) {
  auto const set = filter.element.child(ns::wsman, "SelectorSet");
  if (!set) throw faults::cannot_process_filter("the selector filter holds no SelectorSet");
  auto const selectors = wsman::read_selector_set(set);
  auto plans = plan_classes(find_class(registry, resource), polymorphism, !selectors.empty());
  if (selectors.empty()) return plans;
  for (auto& plan : plans) add_condition(plan, expression_of(selectors));
  return plans;
}

}  // namespace

EnumerationPlan plan_enumeration(cim::Registry const& registry, wsman::Request const& message,
                                 engine::EnumerateRequest const& request) {
  auto const resource = read_resource(message.resource_uri, message.selectors);
  if (has_keys(message.selectors)) throw faults::selectors_on_enumeration();

  EnumerationPlan plan{resource.style, {}};
  if (!request.filter) {
    if (resource.class_name == "*") {
      throw faults::wql_resource_uri(
          "the class * stands for the classes of a query, and there is no WQL filter");
    }
    plan.classes = plan_classes(find_class(registry, resource), request.polymorphism, false);
  } else if (equals_ignoring_case(request.filter->dialect, wsman::dialect::wql)) {
    plan.classes = plan_wql(registry, resource, request.filter->text, request.polymorphism);
  } else if (equals_ignoring_case(request.filter->dialect, wsman::dialect::selector)) {
    plan.classes = plan_selector_filter(registry, resource, *request.filter, request.polymorphism);
  } else {
    throw faults::filter_dialect_unavailable(request.filter->dialect);
  }
  narrow_queries(plan.classes, request.mode);
  return plan;
}

}  // namespace winrm::plugins::wmi
