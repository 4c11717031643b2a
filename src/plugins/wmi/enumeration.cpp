#include "plugins/wmi/enumeration.hpp"

namespace winrm::plugins::wmi {

InstanceSource::InstanceSource(system::Host const& host, cim::UriStyle style, engine::EnumerationMode mode,
                               std::vector<ClassPlan> plans)
    : host_(host), style_(style), mode_(mode), plans_(std::move(plans)) {}

bool InstanceSource::next(engine::Item& item) {
  auto const* row = next_row();
  if (row == nullptr) return false;
  auto const& plan = plans_[current_];
  item.object.clear();
  item.reference.clear();
  if (mode_ != engine::EnumerationMode::epr) {
    cim::append_instance(item.object, style_, *plan.written_as, *plan.cls, row, plan.shown);
  }
  if (mode_ != engine::EnumerationMode::object) {
    cim::append_endpoint_reference(item.reference, style_, *plan.cls, row);
  }
  return true;
}

void const* InstanceSource::next_row() {
  while (current_ < plans_.size()) {
    auto const& plan = plans_[current_];
    if (!rows_) rows_ = plan.cls->enumerate(host_, plan.query);
    if (auto const* row = rows_->next()) return row;
    rows_.reset();
    ++current_;
  }
  return nullptr;
}

}  // namespace winrm::plugins::wmi
