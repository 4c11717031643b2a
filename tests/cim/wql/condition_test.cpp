#include "cim/wql/condition.hpp"

#include <gtest/gtest.h>

#include "cim/samples.hpp"

namespace winrm::cim::wql {
namespace {

using samples::Everything;

class WqlCondition : public testing::Test {
 protected:
  Result<Condition> bind(std::string const& where) {
    auto const query = parse("SELECT * FROM Sample_Everything WHERE " + where);
    EXPECT_TRUE(query) << query.error().message;
    return Condition::bind(*query->where, cls_);
  }
  bool holds(std::string const& where) {
    auto const condition = bind(where);
    EXPECT_TRUE(condition) << condition.error().message;
    return condition->holds(&row_);
  }

  Registry registry_ = samples::make_registry();
  Class const& cls_ = *registry_.find("root/sample", "Sample_Everything");
  Everything row_ = [] {
    Everything row;
    row.name = "Alpha";
    row.u32 = 10;
    row.s32 = -5;
    row.r64 = 2.5;
    row.path = "/Mnt";
    row.when = DateTime{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2), 0};
    return row;
  }();
};

TEST_F(WqlCondition, B1_ComparesByTypeOfTheProperty) {
  EXPECT_TRUE(holds("U32 = 10"));
  EXPECT_TRUE(holds("U32 = '10'"));
  EXPECT_TRUE(holds("U32 > 9"));  // as text "10" comes before "9"
  EXPECT_FALSE(holds("U32 >= 11"));
  EXPECT_TRUE(holds("S32 < -4"));
  EXPECT_TRUE(holds("R64 <> 2"));
  EXPECT_TRUE(holds("10 = U32"));
}

TEST_F(WqlCondition, B5_StringsCompareWithoutCaseButPathsWithIt) {
  EXPECT_TRUE(holds("Name = 'ALPHA'"));
  EXPECT_TRUE(holds("name = 'alpha'"));
  EXPECT_TRUE(holds("Path = '/Mnt'"));
  EXPECT_FALSE(holds("Path = '/mnt'"));
}

TEST_F(WqlCondition, B1_TruthTableWithNull) {
  EXPECT_FALSE(holds("Flag = TRUE"));
  EXPECT_FALSE(holds("NOT Flag = TRUE"));
  EXPECT_TRUE(holds("Flag = TRUE OR U32 = 10"));
  EXPECT_FALSE(holds("Flag = TRUE AND U32 = 10"));
  EXPECT_FALSE(holds("NOT (Flag = TRUE AND U32 = 10)"));
  EXPECT_TRUE(holds("NOT (Flag = TRUE AND U32 = 11)"));
  row_.flag = false;
  EXPECT_TRUE(holds("NOT Flag = TRUE"));
  EXPECT_TRUE(holds("Flag = 0"));
  EXPECT_TRUE(holds("(Flag = TRUE OR U32 = 10) AND NOT S32 = 0"));
}

TEST_F(WqlCondition, B2_NullIsFoundOnlyByIs) {
  EXPECT_TRUE(holds("Flag IS NULL"));
  EXPECT_FALSE(holds("Name IS NULL"));
  EXPECT_TRUE(holds("Name IS NOT NULL"));
  EXPECT_TRUE(holds("Never IS NULL"));
}

TEST_F(WqlCondition, B6_ComparesDates) {
  EXPECT_TRUE(holds("When > '20260101000000.000000+000'"));
  EXPECT_TRUE(holds("When = '2026-01-02T01:00:00+01:00'"));
  EXPECT_FALSE(holds("When < '20260102000000.000000+000'"));
}

TEST_F(WqlCondition, BadComparisonsAreRefusedWithTheirPlace) {
  EXPECT_EQ(bind("Nonsense = 1").error().message, "character 39: Sample_Everything has no property Nonsense");
  EXPECT_EQ(bind("U32 = 'ten'").error().message, "character 39: \"ten\" is not a uint32");
  EXPECT_FALSE(bind("U32 LIKE '1%'"));
  EXPECT_FALSE(bind("Flag > TRUE"));
  EXPECT_FALSE(bind("Words = 'x'"));
}

TEST_F(WqlCondition, PushesDownWhatEveryRowMustEqual) {
  Query query;
  bind("U32 = 10 AND (U16 = 1 OR U16 = 2) AND Path = '/Mnt'")->push_down(query);
  EXPECT_EQ(query.equals<&Everything::u32>(), 10U);
  EXPECT_EQ(query.equals<&Everything::path>(), "/Mnt");
  EXPECT_EQ(query.equals<&Everything::u16>(), std::nullopt);
}

TEST_F(WqlCondition, DoesNotPushDownTextWhoseCaseIsOpen) {
  Query query;
  bind("Name = 'Alpha'")->push_down(query);
  EXPECT_EQ(query.equals<&Everything::name>(), std::nullopt);
  bind("Name = '42'")->push_down(query);
  EXPECT_EQ(query.equals<&Everything::name>(), "42");
}

struct Like {
  std::string_view text;
  std::string_view pattern;
  bool matches;
};
class LikePattern : public testing::TestWithParam<Like> {};

TEST_P(LikePattern, B3_Matches) {
  auto const& [text, pattern, expected] = GetParam();
  EXPECT_EQ(matches_like(text, pattern, CaseRule::ignore), expected) << text << " LIKE " << pattern;
}

INSTANTIATE_TEST_SUITE_P(
    B3, LikePattern,
    testing::Values(Like{"sshd", "ssh%", true}, Like{"sshd", "%HD", true}, Like{"sshd", "s%d", true},
                    Like{"sshd", "ssh", false}, Like{"", "%", true}, Like{"", "", true}, Like{"x", "", false},
                    Like{"", "_", false}, Like{"sshd", "____", true}, Like{"sshd", "___", false},
                    Like{"cat", "[a-c]at", true}, Like{"rat", "[a-c]at", false},
                    Like{"rat", "[^a-c]at", true}, Like{"a_b", "a[_]b", true}, Like{"axb", "a[_]b", false},
                    Like{"100%", "100[%]", true}, Like{"a]b", "a[]]b", true}, Like{"a-b", "a[x-]b", true},
                    Like{"[x", "[x", true}, Like{"aaab", "%a%b", true}, Like{"aaa", "%a%b", false},
                    Like{"B", "[a-c]", true}, Like{"\xC3\xA9t\xC3\xA9", "_t_", true},
                    Like{"\xC3\xA9", "[\xC3\xA8-\xC3\xAA]", true}));

TEST(LikePatternTime, ManyPercentSignsDoNotExplode) {
  std::string const text(4000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "%a";
  pattern += "b";
  EXPECT_FALSE(matches_like(text, pattern, CaseRule::ignore));
}

}  // namespace
}  // namespace winrm::cim::wql
