#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "cim/registry.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {

/// What a comparison is about.
struct Scope {
  Class const& cls;
  Registry const* registry;  ///< null: references cannot be compared
  bool is_class;             ///< the class itself, of which only system properties are known
};

/// One comparison of a WHERE clause, ready for the rows of a class. Immutable.
class Test {
 public:
  virtual ~Test() = default;
  /// Nothing when a null is compared.
  [[nodiscard]] virtual std::optional<bool> evaluate(void const* row) const = 0;
  /// True when the answer is the same for every row, null included.
  [[nodiscard]] virtual bool is_about_class() const { return false; }
  virtual void add_properties(PropertySet&) const {}
  /// Tells `query` the value that every row must have.
  virtual void push_down(Query&) const {}
};

/// The error says what does not fit and where.
[[nodiscard]] Result<std::shared_ptr<Test const>> make_test(Comparison const& comparison, Scope const& scope);

/// LIKE: % any run, _ one character, [a-f] one of a set, [^a-f] one not of it. Bytes outside ASCII match as
/// whole UTF-8 characters for _ and sets, exactly otherwise.
[[nodiscard]] bool matches_like(std::string_view text, std::string_view pattern, CaseRule rule);

}  // namespace winrm::cim::wql
