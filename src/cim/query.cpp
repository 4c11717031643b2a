#include "cim/query.hpp"

namespace winrm::cim {

Query::Query() = default;
Query::Query(PropertySet wanted) : wanted_(wanted) {}
Query::Query(Query const&) = default;
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query const&) = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

void Query::require(std::size_t property_index, Value value) {
  equalities_.push_back({property_index, std::move(value)});
  wanted_.add(property_index);
}

void Query::require_in_any_case(std::size_t property_index, std::string text) {
  equalities_.push_back({property_index, std::move(text), true});
  wanted_.add(property_index);
}

void Query::require_at_least(std::size_t property_index, Value value) {
  bounds_.push_back({property_index, std::move(value)});
  wanted_.add(property_index);
}

void Query::require(std::size_t property_index, Class const& cls, Reference reference) {
  references_.push_back({property_index, &cls, std::move(reference)});
  wanted_.add(property_index);
}

std::optional<std::string> Query::option(std::string_view name) const {
  return options_ ? options_->get<std::string>(name) : std::nullopt;
}

}  // namespace winrm::cim
