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
    bool any_case = false;  ///< a text that is meant in any case
  };

  /// The least value a property may have.
  struct Bound {
    std::size_t index;  ///< of the property
    Value value;
  };

  /// The instance a reference property must name, however its class or an ancestor of it is called.
  struct ReferenceEquality {
    std::size_t index;  ///< of the property
    Class const* cls;   ///< of the instance
    Reference reference;
  };

  Query();
  explicit Query(PropertySet wanted);
  Query(Query const&);
  Query(Query&&) noexcept;
  Query& operator=(Query const&);
  Query& operator=(Query&&) noexcept;
  ~Query();

  void require(std::size_t property_index, Value value);
  void require_in_any_case(std::size_t property_index, std::string text);
  void require_at_least(std::size_t property_index, Value value);
  void require(std::size_t property_index, Class const& cls, Reference reference);
  /// What the client sent along for providers (IWbemContext on Windows): names and text values.
  void set_options(std::shared_ptr<NamedValues const> options) { options_ = std::move(options); }
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
  void want(PropertySet const& properties) { wanted_ |= properties; }

  /// Whether any of these row members will be looked at.
  template <auto Member, auto... Members, class Row = detail::RowOf<Member>>
  [[nodiscard]] bool wants() const {
    return wanted_.intersects(properties_of<Member>()) ||
           (wanted_.intersects(properties_of<Members>()) || ...);
  }

  /// The value this row member must have, when only rows with that value are of interest. Texts are those to
  /// be looked up as they are written; see equals_in_any_case().
  template <auto Member, class Row = detail::RowOf<Member>>
  [[nodiscard]] auto equals() const {
    using Element = typename MemberTraits<detail::MemberOf<Member>>::Element;
    static constexpr PropertySet bound = properties_of<Member>();
    std::optional<Element> found;
    for (auto const& equality : equalities_) {
      if (bound.has(equality.index) && !equality.any_case) found = value_as<Element>(equality.value);
    }
    return found;
  }

  /// The text this row member must have but for the case of its letters, when only such rows are of interest.
  template <auto Member, class Row = detail::RowOf<Member>>
  [[nodiscard]] std::optional<std::string> equals_in_any_case() const {
    static constexpr PropertySet bound = properties_of<Member>();
    for (auto const& equality : equalities_) {
      if (bound.has(equality.index)) return value_as<std::string>(equality.value);
    }
    return std::nullopt;
  }

  /// The least value this row member must have, when only such rows are of interest.
  template <auto Member, class Row = detail::RowOf<Member>>
  [[nodiscard]] auto at_least() const {
    using Element = typename MemberTraits<detail::MemberOf<Member>>::Element;
    static constexpr PropertySet bound = properties_of<Member>();
    for (auto const& least : bounds_) {
      if (bound.has(least.index)) return value_as<Element>(least.value);
    }
    return std::optional<Element>();
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

  /// The same query with the texts of the properties `may_differ` says yes to in any case.
  template <class MayDiffer>
  [[nodiscard]] Query in_any_case(MayDiffer const& may_differ) const {
    Query copy = *this;
    for (auto& equality : copy.equalities_) {
      equality.any_case = std::holds_alternative<std::string>(equality.value) && may_differ(equality.index);
    }
    return copy;
  }

  [[nodiscard]] PropertySet const& wanted() const noexcept { return wanted_; }
  [[nodiscard]] std::vector<Equality> const& equalities() const noexcept { return equalities_; }
  [[nodiscard]] std::vector<Bound> const& bounds() const noexcept { return bounds_; }
  [[nodiscard]] std::vector<ReferenceEquality> const& references() const noexcept { return references_; }

 private:
  PropertySet wanted_ = PropertySet::all();
  std::vector<Equality> equalities_;
  std::vector<Bound> bounds_;
  std::vector<ReferenceEquality> references_;
  std::shared_ptr<NamedValues const> options_;
};

}  // namespace winrm::cim
