#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cim/provider.hpp"
#include "cim/schema.hpp"

namespace winrm::cim {

/// A property in its place in a class, with its tags ready to be written.
struct ClassProperty {
  Property property;
  std::size_t index = 0;  ///< in PropertySets of this class
  std::string open;       ///< "<p:Name>"
  std::string close;      ///< "</p:Name>"
  std::string nil;        ///< "<p:Name xsi:nil=\"true\"/>"
};

/// A registered class: its schema with what it inherits, its place in the hierarchy, its provider. Immutable
/// once the registry is made; thread-safe.
class Class {
 public:
  [[nodiscard]] std::string_view ns() const noexcept { return name_.ns; }
  [[nodiscard]] std::string_view name() const noexcept { return name_.name; }
  [[nodiscard]] Class const* parent() const noexcept { return parent_; }
  [[nodiscard]] std::span<Class const* const> children() const noexcept { return children_; }
  [[nodiscard]] bool is_singleton() const noexcept { return name_.is_singleton; }
  /// False for a class that is only a parent of others.
  [[nodiscard]] bool has_instances() const noexcept { return static_cast<bool>(provider_.enumerate); }
  /// True for this class and every class below `ancestor`.
  [[nodiscard]] bool is_a(Class const& ancestor) const noexcept;

  /// True when one of the two is the other or descends from it: an instance may be of both.
  [[nodiscard]] bool is_related_to(Class const& other) const noexcept {
    return is_a(other) || other.is_a(*this);
  }
  /// is_a() and is_related_to() by name, without case, within this class's own tree.
  [[nodiscard]] bool is_a(std::string_view ancestor) const noexcept;
  [[nodiscard]] bool is_related_to(std::string_view other) const noexcept;
  /// Declared so here or by an ancestor.
  [[nodiscard]] bool is_association() const noexcept;

  /// Own and inherited properties in the order they are written: by name, without case.
  [[nodiscard]] std::span<ClassProperty const> properties() const noexcept { return properties_; }
  [[nodiscard]] std::span<ClassProperty const* const> keys() const noexcept { return keys_; }
  /// By name, without case; null when there is none.
  [[nodiscard]] ClassProperty const* find(std::string_view property_name) const noexcept;
  [[nodiscard]] PropertySet const& key_set() const noexcept { return key_set_; }
  /// The properties of this class that `ancestor` has too.
  [[nodiscard]] PropertySet shared_with(Class const& ancestor) const;

  /// The instances of exactly this class (none for an abstract one). `host` outlives the cursor.
  [[nodiscard]] std::unique_ptr<Cursor> enumerate(system::Host const& host, Query query) const;
  /// Finds the instance whose keys `query` requires, or the only one of a singleton, and calls `visit` with
  /// its row. A text key with another case finds it too where the class does not tell cases apart. False when
  /// there is none.
  bool get(system::Host const& host, Query const& query, AnyProvider::Visit const& visit) const;

  /// Whether a row has every value and names every instance that `query` requires: a provider may ignore what
  /// it is asked for.
  [[nodiscard]] bool satisfies(Query const& query, void const* row) const;

  [[nodiscard]] ClassName const& declaration() const noexcept { return name_; }
  /// Its provider's methods and changes; what is inherited is the caller's to look up in parent().
  [[nodiscard]] AnyProvider const& provider() const noexcept { return provider_; }

 private:
  friend class Registry;
  Class(SchemaView schema, AnyProvider provider);
  void inherit_from(Class const& parent, std::vector<std::string>& problems);
  void finish();
  [[nodiscard]] bool is_below(std::string_view name) const noexcept;
  [[nodiscard]] ClassProperty const& property_at(std::size_t index) const;
  [[nodiscard]] std::optional<Query> in_any_case(Query const& query) const;

  ClassName name_;
  AnyProvider provider_;
  Class const* parent_ = nullptr;
  std::vector<Class const*> children_;
  std::vector<ClassProperty> properties_;
  std::vector<ClassProperty const*> keys_;
  PropertySet key_set_;
};

/// Whether `stored` names the instance of `cls` that `wanted` names: the classes are related and the keys are
/// equal, by the case rule of each.
[[nodiscard]] bool same_instance(Class const& cls, Reference const& wanted, Reference const& stored);

/// Every class there is. Filled by a visible list of add() calls, then sealed; after that immutable and
/// thread-safe.
class Registry {
 public:
  Registry() = default;
  Registry(Registry&&) = default;
  Registry& operator=(Registry&&) = default;

  /// A class that only is the parent of others.
  void add_abstract(SchemaView schema);
  template <class Row>
  void add(Provider<Row> provider) {
    add(SchemaView(schema_of<Row>), forget_row_type(provider));
  }
  void add(SchemaView schema, AnyProvider provider);

  /// Links children to parents and hands properties down. Throws std::logic_error naming everything wrong:
  /// a class added twice, an unknown parent, a property that changes its parent's type, a missing key.
  void seal();

  /// Without case; null when there is none.
  [[nodiscard]] Class const* find(std::string_view ns, std::string_view class_name) const;
  [[nodiscard]] bool has_namespace(std::string_view ns) const;
  /// Every namespace and its parents, "root" first, sorted.
  [[nodiscard]] std::vector<std::string> const& namespaces() const noexcept { return *namespaces_; }
  [[nodiscard]] std::deque<std::unique_ptr<Class const>> const& classes() const noexcept { return classes_; }

 private:
  void add_namespace_classes();

  std::deque<std::unique_ptr<Class const>> classes_;
  // On the heap: the schemas of __NAMESPACE refer to it, also when the registry moves.
  std::unique_ptr<std::vector<std::string>> namespaces_ = std::make_unique<std::vector<std::string>>();
  std::map<std::string, Class*, std::less<>> by_name_;  // "root/cimv2:win32_process"
};

}  // namespace winrm::cim
