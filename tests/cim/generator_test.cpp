#include "cim/generator.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace winrm::cim {
namespace {

/// Counts how many of it are alive.
struct Counted {
  static inline int alive = 0;
  std::string text;
  explicit Counted(std::string content) : text(std::move(content)) { ++alive; }
  Counted(Counted const& other) : text(other.text) { ++alive; }
  ~Counted() { --alive; }
};

Generator<Counted> count_to(int last, int& made) {
  for (int i = 1; i <= last; ++i) {
    ++made;
    Counted const row(std::to_string(i) + std::string(40, '.'));
    co_yield row;
  }
}

TEST(Generator, MakesARowOnlyWhenItIsAskedFor) {
  int made = 0;
  auto rows = count_to(3, made);
  EXPECT_EQ(made, 0);
  ASSERT_NE(rows.next(), nullptr);
  EXPECT_EQ(made, 1);
  ASSERT_NE(rows.next(), nullptr);
  EXPECT_EQ(made, 2);
}

TEST(Generator, EndsWithNullAndStaysThere) {
  int made = 0;
  auto rows = count_to(1, made);
  ASSERT_NE(rows.next(), nullptr);
  EXPECT_EQ(rows.next(), nullptr);
  EXPECT_EQ(rows.next(), nullptr);
}

TEST(Generator, HoldsOneRowAtATimeHoweverManyThereAre) {
  int made = 0;
  auto rows = count_to(1'000'000, made);
  int most = 0;
  while (rows.next() != nullptr) most = std::max(most, Counted::alive);
  EXPECT_EQ(made, 1'000'000);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Generator, ReleasesItsRowWhenDroppedHalfway) {
  {
    int made = 0;
    auto rows = count_to(5, made);
    ASSERT_NE(rows.next(), nullptr);
    EXPECT_EQ(Counted::alive, 1);
  }
  EXPECT_EQ(Counted::alive, 0);
}

Generator<Counted> breaks_after_one() {
  Counted const row("first");
  co_yield row;
  throw std::runtime_error("the second row cannot be read");
}

TEST(Generator, HandsOnWhatTheBodyThrows) {
  auto rows = breaks_after_one();
  ASSERT_NE(rows.next(), nullptr);
  EXPECT_THROW((void)rows.next(), std::runtime_error);
  EXPECT_EQ(rows.next(), nullptr);
}

}  // namespace
}  // namespace winrm::cim
