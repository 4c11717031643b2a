#include "cim/watch.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>

#include "cim/samples.hpp"

/// Creation, change and deletion of instances, as seen by polling and as told by a provider.
namespace winrm::cim {
namespace {

using samples::Everything;
using namespace std::chrono_literals;

/// The sample providers look at no machine.
system::Host const& no_host() {
  alignas(std::max_align_t) static std::byte const nothing[64]{};
  return *reinterpret_cast<system::Host const*>(nothing);
}

Everything row_named(std::string name, std::uint32_t number) {
  Everything row;
  row.name = std::move(name);
  row.u32 = number;
  return row;
}

std::string name_of(std::shared_ptr<void const> const& row) {
  return static_cast<Everything const*>(row.get())->name;
}

class PollingWatchTest : public testing::Test {
 protected:
  PollingWatchTest() { samples::instances = {row_named("a", 1), row_named("b", 2)}; }
  ~PollingWatchTest() override { samples::instances.clear(); }

  std::unique_ptr<InstanceWatch> watch(Query query = {}) {
    return watch_instances(cls_, no_host(), std::move(query), 5ms);
  }

  Registry registry_ = samples::make_registry();
  Class const& cls_ = *registry_.find("root/sample", "Sample_Everything");
};

TEST_F(PollingWatchTest, NothingHappensWhileNothingChanges) { EXPECT_TRUE(watch()->next(20ms).empty()); }

TEST_F(PollingWatchTest, ComparesEnumerationsByKey) {
  auto const watching = watch();
  samples::instances = {row_named("b", 3), row_named("c", 4)};
  auto const events = watching->next(1000ms);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind, EventKind::deletion);
  EXPECT_EQ(name_of(events[0].row), "a");
  EXPECT_EQ(events[1].kind, EventKind::modification);
  EXPECT_EQ(name_of(events[1].row), "b");
  EXPECT_EQ(static_cast<Everything const*>(events[1].previous.get())->u32, 2U);
  EXPECT_EQ(events[2].kind, EventKind::creation);
  EXPECT_EQ(name_of(events[2].row), "c");
  EXPECT_TRUE(watching->next(20ms).empty()) << "told once";
}

TEST_F(PollingWatchTest, OnlyWantedPropertiesAreModified) {
  Query query{PropertySet()};
  auto const watching = watch(query);
  samples::instances[0].u32 = 100;
  EXPECT_TRUE(watching->next(20ms).empty());
  samples::instances.pop_back();
  EXPECT_EQ(watching->next(1000ms).size(), 1U);
}

TEST_F(PollingWatchTest, OnlyInstancesThatSatisfyTheQueryCount) {
  Query query;
  query.require(cls_.find("U32")->index, Value(std::uint64_t{9}));
  auto const watching = watch(query);
  samples::instances.push_back(row_named("c", 4));
  samples::instances.push_back(row_named("d", 9));
  auto const events = watching->next(1000ms);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(name_of(events[0].row), "d");
}

std::deque<Announcement<Everything>> to_announce;

class SampleAnnouncer final : public Announcer<Everything> {
 public:
  std::vector<Announcement<Everything>> next_rows(Milliseconds) override {
    std::vector<Announcement<Everything>> told(to_announce.begin(), to_announce.end());
    to_announce.clear();
    return told;
  }
};

int enumerations = 0;

Generator<Everything> count_enumeration(system::Host const&, Query const&) {
  ++enumerations;
  co_return;
}

TEST(AnnouncedWatch, AProviderThatTellsIsNotPolled) {
  Registry registry;
  registry.add_abstract(samples::named);
  registry.add<Everything>({.enumerate = count_enumeration,
                            .watch = [](system::Host const&, Query const&) -> std::unique_ptr<AnyAnnouncer> {
                              return std::make_unique<SampleAnnouncer>();
                            }});
  registry.seal();
  auto const& cls = *registry.find("root/sample", "Sample_Everything");
  Query query;
  query.require(cls.find("U32")->index, Value(std::uint64_t{1}));
  auto const watching = watch_instances(cls, no_host(), query, 5ms);
  to_announce.push_back({EventKind::creation, row_named("x", 1), std::nullopt});
  to_announce.push_back({EventKind::deletion, row_named("y", 2), std::nullopt});
  to_announce.push_back({EventKind::modification, row_named("x", 1), row_named("x", 0)});
  auto const events = watching->next(0ms);
  ASSERT_EQ(events.size(), 2U) << "y does not satisfy the query";
  EXPECT_EQ(events[0].kind, EventKind::creation);
  EXPECT_EQ(events[1].kind, EventKind::modification);
  EXPECT_EQ(static_cast<Everything const*>(events[1].previous.get())->u32, 0U);
  EXPECT_EQ(enumerations, 0);
}

}  // namespace
}  // namespace winrm::cim
