#include "system/unit_files.hpp"

#include <gtest/gtest.h>

namespace winrm::system {
namespace {

TEST(MergedSettings, WhatAChangeDoesNotNameStays) {
  EXPECT_EQ(
      merged_settings("[Unit]\nDescription=Before\n\n[Service]\nExecStart=\nExecStart=/bin/a\nUser=daemon\n",
                      "[Unit]\n\n[Service]\nExecStart=\nExecStart=/bin/b\n"),
      "[Service]\nUser=daemon\nExecStart=\nExecStart=/bin/b\n\n[Unit]\nDescription=Before\n");
}

TEST(MergedSettings, AChangeTakesThePlaceOfEveryLineOfItsName) {
  EXPECT_EQ(
      merged_settings("[Unit]\nRequires=a.service\nAfter=a.service\nRequires=b.service\nAfter=b.service\n",
                      "[Unit]\nRequires=c.service\nAfter=c.service\n"),
      "[Unit]\nRequires=c.service\nAfter=c.service\n");
}

TEST(MergedSettings, SectionsCommentsAndLinesThatGoOnAreKeptApart) {
  EXPECT_EQ(merged_settings(
                "# ours\n[Service]\nEnvironment=A=1 \\\nUser=no\n; User=no\nUser=one\n[Unit]\nUser=other\n",
                "[Service]\nUser=two\n"),
            "[Service]\nEnvironment=A=1 \\\nUser=no\nUser=two\n\n[Unit]\nUser=other\n");
}

TEST(MergedSettings, OfNothingOrNothingChanged) {
  EXPECT_EQ(merged_settings("", "[Unit]\n\n[Service]\nUser=one\n"), "[Service]\nUser=one\n");
  EXPECT_EQ(merged_settings("[Service]\nUser=one", ""), "[Service]\nUser=one\n");
}

}  // namespace
}  // namespace winrm::system
