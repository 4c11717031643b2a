#pragma once

#include <memory>
#include <vector>

#include "cim/instance_xml.hpp"
#include "cim/registry.hpp"
#include "engine/plugin.hpp"

namespace winrm::plugins::wmi {

/// One class whose instances belong to an enumeration, and what is asked of them.
struct ClassPlan {
  cim::Class const* cls = nullptr;
  cim::Class const* written_as =
      nullptr;  ///< the class itself, or the ancestor whose properties are asked for
  cim::Query query;
  cim::PropertySet shown = cim::PropertySet::all();
};

/// Instances of one class after the other, each made when it is asked for.
class InstanceSource final : public engine::ItemSource {
 public:
  InstanceSource(system::Host const& host, cim::UriStyle style, engine::EnumerationMode mode,
                 std::vector<ClassPlan> plans);
  bool next(engine::Item& item) override;

 private:
  [[nodiscard]] void const* next_row();

  system::Host const& host_;
  cim::UriStyle style_;
  engine::EnumerationMode mode_;
  std::vector<ClassPlan> plans_;
  std::size_t current_ = 0;
  std::unique_ptr<cim::Cursor> rows_;
};

}  // namespace winrm::plugins::wmi
