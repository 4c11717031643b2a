#include "tools/winrcp/command_line.hpp"

#include <gtest/gtest.h>

#include "tools/winrcp/location.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

TEST(Location, HostsAndPaths) {
  struct Row {
    std::string text;
    bool remote;
    std::string host;
    std::string path;
  };
  for (auto const& row : std::vector<Row>{{"web1:/var/log", true, "web1", "/var/log"},
                                          {"web1:", true, "web1", "."},
                                          {"web1:~/x", true, "web1", "x"},
                                          {":x", true, "", "x"},
                                          {"[::1]:x", true, "[::1]", "x"},
                                          {"win1:C:\\Temp\\x", true, "win1", "C:\\Temp\\x"},
                                          {"plain", false, "", "plain"},
                                          {"./a:b", false, "", "./a:b"},
                                          {"/a:b", false, "", "/a:b"}}) {
    auto const found = parse_location(row.text);
    EXPECT_EQ(found.remote, row.remote) << row.text;
    EXPECT_EQ(found.host, row.host) << row.text;
    EXPECT_EQ(found.path, row.path) << row.text;
  }
}

TEST(Location, NamesOfCopies) {
  EXPECT_EQ(base_name("/a/b/"), "b");
  EXPECT_EQ(base_name("C:\\Temp\\x.txt"), "x.txt");
  EXPECT_EQ(base_name("x"), "x");
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("/", "b"), "/b");
  EXPECT_EQ(join("a", ""), "a");
}

TEST(Location, PathsThatLeaveTheirFolderAreSeen) {
  for (auto const* path : {"a", "a/b", "..a/b..", "a/...x"}) EXPECT_TRUE(stays_below(path)) << path;
  for (auto const* path : {"", "..", "../a", "a/../b", "/a", "a//b", "a/", ".", "a/./b"})
    EXPECT_FALSE(stays_below(path)) << path;
}

TEST(CommandLine, BothDirections) {
  auto const up = parse_command_line({"-u:alice", "a", "b", "web1:/srv"});
  EXPECT_TRUE(up.upload);
  EXPECT_EQ(up.sources, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(up.target, "/srv");
  EXPECT_EQ(up.switches.value("remote"), "web1");
  auto const down = parse_command_line({"-r:https://web1:5986", "-par:9", ":x", "here"});
  EXPECT_FALSE(down.upload);
  EXPECT_EQ(down.target, "here");
  EXPECT_EQ(down.switches.value("remote"), "https://web1:5986");
  EXPECT_EQ(down.parallel, 9U);
  EXPECT_EQ(parse_command_line({"web1:x", "/tmp"}).target, "/tmp") << "no switch";
  EXPECT_EQ(parse_command_line({"--", "-x", "web1:x"}).sources.front(), "-x");
}

TEST(CommandLine, WhatCannotBeMeantIsRefused) {
  for (auto const& arguments : std::vector<std::vector<std::string>>{{"a"},
                                                                     {"a", "b"},
                                                                     {"h1:a", "h2:b"},
                                                                     {"h1:a", "h2:b", "c"},
                                                                     {":a", "b"},
                                                                     {"-r:h1", "h2:a", "b"},
                                                                     {"-par:0", "h:a", "b"},
                                                                     {"-par:17", "h:a", "b"},
                                                                     {"-nosuch", "h:a", "b"}})
    EXPECT_THROW(static_cast<void>(parse_command_line(arguments)), UsageError) << arguments.back();
  EXPECT_TRUE(parse_command_line({}).help);
  EXPECT_TRUE(parse_command_line({"-?"}).help);
}

}  // namespace
}  // namespace winrm::tools::winrcp_tool
