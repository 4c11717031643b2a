#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cim/named_values.hpp"
#include "cim/schema.hpp"

namespace winrm::cim {

/// What a provider is asked for: which properties will be looked at, and which values of keys (or other
/// properties) are already known. Both are there to save work: a provider may compute more, and may return
/// rows that do not match, because the caller drops those. It must never leave out a row that matches.
class Query {
 public:
  struct Equality {
    std::size_t index;  ///< of the property
    Value value;
  };

  /// The instance a reference property must name, however its class or an ancestor of it is called.
  struct ReferenceEquality {
    std::size_t index;  ///< of the property
    Class const* cls;   ///< of the instance
    Reference reference;
  };

  Query() = default;
  explicit Query(PropertySet wanted) : wanted_(wanted) {}

  void require(std::size_t property_index, Value value) {
    equalities_.push_back({property_index, std::move(value)});
    wanted_.add(property_index);
  }
  void require(std::size_t property_index, Class const& cls, Reference reference) {
    references_.push_back({property_index, &cls, std::move(reference)});
    wanted_.add(property_index);
  }
  /// What the client sent along for providers (IWbemContext on Windows): names and text values.
  void set_options(std::shared_ptr<NamedValues const> options) { options_ = std::move(options); }
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const {
    return options_ ? options_->get<std::string>(name) : std::nullopt;
  }
  void want(PropertySet const& properties) { wanted_ |= properties; }

  /// Whether any of these row members will be looked at.
  template <auto Member, auto... Members, class Row = detail::RowOf<Member>>
  [[nodiscard]] bool wants() const {
    return wanted_.intersects(properties_of<Member>()) ||
           (wanted_.intersects(properties_of<Members>()) || ...);
  }

  /// The value this row member must have, when only rows with that value are of interest.
  template <auto Member, class Row = detail::RowOf<Member>>
  [[nodiscard]] auto equals() const {
    using Element = typename MemberTraits<detail::MemberOf<Member>>::Element;
    static constexpr PropertySet bound = properties_of<Member>();
    std::optional<Element> found;
    for (auto const& equality : equalities_) {
      if (bound.has(equality.index)) found = value_as<Element>(equality.value);
    }
    return found;
  }

  /// The instance this row member must name, when only rows that name it are of interest. Its class is the
  /// one the client knows: perhaps a parent of the class the provider would write.
  template <auto Member>
  [[nodiscard]] std::optional<Reference> refers() const {
    static constexpr PropertySet bound = properties_of<Member>();
    for (auto const& equality : references_) {
      if (bound.has(equality.index)) return equality.reference;
    }
    return std::nullopt;
  }

  [[nodiscard]] PropertySet const& wanted() const noexcept { return wanted_; }
  [[nodiscard]] std::vector<Equality> const& equalities() const noexcept { return equalities_; }
  [[nodiscard]] std::vector<ReferenceEquality> const& references() const noexcept { return references_; }

 private:
  PropertySet wanted_ = PropertySet::all();
  std::vector<Equality> equalities_;
  std::vector<ReferenceEquality> references_;
  std::shared_ptr<NamedValues const> options_;
};

}  // namespace winrm::cim
