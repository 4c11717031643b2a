#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cim/failure.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"
#include "support/recorded_host.hpp"

namespace winrm::providers {
namespace {

using test::Values;
using test::values;
using testing::ElementsAre;
using testing::IsSupersetOf;

class Shares : public testing::Test {
 protected:
  std::uint32_t create(std::string const& name, std::string const& path, std::uint32_t type = 0) {
    return test::invoke_static(
               share_, host_, "Create",
               values("Name", name, "Path", path, "Type", type, "Description", "Made by a test"))
        .return_value;
  }

  cim::Registry registry_ = make_registry();
  winrm::test::RecordedHost host_{"debian12-server"};
  cim::Class const& share_ = *registry_.find("root/cimv2", "Win32_Share");
};

TEST_F(Shares, D1_SharesOfSambaAndExportsOfNfs) {
  std::vector<std::string> names;
  for (auto const& row : test::all_instances(share_, host_)) names.push_back(row.at("Name"));
  EXPECT_THAT(names, ElementsAre("Projects", "laser", "Music", "/srv/nfs", "/srv/two words", "/srv/more"));
  EXPECT_THAT(test::instance(share_, host_, "Projects"),
              IsSupersetOf(Values{{"Path", "/srv/my data"},
                                  {"Description", "What we work on"},
                                  {"Type", "0"},
                                  {"AllowMaximum", "false"},
                                  {"MaximumAllowed", "12"}}));
  EXPECT_THAT(test::instance(share_, host_, "laser"),
              IsSupersetOf(Values{{"Type", "1"}, {"AllowMaximum", "true"}, {"Caption", "laser"}}));
  EXPECT_THAT(test::instance(share_, host_, "Music"),
              IsSupersetOf(Values{{"Path", "/home/alice/music"}, {"Description", "Songs"}}));
  EXPECT_THAT(test::instance(share_, host_, "/srv/nfs"),
              IsSupersetOf(Values{{"Path", "/srv/nfs"}, {"Description", "192.0.2.0/24(rw,sync) *(ro)"}}));
}

TEST_F(Shares, I1_CreateRunsNetWithoutAShell) {
  host_.answer.exit_status = 0;
  EXPECT_EQ(create("new share", "/etc"), 0U);
  EXPECT_THAT(host_.ran, ElementsAre(ElementsAre("/usr/bin/net", "usershare", "add", "new share", "/etc",
                                                 "Made by a test", "S-1-1-0:R", "guest_ok=n")));
}

TEST_F(Shares, I1_CreateRefusesWrongArguments) {
  EXPECT_EQ(create("", "/etc"), 9U);
  EXPECT_EQ(create("-option", "/etc"), 9U);
  EXPECT_EQ(create("a/b", "/etc"), 9U);
  EXPECT_EQ(create(std::string(81, 'x'), "/etc"), 9U);
  EXPECT_EQ(create("new", "/etc", 1), 10U);
  EXPECT_EQ(create("new", "/does/not/exist"), 24U);
  EXPECT_EQ(create("new", "etc"), 24U);
  EXPECT_EQ(create("pROJECTS", "/etc"), 22U);
  auto const limited = values("Name", std::string("new"), "Path", std::string("/etc"), "Type",
                              std::uint32_t{0}, "MaximumAllowed", std::uint32_t{3});
  EXPECT_EQ(test::invoke_static(share_, host_, "Create", limited).return_value, 21U);
  EXPECT_TRUE(host_.ran.empty());
}

TEST_F(Shares, I1_WithoutTheRightAccessIsDenied) {
  host_.answer.exit_status = 255;
  host_.answer.errors = "net usershare add: cannot open usershare directory: Permission denied\n";
  EXPECT_EQ(create("new", "/etc"), 2U);
  EXPECT_EQ(test::invoke(share_, host_, "Music", "Delete").return_value, 2U);
  EXPECT_EQ(test::invoke(share_, host_, "Music", "SetShareInfo", values("Description", std::string("Mine")))
                .return_value,
            2U);
  host_.answer.errors =
      "net usershare delete: unable to remove usershare x. Error was Operation not permitted\n";
  EXPECT_EQ(test::invoke(share_, host_, "Music", "Delete").return_value, 2U);
  host_.answer.errors = "cannot share path /etc as we are restricted to only sharing directories we own.\n";
  EXPECT_EQ(create("new", "/etc"), 2U);
}

TEST_F(Shares, I1_UserSharesAreChangedAndDeleted) {
  host_.answer.exit_status = 0;
  EXPECT_EQ(test::invoke(share_, host_, "Music", "SetShareInfo", values("Description", std::string("Louder")))
                .return_value,
            0U);
  EXPECT_EQ(test::invoke(share_, host_, "Music", "Delete").return_value, 0U);
  EXPECT_THAT(host_.ran, ElementsAre(ElementsAre("/usr/bin/net", "usershare", "add", "Music",
                                                 "/home/alice/music", "Louder", "S-1-1-0:R", "guest_ok=y"),
                                     ElementsAre("/usr/bin/net", "usershare", "delete", "Music")));
}

TEST_F(Shares, I1_WhatIsConfiguredInFilesIsNotChanged) {
  for (auto const* name : {"Projects", "/srv/nfs"}) {
    for (auto const* method : {"Delete", "SetShareInfo"}) {
      try {
        test::invoke(share_, host_, name, method);
        FAIL() << name;
      } catch (cim::Failure const& failure) {
        EXPECT_EQ(failure.status(), cim::Status::not_supported);
      }
    }
  }
  EXPECT_TRUE(host_.ran.empty());
}

TEST_F(Shares, I1_WhatAUserWroteIntoAShareIsNoOptionOfNet) {
  auto const file = [&](std::string const& name, std::string const& acl) {
    return "#VERSION 2\npath=/home/alice/music\ncomment=\nusershare_acl=" + acl +
           "\nguest_ok=n\nsharename=" + name + "\n";
  };
  host_.written["/var/lib/samba/usershares/a"] = file("--configfile=/home/alice/own", "S-1-1-0:R");
  host_.written["/var/lib/samba/usershares/quiet"] = file("quiet", "--configfile=/home/alice/own");
  EXPECT_EQ(test::invoke(share_, host_, "--configfile=/home/alice/own", "Delete").return_value, 9U);
  EXPECT_EQ(test::invoke(share_, host_, "quiet", "SetShareInfo", values("Description", std::string("x")))
                .return_value,
            21U);
  EXPECT_EQ(test::invoke(share_, host_, "Music", "SetShareInfo",
                         values("Description", std::string("a\nguest_ok=y")))
                .return_value,
            21U);
  EXPECT_TRUE(host_.ran.empty());
}

}  // namespace
}  // namespace winrm::providers
