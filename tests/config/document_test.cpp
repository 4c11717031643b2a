#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/unicode.hpp"
#include "config/load.hpp"
#include "config/table.hpp"
#include "support/committed_document.hpp"

namespace winrm::config {
namespace {

using support::expect_committed;

TEST(Document, TheCommittedReferenceIsUpToDate) { expect_committed("docs/configuration.md", document()); }
TEST(Document, TheCommittedManualIsUpToDate) { expect_committed("docs/man/winrm.toml.5", manual_page()); }

TEST(Table, EveryNameIsDeclaredOnce) {
  std::set<std::string> names;
  for (auto const& row : setting_rows()) {
    EXPECT_TRUE(
        names.insert(unicode::to_lower_ascii(std::string(row.table) + "." + std::string(row.name))).second)
        << row.table << "." << row.name;
    EXPECT_FALSE(row.meaning.empty()) << row.name;
  }
  for (auto const& row : listener_rows()) {
    EXPECT_TRUE(
        names.insert(unicode::to_lower_ascii(std::string(row.table) + "." + std::string(row.name))).second)
        << row.name;
    EXPECT_EQ(row.table, listener_table);
  }
}

TEST(Table, EveryNumberHasARangeThatHoldsItsDefault) {
  Settings defaults;
  for (auto const& row : setting_rows()) {
    if (auto const* field = std::get_if<std::uint32_t& (*)(Settings&)>(&row.field)) {
      auto const* range = std::get_if<Range>(&row.rule);
      ASSERT_NE(range, nullptr) << row.name;
      EXPECT_GE((*field)(defaults), range->low) << row.name;
      EXPECT_LE((*field)(defaults), range->high) << row.name;
    }
    if (std::holds_alternative<std::monostate>(row.field)) {
      EXPECT_FALSE(std::holds_alternative<Anything>(row.rule)) << row.name << " would be accepted in silence";
    }
  }
}

}  // namespace
}  // namespace winrm::config
