#include "plugins/wmi/enumeration.hpp"

#include "plugins/wmi/failures.hpp"
#include "plugins/wmi/fragment.hpp"

namespace winrm::plugins::wmi {

InstanceSource::InstanceSource(Context context, cim::UriStyle style, engine::EnumerationMode mode,
                               std::vector<ClassPlan> plans)
    : context_(std::move(context)), style_(style), mode_(mode), plans_(std::move(plans)) {
  for (auto& plan : plans_) plan.query.set_options(context_.options);
}

bool InstanceSource::next_before(engine::Item& item, engine::TimeLimit const* limit) {
  auto const* row = with_faults([&] { return next_row(limit); });
  if (row == nullptr) return false;
  write_item(item, style_, mode_, plans_[current_], row);
  return true;
}

void const* InstanceSource::next_row(engine::TimeLimit const* limit) {
  for (; current_ < plans_.size(); ++current_) {
    auto const& plan = plans_[current_];
    try {
      if (auto const* row = next_row_of(plan, limit)) return row;
    } catch (cim::Failure const& failure) {
      if (!plan.may_refuse || !wants_another_condition(failure)) throw;
    }
    rows_.reset();
  }
  return nullptr;
}

void const* InstanceSource::next_row_of(ClassPlan const& plan, engine::TimeLimit const* limit) {
  if (!rows_) rows_ = plan.cls->enumerate(context_.host, plan.query);
  while (auto const* row = rows_->next()) {
    bool const is_linked = plan.query.references().empty() || plan.cls->satisfies(plan.query, row);
    if (is_linked && (!plan.where || plan.where->holds(row))) return row;
    if (limit != nullptr && limit->is_over()) throw engine::TimeIsOver();
  }
  return nullptr;
}

void write_item(engine::Item& item, cim::UriStyle style, engine::EnumerationMode mode, ClassPlan const& plan,
                void const* row) {
  item.object.clear();
  item.reference.clear();
  if (mode != engine::EnumerationMode::epr) {
    auto const append = plan.as_columns ? append_columns : cim::append_instance;
    append(item.object, style, *plan.written_as, *plan.cls, row, plan.shown);
  }
  if (mode != engine::EnumerationMode::object) {
    cim::append_endpoint_reference(item.reference, style, *plan.cls, row);
  }
}

void narrow_query(ClassPlan& plan, engine::EnumerationMode mode) {
  auto const shown = mode == engine::EnumerationMode::epr ? cim::PropertySet() : plan.shown;
  cim::Query query(shown);
  if (mode != engine::EnumerationMode::object) query.want(plan.cls->key_set());
  if (plan.where) {
    query.want(plan.where->properties());
    plan.where->push_down(query);
  }
  plan.query = std::move(query);
}

}  // namespace winrm::plugins::wmi
