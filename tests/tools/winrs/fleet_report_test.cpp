#include "tools/winrs/fleet_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace winrm::tools::winrs_tool {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using State = client::FleetOutcome::State;

client::FleetOutcome ended(std::uint32_t exit_code) {
  client::FleetOutcome outcome;
  outcome.state = State::ended;
  outcome.exit_code = exit_code;
  outcome.time = Milliseconds(1250);
  return outcome;
}

client::FleetOutcome failed(std::string text, std::uint32_t code) {
  client::FleetOutcome outcome;
  outcome.state = State::failed;
  outcome.text = std::move(text);
  outcome.error = code;
  return outcome;
}

/// A report on web1, web2 and db1 whose streams are files.
class FleetReportTest : public ::testing::Test {
 protected:
  FleetReportTest() : out_(std::tmpfile()), err_(std::tmpfile()) {}
  ~FleetReportTest() override {
    std::fclose(out_);
    std::fclose(err_);
  }
  FleetReport report(FleetLayout layout) {
    FleetReport::Target target;
    target.out = fileno(out_);
    target.err = fileno(err_);
    return FleetReport({"web1", "web2", "db1"}, layout, {}, target);
  }
  static std::string text_of(FILE* file) {
    std::string text(1 << 20, '\0');
    text.resize(static_cast<std::size_t>(pread(fileno(file), text.data(), text.size(), 0)));
    return text;
  }
  std::string out() { return text_of(out_); }
  std::string err() { return text_of(err_); }

 private:
  FILE* out_;
  FILE* err_;
};

TEST_F(FleetReportTest, LinesComeWithTheirHost) {
  auto shown = report(FleetLayout::prefixed);
  shown.on_output(0, "stdout", "one\ntw");
  shown.on_output(1, "stdout", "other\n");
  shown.on_output(0, "stdout", "o\nunfinished");
  shown.on_output(0, "stderr", "oops\n");
  EXPECT_EQ(out(), "web1: one\nweb2: other\nweb1: two\n");
  shown.on_end(0, ended(0));
  shown.on_end(1, ended(3));
  shown.on_end(2, failed("db1:5985 refused the connection;\ncheck it", 0x80338012));
  shown.finish();
  EXPECT_EQ(out(), "web1: one\nweb2: other\nweb1: two\nweb1: unfinished\n");
  EXPECT_EQ(err(),
            "web1: oops\nweb2: exit status 3\n"
            "db1: Winrs error: db1:5985 refused the connection; check it\n"
            "3 hosts: 1 succeeded; 1 with an exit status other than 0 (web2); 1 failed (db1)\n");
  EXPECT_EQ(shown.exit_status(), fleet_exit::some_hosts_failed);
}

TEST_F(FleetReportTest, ALineWithoutEndTakesNoMemory) {
  auto shown = report(FleetLayout::prefixed);
  for (int i = 0; i < 9; ++i) shown.on_output(0, "stdout", std::string(10'000, 'x'));
  EXPECT_THAT(out(), StartsWith("web1: xxx"));
}

TEST_F(FleetReportTest, GroupsComeWhole) {
  auto shown = report(FleetLayout::grouped);
  shown.on_output(0, "stdout", "one\n");
  shown.on_output(1, "stdout", "other");
  EXPECT_EQ(out(), "");
  shown.on_end(1, ended(0));
  shown.on_end(0, ended(0));
  shown.on_end(2, ended(0));
  shown.finish();
  EXPECT_EQ(out(), "==> web2 <==\nother\n==> web1 <==\none\n==> db1 <==\n");
  EXPECT_EQ(err(), "3 hosts: 3 succeeded\n");
  EXPECT_EQ(shown.exit_status(), fleet_exit::all_succeeded);
}

TEST_F(FleetReportTest, OneRecordAHost) {
  auto shown = report(FleetLayout::json);
  shown.on_output(0, "stdout", "a \"b\"\n");
  shown.on_output(0, "stderr", "\xFF");
  shown.on_end(0, ended(4));
  shown.on_end(1, failed("refused", 5));
  shown.finish();
  EXPECT_EQ(out(),
            "{\"host\":\"web1\",\"state\":\"ended\",\"exitCode\":4,\"stdout\":\"a \\\"b\\\"\\n\","
            "\"stderrBase64\":\"/w==\",\"seconds\":1.250}\n"
            "{\"host\":\"web2\",\"state\":\"failed\",\"error\":\"refused\",\"errorCode\":\"0x80070005\","
            "\"stdout\":\"\",\"stderr\":\"\",\"seconds\":0.000}\n");
  EXPECT_EQ(err(), "");
}

TEST_F(FleetReportTest, TheExitStatusTellsPartialFailure) {
  auto const status = [&](std::vector<client::FleetOutcome> const& outcomes) {
    auto shown = report(FleetLayout::json);
    for (std::size_t i = 0; i < outcomes.size(); ++i) shown.on_end(i, outcomes[i]);
    return shown.exit_status();
  };
  EXPECT_EQ(status({ended(0), ended(0), ended(0)}), 0);
  EXPECT_EQ(status({ended(0), ended(9), ended(0)}), 1);
  EXPECT_EQ(status({ended(0), ended(9), failed("x", 5)}), 2);
  EXPECT_EQ(status({failed("x", 5), failed("x", 5), failed("x", 5)}), 3);
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
