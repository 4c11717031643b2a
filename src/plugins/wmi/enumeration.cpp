#include "plugins/wmi/enumeration.hpp"

#include "plugins/wmi/failures.hpp"
#include "plugins/wmi/fragment.hpp"

namespace winrm::plugins::wmi {

InstanceSource::InstanceSource(system::Host const& host, engine::EnumerationMode mode, EnumerationPlan plan)
    : host_(host), mode_(mode), plan_(std::move(plan)) {}

bool InstanceSource::next(engine::Item& item) {
  auto const* row = with_faults([&] { return next_row(); });
  if (row == nullptr) return false;
  item.object.clear();
  item.reference.clear();
  write(item, plan_.classes[current_], row);
  return true;
}

void const* InstanceSource::next_row() {
  while (current_ < plan_.classes.size()) {
    auto const& plan = plan_.classes[current_];
    if (!rows_) rows_ = plan.cls->enumerate(host_, plan.query);
    while (auto const* row = rows_->next()) {
      if (!plan.where || plan.where->holds(row)) return row;
    }
    rows_.reset();
    ++current_;
  }
  return nullptr;
}

void InstanceSource::write(engine::Item& item, ClassPlan const& plan, void const* row) const {
  if (mode_ != engine::EnumerationMode::epr) {
    auto const append = plan.as_columns ? append_columns : cim::append_instance;
    append(item.object, plan_.style, *plan.written_as, *plan.cls, row, plan.shown);
  }
  if (mode_ != engine::EnumerationMode::object) {
    cim::append_endpoint_reference(item.reference, plan_.style, *plan.cls, row);
  }
}

}  // namespace winrm::plugins::wmi
