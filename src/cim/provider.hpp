#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cim/announcer.hpp"
#include "cim/bound_function.hpp"
#include "cim/failure.hpp"
#include "cim/generator.hpp"
#include "cim/method.hpp"
#include "cim/query.hpp"

namespace winrm::system {
class Host;
}

namespace winrm::cim {

/// How the rows of a class are had and changed: plain blocking functions over the machine they are given.
/// They run on worker threads, several at once, as the account whose request it is; they keep no state of
/// their own. What a class does not support stays null. Changes throw cim::Failure when they cannot be made.
template <class Row>
struct Provider {
  /// Every instance, one after the other. Host and query outlive the generator.
  Generator<Row> (*enumerate)(system::Host const& host, Query const& query);
  /// The instance whose keys are in query.equals<…>(), reading no more than it takes. Without it, a lookup
  /// goes through enumerate().
  std::optional<Row> (*get)(system::Host const& host, Query const& query) = nullptr;
  std::span<Method<Row> const> methods = {};
  /// Changes writable properties of an instance whose keys at least are filled. `changes` holds only
  /// properties that were sent and are writable.
  void (*put)(system::Host const& host, Row const& row, NamedValues const& changes) = nullptr;
  /// Makes an instance and returns its keys. `properties` holds only properties of the class.
  Reference (*create)(system::Host const& host, NamedValues const& properties) = nullptr;
  /// Deletes an instance whose keys at least are filled.
  void (*remove)(system::Host const& host, Row const& row) = nullptr;
  /// Begins to tell of changes of the instances that satisfy the query. Without it, changes are found by
  /// enumerating again and comparing. It returns an Announcer<Row>; host and query outlive it.
  std::unique_ptr<AnyAnnouncer> (*watch)(system::Host const& host, Query const& query) = nullptr;
};

/// Rows of one class with their type forgotten. Used by one thread at a time.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// The next row, valid until the next call; null at the end.
  [[nodiscard]] virtual void const* next() = 0;
};

/// A Provider with its row type forgotten. What a class does not support is empty.
struct AnyProvider {
  using Visit = std::function<void(void const* row)>;

  AnyProvider();
  AnyProvider(AnyProvider&&) noexcept;
  AnyProvider& operator=(AnyProvider&&) noexcept;
  ~AnyProvider();

  BoundFunction<std::unique_ptr<Cursor>(system::Host const&, Query&&)> enumerate;
  /// Calls `visit` with the row when there is one; empty when the provider has no lookup by key.
  BoundFunction<void(system::Host const&, Query const&, Visit const& visit)> get;
  std::vector<AnyMethod> methods;
  BoundFunction<void(system::Host const&, void const* row, NamedValues const& changes)> put;
  BoundFunction<Reference(system::Host const&, NamedValues const& properties)> create;
  BoundFunction<void(system::Host const&, void const* row)> remove;
  BoundFunction<std::unique_ptr<AnyAnnouncer>(system::Host const&, Query const&)> watch;
  /// An owned copy of a row.
  BoundFunction<std::shared_ptr<void const>(void const* row)> copy;
};

namespace detail {

template <class Row>
class RowCursor final : public Cursor {
 public:
  RowCursor(Provider<Row> const& provider, system::Host const& host, Query query)
      : query_(std::move(query)), rows_(provider.enumerate(host, query_)) {}
  void const* next() override { return rows_.next(); }

 private:
  Query query_;  // the generator refers to it: it stays where it is
  Generator<Row> rows_;
};

}  // namespace detail

template <class Row>
[[nodiscard]] AnyProvider forget_row_type(Provider<Row> const& provider) {
  auto const known = std::make_shared<Provider<Row> const>(provider);
  AnyProvider any;
  any.enumerate = {known,
                   [](void const* of, system::Host const& host, Query&& query) -> std::unique_ptr<Cursor> {
                     auto const& typed = *static_cast<Provider<Row> const*>(of);
                     return std::make_unique<detail::RowCursor<Row>>(typed, host, std::move(query));
                   }};
  if (provider.get != nullptr) {
    any.get = {known, [](void const* of, system::Host const& host, Query const& query,
                         AnyProvider::Visit const& visit) {
                 auto const& typed = *static_cast<Provider<Row> const*>(of);
                 if (std::optional<Row> const row = typed.get(host, query)) visit(&*row);
               }};
  }
  for (auto const& method : provider.methods) any.methods.push_back(forget_row_type(method));
  if (provider.put != nullptr) {
    any.put = {known,
               [](void const* of, system::Host const& host, void const* row, NamedValues const& changes) {
                 static_cast<Provider<Row> const*>(of)->put(host, *static_cast<Row const*>(row), changes);
               }};
  }
  if (provider.create != nullptr) {
    any.create = {known, [](void const* of, system::Host const& host, NamedValues const& properties) {
                    return static_cast<Provider<Row> const*>(of)->create(host, properties);
                  }};
  }
  if (provider.remove != nullptr) {
    any.remove = {known, [](void const* of, system::Host const& host, void const* row) {
                    static_cast<Provider<Row> const*>(of)->remove(host, *static_cast<Row const*>(row));
                  }};
  }
  if (provider.watch != nullptr) {
    any.watch = {known, [](void const* of, system::Host const& host, Query const& query) {
                   return static_cast<Provider<Row> const*>(of)->watch(host, query);
                 }};
  }
  any.copy = {nullptr, [](void const*, void const* row) -> std::shared_ptr<void const> {
                return std::make_shared<Row const>(*static_cast<Row const*>(row));
              }};
  return any;
}

}  // namespace winrm::cim
