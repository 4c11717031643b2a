#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "cim/wql/query.hpp"

namespace winrm::cim::wql {
namespace {

using Kind = Expression::Kind;

TEST(WqlParser, B1_ReadsColumnsAndClass) {
  auto const query = parse("select Name, ProcessId from Win32_Process");
  ASSERT_TRUE(query);
  EXPECT_THAT(query->columns, testing::ElementsAre("Name", "ProcessId"));
  EXPECT_EQ(query->class_name, "Win32_Process");
  EXPECT_FALSE(query->where);
}

TEST(WqlParser, B1_AndBindsTighterThanOrAndNotTighterStill) {
  auto const query = parse("SELECT * FROM C WHERE a=1 OR NOT b=2 AND c=3");
  ASSERT_TRUE(query);
  auto const& where = *query->where;
  ASSERT_EQ(where.kind, Kind::disjunction);
  ASSERT_EQ(where.operands.size(), 2U);
  EXPECT_EQ(where.operands[0].comparison.property, "a");
  ASSERT_EQ(where.operands[1].kind, Kind::conjunction);
  EXPECT_EQ(where.operands[1].operands[0].kind, Kind::negation);
}

TEST(WqlParser, B1_TheConstantMayStandFirst) {
  auto const query = parse("SELECT * FROM C WHERE 5 < a");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->where->comparison.property, "a");
  EXPECT_EQ(query->where->comparison.op, Operator::greater);
}

TEST(WqlParser, B2_IsNullAndIsNotNull) {
  EXPECT_EQ(parse("SELECT * FROM C WHERE a IS NULL")->where->comparison.op, Operator::is_null);
  EXPECT_EQ(parse("SELECT * FROM C WHERE a is not null")->where->comparison.op, Operator::is_not_null);
}

TEST(WqlParser, B5_QuotesAndEscapes) {
  EXPECT_EQ(parse(R"(SELECT * FROM C WHERE a='it\'s')")->where->comparison.literal.text, "it's");
  EXPECT_EQ(parse(R"(SELECT * FROM C WHERE a="c:\\x")")->where->comparison.literal.text, R"(c:\x)");
  EXPECT_EQ(parse(R"(SELECT * FROM C WHERE a="it's")")->where->comparison.literal.text, "it's");
}

struct Bad {
  std::string_view text;
  std::string_view complaint;
};
class BadWql : public testing::TestWithParam<Bad> {};

TEST_P(BadWql, SaysWhereAndWhatWasExpected) {
  auto const query = parse(GetParam().text);
  ASSERT_FALSE(query) << GetParam().text;
  EXPECT_EQ(query.error().message, GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadWql,
    testing::Values(
        Bad{"", "character 1: expected SELECT, found the end of the query"},
        Bad{"DELETE FROM C", "character 1: expected SELECT, found \"DELETE\""},
        Bad{"SELECT * FORM C", "character 10: expected FROM, found \"FORM\""},
        Bad{"SELECT FROM C", "character 8: expected * or a property, found \"FROM\""},
        Bad{"SELECT a, FROM C", "character 11: expected a property, found \"FROM\""},
        Bad{"SELECT * FROM", "character 14: expected a class, found the end of the query"},
        Bad{"SELECT * FROM C WHERE", "character 22: expected a property, found the end of the query"},
        Bad{"SELECT * FROM C WHERE a",
            "character 24: expected a comparison (= <> < <= > >= LIKE ISA IS), found the end "
            "of the query"},
        Bad{"SELECT * FROM C WHERE a=",
            "character 25: expected a string, a number, TRUE or FALSE, found the end of "
            "the query"},
        Bad{"SELECT * FROM C WHERE a=b",
            "character 25: expected a string, a number, TRUE or FALSE, found \"b\""},
        Bad{"SELECT * FROM C WHERE (a=1", "character 27: expected \")\", found the end of the query"},
        Bad{"SELECT * FROM C WHERE a='x", "character 25: the string that begins here has no end"},
        Bad{"SELECT * FROM C WHERE a LIKE 5", "character 30: expected a pattern in quotes, found \"5\""},
        Bad{"SELECT * FROM C WITHIN 5",
            "character 17: WITHIN belongs to event queries, which a Subscribe takes"},
        Bad{"SELECT * FROM C; DROP", "character 16: a query cannot contain \";\" here"}));

TEST(WqlParser, HostileNestingAndLengthAreRefused) {
  std::string const deep(1000, '(');
  EXPECT_FALSE(parse("SELECT * FROM C WHERE " + deep + "a=1"));
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "NOT ";
  EXPECT_FALSE(parse("SELECT * FROM C WHERE " + nots + "a=1"));
  EXPECT_FALSE(parse("SELECT * FROM C WHERE a='" + std::string(limits::wql_bytes, 'x') + "'"));
}

TEST(WqlParser, EveryPrefixOfAQueryIsReadOrRefused) {
  std::string_view const whole =
      "SELECT a, b FROM C WHERE NOT (a='x\\'y' OR 5<=b) AND c LIKE '%[a-f]' AND d IS NOT NULL";
  int good = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) good += parse(whole.substr(0, size)) ? 1 : 0;
  EXPECT_GT(good, 0);
  EXPECT_TRUE(parse(whole));
}

}  // namespace
}  // namespace winrm::cim::wql
