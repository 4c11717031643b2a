#include "config/inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winrm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Inventory, HasDefaultsGroupsAndHosts) {
  auto const inventory = parse_inventory(R"(
    [defaults]
    username = "ops"
    [group.web]
    hosts = ["web1", "web2"]
    usessl = true
    [group.all]
    groups = ["web"]
    hosts = "db1"
    [host.web1]
    remote = "192.0.2.1:5999"
    environment = ["A=1", "B=2"]
  )",
                                         "fleet.toml");
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_THAT(inventory->defaults.at("username"), ElementsAre("ops"));
  EXPECT_THAT(inventory->groups.at("web").hosts, ElementsAre("web1", "web2"));
  EXPECT_THAT(inventory->groups.at("web").switches.at("usessl"), ElementsAre("true"));
  EXPECT_THAT(inventory->groups.at("all").groups, ElementsAre("web"));
  EXPECT_THAT(inventory->groups.at("all").hosts, ElementsAre("db1"));
  EXPECT_TRUE(inventory->groups.at("all").switches.empty());
  EXPECT_THAT(inventory->hosts.at("web1").at("environment"), ElementsAre("A=1", "B=2"));
}

std::string problem_of(std::string_view toml) {
  auto const inventory = parse_inventory(toml, "fleet.toml");
  return inventory ? "accepted" : inventory.error().message;
}

TEST(Inventory, ErrorsNameFileLineAndWhatIsAllowed) {
  EXPECT_THAT(problem_of("\n[servers]\na = 1\n"), HasSubstr("fleet.toml:2: servers is not known here"));
  EXPECT_THAT(problem_of("[group]\nweb = 1\n"), HasSubstr("fleet.toml:2: group.web is a table"));
  EXPECT_THAT(problem_of("host = 1\n"), HasSubstr("host is a table of tables: write [host.NAME]"));
  EXPECT_THAT(problem_of("[host.a]\nremote = 1.5\n"), HasSubstr("fleet.toml:2: host.a.remote must be text"));
  EXPECT_THAT(problem_of("[group.a]\ngroups = [\"b\"]\n"), HasSubstr("names b, which is no group"));
  EXPECT_THAT(problem_of("[group.a\n"), HasSubstr("fleet.toml:1: "));
}

TEST(Inventory, AFileThatCannotBeReadIsNamed) {
  auto const inventory = load_inventory("/no/such/fleet.toml");
  ASSERT_FALSE(inventory);
  EXPECT_THAT(inventory.error().message, HasSubstr("/no/such/fleet.toml"));
}

}  // namespace
}  // namespace winrm::config
