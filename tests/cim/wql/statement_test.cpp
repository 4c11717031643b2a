#include <gtest/gtest.h>

#include "cim/wql/query.hpp"

/// Whole statements, and whether they are WQL.
namespace winrm::cim::wql {
namespace {

struct StatementRow {
  std::string_view text;
  bool valid;
};
class StatementTable : public testing::TestWithParam<StatementRow> {};

TEST_P(StatementTable, B1_B7_IsReadOrRefused) {
  auto const read = parse_statement(GetParam().text);
  EXPECT_EQ(read.has_value(), GetParam().valid)
      << GetParam().text << (read ? "" : ": " + read.error().message);
}

// clang-format off
constexpr StatementRow statements[] = {
    {"SELECT * FROM C", true},
    {"select*from C", true},
    {"SELECT a FROM C", true},
    {"SELECT a,b , c FROM C", true},
    {"SELECT __CLASS FROM C", true},
    {"SELECT * FROM __NAMESPACE", true},
    {"\tSELECT\n* FROM\r\nC ", true},
    {"SELECT * FROM meta_class", true},
    {"SELECT *,a FROM C", false},
    {"SELECT a b FROM C", false},
    {"SELECT FROM C", false},
    {"SELECT * C", false},
    {"SELECT * FROM 'C'", false},
    {"SELECT * FROM C,D", false},
    {"SELECT * FROM C WHERE", false},
    {"SELECT COUNT(*) FROM C", false},
    {"SELECT * FROM C WITHIN 2", false},
    {"SELECT * FROM C GROUP WITHIN 2", false},
    {"INSERT INTO C", false},
    {"", false},
    {"   ", false},
    {"SELECT * FROM FROM", false},
    {"SELECT SELECT FROM C", false},
    {"ASSOCIATORS OF {C=\"x\"}", true},
    {"associators of { C.K=\"x\" }", true},
    {"ASSOCIATORS OF {C.K='}'}", true},
    {"ASSOCIATORS OF {C=@}", true},
    {"ASSOCIATORS OF {C.K1=1,K2=\"b\"} WHERE AssocClass = A ResultClass=R Role=r ResultRole = s", true},
    {"ASSOCIATORS OF {C=1} WHERE ClassDefsOnly", true},
    {"ASSOCIATORS OF {C} WHERE SchemaOnly RequiredQualifier=Q RequiredAssocQualifier=P", true},
    {"ASSOCIATORS OF {C=1} WHERE KeysOnly", true},
    {"REFERENCES OF {C=1}", true},
    {"REFERENCES OF {C=1} WHERE ResultClass=R Role=r RequiredQualifier=Q", true},
    {"REFERENCES OF {C=1} WHERE ClassDefsOnly", true},
    {"ASSOCIATORS OF C", false},
    {"ASSOCIATORS {C=1}", false},
    {"ASSOCIATORS OF {C=1", false},
    {"ASSOCIATORS OF {C=\"x}", false},
    {"ASSOCIATORS OF {C=1} WHERE", false},
    {"ASSOCIATORS OF {C=1} AssocClass=A", false},
    {"ASSOCIATORS OF {C=1} WHERE AssocClass=A AND Role=r", false},
    {"ASSOCIATORS OF {C=1} WHERE AssocClass=A,Role=r", false},
    {"ASSOCIATORS OF {C=1} WHERE AssocClass<>A", false},
    {"ASSOCIATORS OF {C=1} WHERE AssocClass=A AssocClass=B", false},
    {"ASSOCIATORS OF {C=1} WHERE ClassDefsOnly ResultClass=R", false},
    {"ASSOCIATORS OF {C=1} WHERE Nonsense=1", false},
    {"ASSOCIATORS OF {C=1} WHERE Role=\"r\"", false},
    {"REFERENCES OF {C=1} WHERE AssocClass=A", false},
    {"REFERENCES OF {C=1} WHERE ResultRole=r", false},
    {"REFERENCES OF {C=1} trailing", false}};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Table, StatementTable, testing::ValuesIn(statements));

}  // namespace
}  // namespace winrm::cim::wql
