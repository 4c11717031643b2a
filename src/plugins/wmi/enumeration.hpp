#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "cim/wql/condition.hpp"
#include "engine/plugin.hpp"
#include "plugins/wmi/instance.hpp"

namespace winrm::plugins::wmi {

/// One class whose instances belong to an enumeration, and what is asked of them.
struct ClassPlan {
  cim::Class const* cls = nullptr;
  /// The class itself, or the ancestor whose properties alone are asked for.
  cim::Class const* written_as = nullptr;
  cim::Query query;
  cim::PropertySet shown = cim::PropertySet::all();
  std::optional<cim::wql::Condition> where;
  /// A class without bounds that the client did not name itself: when its provider wants another condition,
  /// it is left out.
  bool may_refuse = false;
  bool as_columns = false;  ///< items are w:XmlFragment: a WQL query with a column list
};

/// Instances of one class after the other, each made when it is asked for.
class InstanceSource final : public engine::ItemSource {
 public:
  InstanceSource(Context context, cim::UriStyle style, engine::EnumerationMode mode,
                 std::vector<ClassPlan> plans);
  bool next(engine::Item& item) override { return next_before(item, nullptr); }
  bool next_within(engine::Item& item, engine::TimeLimit const& limit) override {
    return next_before(item, &limit);
  }

 private:
  /// `limit` may be null.
  bool next_before(engine::Item& item, engine::TimeLimit const* limit);
  [[nodiscard]] void const* next_row(engine::TimeLimit const* limit);
  [[nodiscard]] void const* next_row_of(ClassPlan const& plan, engine::TimeLimit const* limit);

  Context context_;
  cim::UriStyle style_;
  engine::EnumerationMode mode_;
  std::vector<ClassPlan> plans_;
  std::size_t current_ = 0;
  std::unique_ptr<cim::Cursor> rows_;
};

/// Appends what `mode` asks for of one row.
void write_item(engine::Item& item, cim::UriStyle style, engine::EnumerationMode mode, ClassPlan const& plan,
                void const* row);

/// Nothing is computed that neither appears nor decides: sets the plan's query.
void narrow_query(ClassPlan& plan, engine::EnumerationMode mode);

/// Reads resource URI, selectors, polymorphism and filter of an Enumerate. Throws wsman::Fault.
[[nodiscard]] std::unique_ptr<engine::ItemSource> open_enumeration(Context const& context,
                                                                   wsman::Request const& message,
                                                                   engine::EnumerateRequest const& request);

}  // namespace winrm::plugins::wmi
