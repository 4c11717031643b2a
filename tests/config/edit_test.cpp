#include "config/edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/table.hpp"

#include "config/load.hpp"

namespace winrm::config {
namespace {

constexpr std::string_view commented = R"(# Größe: the top
MaxTimeoutms = 60000   # one minute

[Service]
# Basic is below
MaxConnections = 300
[Service.Auth]
Basic = false # größer

[[Listener]]
Address = "*"
Port = 5985
# about the second
[[Listener]]
Address = "IP:127.0.0.1"
Port = 5999
[Unknown.Table]
)";

FileEditor editor_of(std::string_view text) {
  auto editor = FileEditor::open(std::string(text), "winrm.toml");
  if (!editor) throw std::runtime_error(editor.error().message);
  return std::move(*editor);
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  auto const at = out.find(from);
  if (at == std::string::npos) throw std::runtime_error("not in the text");
  return out.replace(at, from.size(), to);
}

TEST(FileEditor, C2_ChangesOneValueAndNothingElse) {
  auto editor = editor_of(commented);
  ASSERT_TRUE(editor.set("", "maxtimeoutms", "1000").has_value());
  EXPECT_EQ(editor.text(), replaced(commented, "60000", "1000"));
  ASSERT_TRUE(editor.set("Service.Auth", "Basic", "true").has_value());
  EXPECT_EQ(editor.text(), replaced(replaced(commented, "60000", "1000"), "false", "true"));
}

TEST(FileEditor, AddsAKeyBehindTheOthersOfItsTable) {
  auto editor = editor_of(commented);
  ASSERT_TRUE(editor.set("Service", "AllowUnencrypted", "true").has_value());
  EXPECT_EQ(editor.text(),
            replaced(commented, "MaxConnections = 300\n", "MaxConnections = 300\nAllowUnencrypted = true\n"));
  ASSERT_TRUE(editor.set("", "MaxBatchItems", "7").has_value());
  EXPECT_THAT(editor.text(), ::testing::HasSubstr("# one minute\nMaxBatchItems = 7\n"));
}

TEST(FileEditor, KeysOfTheTopStandBeforeTheFirstTable) {
  auto editor = editor_of("[Service.Auth]\nBasic = true\n");
  ASSERT_TRUE(editor.set("", "MaxBatchItems", "7").has_value());
  EXPECT_EQ(editor.text(), "MaxBatchItems = 7\n[Service.Auth]\nBasic = true\n");
}

TEST(FileEditor, AddsATableAtTheEnd) {
  auto editor = editor_of("[Service.Auth]\nBasic = true");
  ASSERT_TRUE(editor.set("Winrs", "IdleTimeout", "5000").has_value());
  ASSERT_TRUE(editor.set("Service", "MaxConnections", "5").has_value());
  auto const settings = parse(editor.text(), "x");
  ASSERT_TRUE(settings.has_value()) << settings.error().message << editor.text();
  EXPECT_EQ(settings->winrs.idle_timeout_ms, 5000U);
  EXPECT_EQ(settings->service.max_connections, 5U);
  EXPECT_TRUE(settings->service.auth.basic);
}

TEST(FileEditor, AHeaderOfATableBelowIsNotTheTables) {
  auto editor = editor_of("[Service.Auth]\nBasic = true\n");
  ASSERT_TRUE(editor.set("Service", "MaxConnections", "5").has_value());
  EXPECT_EQ(editor.text(), "[Service.Auth]\nBasic = true\n\n[Service]\nMaxConnections = 5\n");
}

TEST(FileEditor, ResettingTakesTheLineOut) {
  auto editor = editor_of(commented);
  ASSERT_TRUE(editor.reset("Service.Auth", "Basic").has_value());
  EXPECT_EQ(editor.text(), replaced(commented, "Basic = false # größer\n", ""));
  ASSERT_TRUE(editor.reset("Service.Auth", "Basic").has_value());
  ASSERT_TRUE(editor.reset("Winrs", "IdleTimeout").has_value());
}

TEST(FileEditor, ListenersComeAndGo) {
  auto editor = editor_of(commented);
  ASSERT_TRUE(editor.set_entry(listener_table, 1, "Port", "6000").has_value());
  ASSERT_TRUE(editor.set_entry(listener_table, 1, "Enabled", "false").has_value());
  ASSERT_TRUE(
      editor.add_entry(listener_table, {{"Address", "\"*\""}, {"Transport", "\"HTTPS\""}}).has_value());
  EXPECT_THAT(editor.text(), ::testing::HasSubstr("Port = 6000\nEnabled = false\n[Unknown.Table]"));
  EXPECT_TRUE(editor.text().ends_with("\n[[Listener]]\nAddress = \"*\"\nTransport = \"HTTPS\"\n"));
  ASSERT_TRUE(editor.remove_entry(listener_table, 0).has_value());
  EXPECT_THAT(editor.text(), ::testing::Not(::testing::HasSubstr("5985")));
  EXPECT_THAT(editor.text(), ::testing::HasSubstr("# about the second\n[[Listener]]"));
}

TEST(FileEditor, AByteOrderMarkMovesNothing) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  auto const marked = [&](std::string_view text) { return std::string(mark).append(text); };
  auto editor = editor_of(marked("MaxTimeoutms = 50000\n"));
  ASSERT_TRUE(editor.set("", "MaxTimeoutms", "700").has_value());
  EXPECT_EQ(editor.text(), marked("MaxTimeoutms = 700\n"));
  ASSERT_TRUE(editor.reset("", "MaxTimeoutms").has_value());
  EXPECT_EQ(editor.text(), mark);
  ASSERT_TRUE(editor.set("", "MaxBatchItems", "7").has_value());
  EXPECT_TRUE(FileEditor::open(editor.text(), "x").has_value()) << editor.text();
}

TEST(FileEditor, TablesInBracesKeepTheirOtherKeys) {
  auto editor = editor_of("Winrs = { MaxShellsPerUser = 3, IdleTimeout = 7000 }\nClient = {}\n");
  ASSERT_TRUE(editor.set("Winrs", "MaxProcessesPerShell", "9").has_value());
  ASSERT_TRUE(editor.set("Client", "NetworkDelayms", "800").has_value());
  ASSERT_TRUE(editor.reset("Winrs", "IdleTimeout").has_value());
  EXPECT_EQ(editor.text(),
            "Winrs = { MaxShellsPerUser = 3, MaxProcessesPerShell = 9 }\nClient = {NetworkDelayms = 800}\n");
  ASSERT_TRUE(editor.reset("Winrs", "MaxShellsPerUser").has_value());
  ASSERT_TRUE(editor.reset("Winrs", "MaxProcessesPerShell").has_value());
  EXPECT_EQ(editor.text(), "Winrs = {  }\nClient = {NetworkDelayms = 800}\n");
}

TEST(FileEditor, ListsInBracketsKeepTheirOtherEntries) {
  auto editor = editor_of("Listener = [{Port = 1}, {Port = 2, Hostname = 'b'},\n  {Port = 3} # last\n]\n");
  ASSERT_TRUE(editor.remove_entry(listener_table, 0).has_value());
  EXPECT_EQ(editor.text(), "Listener = [{Port = 2, Hostname = 'b'},\n  {Port = 3} # last\n]\n");
  ASSERT_TRUE(editor.reset_entry(listener_table, 0, "Hostname").has_value());
  ASSERT_TRUE(editor.set_entry(listener_table, 1, "Enabled", "false").has_value());
  ASSERT_TRUE(editor.add_entry(listener_table, {{"Port", "4"}, {"URLPrefix", "\"a\""}}).has_value());
  EXPECT_EQ(
      editor.text(),
      "Listener = [{Port = 2},\n  {Port = 3, Enabled = false} # last\n, {Port = 4, URLPrefix = \"a\"}]\n");
  auto const settings = parse(editor.text(), "x");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->listeners.size(), 3U);
  auto none = editor_of("Listener = []\n");
  ASSERT_TRUE(none.add_entry(listener_table, {{"Port", "4"}}).has_value());
  EXPECT_EQ(none.text(), "Listener = [{Port = 4}]\n");
}

TEST(FileEditor, DottedKeysGetOthersBesideThem) {
  auto editor =
      editor_of("Winrs.IdleTimeout = 7000\n[Service]\n  Auth.Basic = true # mine\n[ \"Client\" ]\n");
  ASSERT_TRUE(editor.set("Winrs", "MaxShellsPerUser", "3").has_value());
  ASSERT_TRUE(editor.set("Service.Auth", "Kerberos", "false").has_value());
  ASSERT_TRUE(editor.set("Client", "NetworkDelayms", "800").has_value());
  EXPECT_EQ(editor.text(),
            "Winrs.IdleTimeout = 7000\nWinrs.MaxShellsPerUser = 3\n[Service]\n  Auth.Basic = true # mine\n"
            "  Auth.Kerberos = false\n[ \"Client\" ]\nNetworkDelayms = 800\n");
}

TEST(FileEditor, BrokenTomlIsRefusedWithTheLine) {
  auto const editor = FileEditor::open("[Service]\nBasic = = 1\n", "winrm.toml");
  ASSERT_FALSE(editor.has_value());
  EXPECT_THAT(editor.error().message, ::testing::StartsWith("winrm.toml:2: "));
}

}  // namespace
}  // namespace winrm::config
