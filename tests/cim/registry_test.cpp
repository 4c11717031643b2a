#include "cim/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "cim/samples.hpp"

namespace winrm::cim {
namespace {

using samples::Everything;
using testing::HasSubstr;

/// Seals a registry that cannot be, and returns what it says.
std::string complaint_of(Registry& registry) {
  try {
    registry.seal();
  } catch (std::logic_error const& error) {
    return error.what();
  }
  return "";
}

TEST(Registry, FindsClassesWithoutCase) {
  auto const registry = samples::make_registry();
  auto const* found = registry.find("ROOT/Sample", "sample_everything");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->name(), "Sample_Everything");
  EXPECT_EQ(registry.find("root/sample", "Sample_Nothing"), nullptr);
  EXPECT_EQ(registry.find("root/other", "Sample_Everything"), nullptr);
}

TEST(Registry, ClassesInheritWhatTheyDoNotFill) {
  auto const registry = samples::make_registry();
  auto const& cls = *registry.find("root/sample", "Sample_Everything");
  auto const* inherited = cls.find("Caption");
  ASSERT_NE(inherited, nullptr);
  Everything const row;
  EXPECT_TRUE(inherited->property.value(&row).is_null());
  EXPECT_TRUE(cls.is_a(*registry.find("root/sample", "Sample_Named")));
  EXPECT_FALSE(cls.is_a(*registry.find("root/sample", "Sample_Part")));
}

TEST(Registry, ClassesInheritDefaultValues) {
  static constexpr auto parent = describe(ClassName("root/sample", "Sample_Parent", "").abstract(),
                                          unknown<std::uint16_t>("State").defaults_to<std::uint16_t>(5),
                                          unknown<bool>("Ready").defaults_to(true));
  static constexpr auto child =
      describe(ClassName("root/sample", "Sample_Child", "Sample_Parent").abstract(),
               unknown<bool>("Ready").defaults_to(false), unknown<std::uint16_t>("State"));
  Registry registry;
  registry.add_abstract(parent);
  registry.add_abstract(child);
  registry.seal();
  auto const& cls = *registry.find("root/sample", "Sample_Child");
  EXPECT_EQ(to_value(cls.find("State")->property.default_value), Value(std::uint64_t{5}));
  EXPECT_EQ(to_value(cls.find("Ready")->property.default_value), Value(false));
  EXPECT_TRUE(cls.find("State")->property.value(nullptr).is_null()) << "a default is no known value";
}

TEST(Registry, PropertiesStandInOrderOfName) {
  auto const registry = samples::make_registry();
  auto const properties = registry.find("root/sample", "Sample_Part")->properties();
  ASSERT_EQ(properties.size(), 2U);
  EXPECT_EQ(properties[0].property.name, "Label");
  EXPECT_EQ(properties[1].property.name, "Number");
}

TEST(Registry, RefusesTheSameClassTwice) {
  Registry registry;
  registry.add_abstract(samples::named);
  EXPECT_THROW(registry.add_abstract(samples::named), std::logic_error);
}

TEST(Registry, RefusesAnUnknownParent) {
  Registry registry;
  registry.add<Everything>({.enumerate = samples::enumerate});
  EXPECT_THAT(complaint_of(registry),
              HasSubstr("root/sample:Sample_Everything has the unknown parent Sample_Named"));
}

TEST(Registry, RefusesAPropertyOfAnotherTypeThanItsParents) {
  static constexpr auto numbered =
      describe(ClassName("root/sample", "Sample_Named", "").abstract(), unknown<std::uint32_t>("Name"));
  Registry registry;
  registry.add_abstract(numbered);
  registry.add<Everything>({.enumerate = samples::enumerate});
  EXPECT_THAT(complaint_of(registry), HasSubstr("redefines Name"));
}

TEST(Registry, RefusesAClassThatDescendsFromItself) {
  static constexpr auto a = describe(ClassName("root/sample", "Sample_A", "Sample_B").abstract());
  static constexpr auto b = describe(ClassName("root/sample", "Sample_B", "Sample_A").abstract());
  Registry registry;
  registry.add_abstract(a);
  registry.add_abstract(b);
  EXPECT_THAT(complaint_of(registry), HasSubstr("descends from itself"));
}

TEST(Query, WantsOnlyTheMembersOfWantedProperties) {
  PropertySet wanted;
  wanted |= properties_of<&Everything::u32>();
  Query const query(wanted);
  EXPECT_TRUE(query.wants<&Everything::u32>());
  EXPECT_FALSE(query.wants<&Everything::u64>());
  EXPECT_TRUE((query.wants<&Everything::u64, &Everything::u32>()));
}

TEST(Query, KnowsTheValuesThatAreRequired) {
  auto const registry = samples::make_registry();
  auto const& cls = *registry.find("root/sample", "Sample_Everything");
  Query query;
  query.require(cls.find("U16")->index, Value(std::uint64_t{7}));
  EXPECT_EQ(query.equals<&Everything::u16>(), std::uint16_t{7});
  EXPECT_EQ(query.equals<&Everything::name>(), std::nullopt);
}

}  // namespace
}  // namespace winrm::cim
