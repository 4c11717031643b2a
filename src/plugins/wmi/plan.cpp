#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "cim/object_path.hpp"
#include "cim/wql/query.hpp"
#include "cim/wql/system_properties.hpp"
#include "plugins/wmi/associations.hpp"
#include "plugins/wmi/definitions.hpp"
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
    plan.may_refuse = cls != &asked && cls->declaration().needs_condition;
    if (polymorphism == Polymorphism::exclude_subclass_properties) {
      plan.written_as = &asked;
      plan.shown = cls->shared_with(asked);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

cim::wql::Condition bind_condition(cim::Class const& cls, cim::Registry const& registry,
                                   cim::wql::Expression const& where) {
  auto condition = cim::wql::Condition::bind(where, cls, &registry);
  if (!condition) throw faults::cannot_process_filter("WQL, " + condition.error().message);
  return *std::move(condition);
}

void add_condition(ClassPlan& plan, cim::Registry const& registry, cim::wql::Expression const& where) {
  plan.where = bind_condition(*plan.cls, registry, where);
}

void add_columns(ClassPlan& plan, cim::Class const& asked, std::vector<std::string> const& columns) {
  if (columns.empty()) return;
  cim::PropertySet chosen;
  for (auto const& column : columns) {
    // System properties may be asked for, and never appear in XML (windows reference 7.4).
    if (cim::wql::find_system_property(column) != nullptr) continue;
    if (asked.find(column) == nullptr) {
      throw faults::cannot_process_filter(fmt::format("{} has no property {}", asked.name(), column));
    }
    chosen.add(plan.cls->find(column)->index);
  }
  plan.shown = chosen;
  plan.as_columns = true;
}

std::vector<ClassPlan> plan_select(cim::Registry const& registry, Resource const& resource,
                                   cim::wql::Select const& query, Polymorphism polymorphism) {
  auto const& asked = find_class(registry, resource);
  // A query may only speak of what the class it names has, whatever the classes below it have.
  if (query.where) static_cast<void>(bind_condition(asked, registry, *query.where));
  auto plans = plan_classes(asked, polymorphism, query.where.has_value());
  for (auto& plan : plans) {
    add_columns(plan, asked, query.columns);
    if (query.where) add_condition(plan, registry, *query.where);
  }
  std::erase_if(plans, [](ClassPlan const& plan) { return plan.where && plan.where->never_holds(); });
  return plans;
}

/// The value of a selector as WQL writes it: an endpoint reference as the path of its object.
std::string literal_of(cim::Registry const& registry, wsman::Selector const& selector) {
  if (selector.reference.empty()) return selector.value;
  auto const reference = read_reference(registry, selector.reference.front());
  if (!reference) {
    throw faults::cannot_process_filter(
        fmt::format("selector {}: {}", selector.name, reference.error().message));
  }
  return fmt::format("{}:{}", reference->ns, cim::relative_path(*reference));
}

/// A conjunction of equalities, one for each selector.
cim::wql::Expression expression_of(cim::Registry const& registry, wsman::SelectorSet const& selectors) {
  using cim::wql::Expression;
  using cim::wql::Literal;
  Expression all{Expression::Kind::conjunction, {}, {}};
  for (auto const& selector : selectors) {
    Expression equality;
    equality.comparison.property = selector.name;
    equality.comparison.literal = Literal{Literal::Kind::string, literal_of(registry, selector)};
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
  for (auto& plan : plans) add_condition(plan, registry, expression_of(registry, selectors));
  return plans;
}

std::unique_ptr<engine::ItemSource> instances(Context const& context, cim::UriStyle style,
                                              EnumerationMode mode, std::vector<ClassPlan> plans) {
  for (auto& plan : plans) narrow_query(plan, mode);
  return std::make_unique<InstanceSource>(context, style, mode, std::move(plans));
}

/// A query in text about the namespace of the resource URI.
std::unique_ptr<engine::ItemSource> open_wql(Context const& context, Resource resource, std::string_view text,
                                             engine::EnumerateRequest const& request) {
  auto const statement = cim::wql::parse_statement(text);
  if (!statement) throw faults::cannot_process_filter(fmt::format("WQL, {}", statement.error().message));
  if (auto const* associations = std::get_if<cim::wql::Associations>(&*statement)) {
    if (resource.class_name != "*") {
      throw faults::wql_resource_uri(
          fmt::format("the query is about associations and the resource URI about {}: end the URI in {}/*",
                      resource.class_name, resource.ns));
    }
    return open_associations(context, resource, *associations, request.mode);
  }
  auto const& select = std::get<cim::wql::Select>(*statement);
  if (resource.class_name != "*" && !equals_ignoring_case(resource.class_name, select.class_name)) {
    throw faults::wql_resource_uri(
        fmt::format("the query is about {} and the resource URI about {}: end the URI in {}/*",
                    select.class_name, resource.class_name, resource.ns));
  }
  resource.class_name = select.class_name;
  if (is_meta_class(resource)) return open_definitions(context, resource, select.where, request.mode);
  return instances(context, resource.style, request.mode,
                   plan_select(context.registry, resource, select, request.polymorphism));
}

}  // namespace

std::unique_ptr<engine::ItemSource> open_enumeration(Context const& context, wsman::Request const& message,
                                                     engine::EnumerateRequest const& request) {
  auto const resource = read_resource(message.resource_uri, message.selectors);
  if (has_keys(message.selectors)) throw faults::selectors_on_enumeration();
  if (!request.filter) {
    if (resource.class_name == "*") {
      throw faults::wql_resource_uri(
          "the class * stands for the classes of a query, and there is no WQL filter");
    }
    if (is_meta_class(resource)) return open_definitions(context, resource, std::nullopt, request.mode);
    return instances(context, resource.style, request.mode,
                     plan_classes(find_class(context.registry, resource), request.polymorphism, false));
  }
  auto const& filter = *request.filter;
  if (equals_ignoring_case(filter.dialect, wsman::dialect::wql)) {
    return open_wql(context, resource, filter.text, request);
  }
  if (equals_ignoring_case(filter.dialect, wsman::dialect::selector)) {
    return instances(context, resource.style, request.mode,
                     plan_selector_filter(context.registry, resource, filter, request.polymorphism));
  }
  if (equals_ignoring_case(filter.dialect, wsman::dialect::association)) {
    return open_association_filter(context, resource, filter.element, request.mode);
  }
  throw faults::filter_dialect_unavailable(filter.dialect);
}

}  // namespace winrm::plugins::wmi
