#include "tools/winrcp/remote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "tools/winrcp/progress.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string with_nul(std::string text) {
  std::ranges::replace(text, '|', '\0');
  return text;
}

TEST(Tree, IsReadAsItIsPrinted) {
  auto const tree =
      read_tree(with_nul("directory\n41ed 4096 1700000000\n81a4 5 1700000001\n8180 0 1700000002\n\n.|./a "
                         "b|./c\nd||./link|./a b/pipe\n|"));
  EXPECT_EQ(tree.kind, Kind::directory);
  ASSERT_EQ(tree.entries.size(), 3U);
  EXPECT_TRUE(tree.entries[0].directory);
  EXPECT_EQ(tree.entries[0].path, "");
  EXPECT_EQ(tree.entries[1].path, "a b");
  EXPECT_EQ(tree.entries[1].size, 5U);
  EXPECT_EQ(tree.entries[1].modified, 1700000001);
  EXPECT_EQ(tree.entries[1].mode, 0644U);
  EXPECT_EQ(tree.entries[2].path, "c\nd");
  EXPECT_THAT(tree.skipped, ElementsAre("link", "a b/pipe\n"));
  EXPECT_EQ(read_tree("absent\n").kind, Kind::absent);
  EXPECT_EQ(read_tree("other\n").kind, Kind::other);
}

TEST(Tree, NamesThatLeaveTheFolderAreRefused) {
  for (auto const* name : {"./../x", "/etc/passwd", "./a/../../x", "..", "./"})
    EXPECT_THROW(static_cast<void>(read_tree(with_nul("file\n81a4 5 1\n\n" + std::string(name) + "||"))),
                 CopyError)
        << name;
  EXPECT_THROW(static_cast<void>(read_tree(with_nul("directory\n41ed 0 1\n\n.||./../x|"))), CopyError);
}

TEST(Tree, ListsThatDoNotFitAreRefused) {
  EXPECT_THROW(static_cast<void>(read_tree(with_nul("directory\n41ed 0 1\n81a4 5 1\n\n.||"))), CopyError);
  EXPECT_THROW(static_cast<void>(read_tree(with_nul("directory\n41ed 0 1\n\n.|./new||"))), CopyError);
  EXPECT_THROW(static_cast<void>(read_tree(with_nul("file\nxyz 5 1\n\n.||"))), CopyError);
}

TEST(Parts, AnotherFileHasAnotherPart) {
  Entry entry{.path = "x", .size = 5, .modified = 7};
  auto const part = part_path("/srv/data.bin", entry);
  EXPECT_TRUE(part.starts_with("/srv/.winrcp-"));
  EXPECT_EQ(part, part_path("/srv/data.bin", entry));
  EXPECT_NE(part, part_path("/srv/other.bin", entry));
  entry.modified = 8;
  EXPECT_NE(part, part_path("/srv/data.bin", entry));
  EXPECT_LT(part_path(std::string(255, 'n'), entry).size(), 64U);
  EXPECT_TRUE(part_path("C:\\Temp\\x", entry).starts_with("C:\\Temp\\.winrcp-"));
}

TEST(UnixDialect, PathsAreArgumentsAndNeverOptionsOrCode) {
  auto const line = unix_dialect()->read("-rf; rm 'x'", 10);
  EXPECT_EQ(line.command, "/bin/sh");
  EXPECT_TRUE(line.skip_cmd_shell);
  EXPECT_EQ(line.arguments[3], "./-rf; rm 'x'");
  EXPECT_EQ(line.arguments[4], "11");
}

std::string powershell_of(client::CommandLine const& line) {
  EXPECT_EQ(line.command, "powershell.exe");
  EXPECT_EQ(line.arguments[3], "-EncodedCommand");
  auto const utf16 = base64::decode(line.arguments[4]).value();
  EXPECT_LT(line.arguments[4].size(), 7000U) << "cmd.exe takes 8191 characters";
  return unicode::utf16_to_utf8(utf16).value();
}

TEST(WindowsDialect, PathsAreQuotedAsPowerShellReadsThem) {
  auto const dialect = windows_dialect();
  EXPECT_THAT(powershell_of(dialect->hash("C:\\it's \xE2\x80\x99here")),
              HasSubstr("OpenRead('C:\\it''s \xE2\x80\x99\xE2\x80\x99here')"));
  EXPECT_THAT(powershell_of(dialect->read("C:\\x", 123)), HasSubstr("$f.Position=123"));
  EXPECT_THAT(powershell_of(dialect->look("C:\\x", true)),
              HasSubstr("Get-ChildItem -LiteralPath $p -Recurse"));
  EXPECT_THAT(powershell_of(dialect->append("C:\\x")), HasSubstr("'OpenOrCreate'"));
  EXPECT_THAT(powershell_of(dialect->settle("p", "t", {.path = {}, .modified = 99})),
              HasSubstr("AddSeconds(99)"));
  EXPECT_THAT(powershell_of(dialect->make_directories("D:\\new")), HasSubstr("CreateDirectory"));
  EXPECT_THAT(powershell_of(dialect->discard("p")), HasSubstr("[IO.File]::Delete('p')"));
  EXPECT_FALSE(dialect->packs());
}

TEST(Progress, SaysHowFarAndHowLong) {
  Progress progress;
  progress.total_bytes = 200'000'000;
  progress.done_bytes = 50'000'000;
  progress.total_files = 9;
  progress.done_files = 3;
  EXPECT_EQ(progress_text(progress, Milliseconds(2000)),
            " 25 %  50.0 MB of 200.0 MB  25.0 MB/s  3 of 9 files  6 s left");
  progress.waiting = true;
  EXPECT_THAT(progress_text(progress, Milliseconds(2000)), HasSubstr("connection lost"));
}

}  // namespace
}  // namespace winrm::tools::winrcp_tool
