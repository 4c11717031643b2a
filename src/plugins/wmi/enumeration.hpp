#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "cim/wql/condition.hpp"
#include "engine/plugin.hpp"

namespace winrm::plugins::wmi {

/// One class whose instances belong to an enumeration, and what is asked of them.
struct ClassPlan {
  cim::Class const* cls = nullptr;
  /// The class itself, or the ancestor whose properties alone are asked for.
  cim::Class const* written_as = nullptr;
  cim::Query query;
  cim::PropertySet shown = cim::PropertySet::all();
  std::optional<cim::wql::Condition> where;
  bool as_columns = false;  ///< items are w:XmlFragment: a WQL query with a column list
};

struct EnumerationPlan {
  cim::UriStyle style = cim::UriStyle::windows;
  std::vector<ClassPlan> classes;
};

/// Reads resource URI, selectors, polymorphism and filter of an Enumerate. Throws wsman::Fault.
[[nodiscard]] EnumerationPlan plan_enumeration(cim::Registry const& registry, wsman::Request const& message,
                                               engine::EnumerateRequest const& request);

/// Instances of one class after the other, each made when it is asked for.
class InstanceSource final : public engine::ItemSource {
 public:
  /// `host` outlives the source.
  InstanceSource(system::Host const& host, engine::EnumerationMode mode, EnumerationPlan plan);
  bool next(engine::Item& item) override;

 private:
  [[nodiscard]] void const* next_row();
  void write(engine::Item& item, ClassPlan const& plan, void const* row) const;

  system::Host const& host_;
  engine::EnumerationMode mode_;
  EnumerationPlan plan_;
  std::size_t current_ = 0;
  std::unique_ptr<cim::Cursor> rows_;
};

}  // namespace winrm::plugins::wmi
