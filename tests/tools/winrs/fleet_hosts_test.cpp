#include "tools/winrs/fleet_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/winrs/command_line.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FleetHosts : public ::testing::Test {
 protected:
  FleetHosts() {
    std::string name = ::testing::TempDir() + "winrs-hosts-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~FleetHosts() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string const& text) const {
    auto const path = (folder_ / "file").string();
    std::ofstream(path) << text;
    return path;
  }

  static std::vector<FleetHost> chosen(std::vector<std::string> words) {
    words.emplace_back("uptime");
    return choose_hosts(parse_command_line(words).switches);
  }
  static std::vector<std::string> names(std::vector<std::string> const& words) {
    std::vector<std::string> found;
    for (auto const& host : chosen(words)) found.push_back(host.name);
    return found;
  }
  static std::string problem(std::vector<std::string> const& words) {
    try {
      static_cast<void>(chosen(words));
    } catch (UsageError const& error) {
      return error.what();
    }
    return "accepted";
  }

  std::filesystem::path folder_;
};

TEST_F(FleetHosts, AListOfNamesIsAFleet) {
  auto const is = [](std::vector<std::string> const& words) {
    return is_fleet(parse_command_line(words).switches);
  };
  EXPECT_TRUE(is({"-r:a,b", "x"}));
  EXPECT_TRUE(is({"-r:@hosts.txt", "x"}));
  EXPECT_TRUE(is({"-r:a", "-format:json", "x"}));
  EXPECT_FALSE(is({"-r:a", "x"}));
  EXPECT_FALSE(is({"x", "a,b"}));
}

TEST_F(FleetHosts, EachHostComesOnceInItsOrder) {
  EXPECT_THAT(names({"-r:b,a,b,,c"}), ElementsAre("b", "a", "c"));
  auto const list = file("# ours\nweb1\n  web2  # the second\n\nhttps://[::1]:5986\n");
  EXPECT_THAT(names({"-r:x,@" + list + ",web1"}), ElementsAre("x", "web1", "web2", "https://[::1]:5986"));
}

TEST_F(FleetHosts, GroupsAndHostsOfAnInventory) {
  auto const inventory = "-i:" + file(R"(
    [group.web]
    hosts = ["w1", "w2"]
    [group.all]
    groups = ["web", "all"]
    hosts = ["db"]
    [host.lonely]
    usessl = true
  )");
  EXPECT_THAT(names({inventory}), ElementsAre("db", "w1", "w2", "lonely"));
  EXPECT_THAT(names({inventory, "-r:web"}), ElementsAre("w1", "w2"));
  EXPECT_THAT(names({inventory, "-r:lonely,web,other"}), ElementsAre("lonely", "w1", "w2", "other"));
}

TEST_F(FleetHosts, TheNearestSwitchCounts) {
  auto const inventory = "-inventory:" + file(R"(
    [defaults]
    username = "default"
    passwordfile = "/default"
    directory = "/default"
    noprofile = true
    [group.inner]
    hosts = ["h"]
    username = "inner"
    directory = "/inner"
    [group.outer]
    groups = ["inner"]
    username = "outer"
    authentication = "Basic"
    [host.h]
    remote = "192.0.2.1:5999"
    directory = "/host"
    environment = ["A=1", "B=2"]
    noprofile = false
  )");
  auto const host = chosen({inventory, "-r:h", "-passwordenv:SECRET"}).front();
  EXPECT_EQ(host.name, "h");
  EXPECT_EQ(host.switches.value("remote"), "192.0.2.1:5999");
  EXPECT_EQ(host.switches.value("username"), "inner");
  EXPECT_EQ(host.switches.value("directory"), "/host");
  EXPECT_EQ(host.switches.value("authentication"), "Basic");
  EXPECT_THAT(host.switches.all("environment"), ElementsAre("A=1", "B=2"));
  EXPECT_TRUE(host.switches.has("passwordenv"));
  EXPECT_FALSE(host.switches.has("passwordfile")) << "the command line says where the password comes from";
  EXPECT_FALSE(host.switches.has("noprofile")) << "the host says no to what the defaults say";
  EXPECT_EQ(chosen({inventory, "-r:h", "-d:/line"}).front().switches.value("directory"), "/line");
}

TEST_F(FleetHosts, MistakesAreNamed) {
  EXPECT_THAT(problem({"-r:@/no/such/list"}), HasSubstr("/no/such/list cannot be read"));
  EXPECT_THAT(problem({"-r:@" + file("# nobody\n")}), HasSubstr("There are no hosts"));
  EXPECT_THAT(problem({"-i:" + file("[host.a]\ncolour = \"red\"\n")}),
              HasSubstr("[host.a] of the inventory: Unknown switch: -colour"));
  EXPECT_THAT(problem({"-i:/no/such/inventory"}), HasSubstr("/no/such/inventory"));
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
