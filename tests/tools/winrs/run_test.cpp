// The program itself, against a service that plays commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tools/winrs/support/local_service.hpp"
#include "tools/winrs/support/program.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LocalService;
using ::testing::Not;
using testing::Program;
using SteadyClock = std::chrono::steady_clock;

class Winrs : public ::testing::Test {
 protected:
  Winrs() {
    std::string name = ::testing::TempDir() + "winrs-XXXXXX";
    folder_ = mkdtemp(name.data());
    service_ = std::make_unique<LocalService>(folder_);
  }
  ~Winrs() override {
    service_.reset();
    std::filesystem::remove_all(folder_);
  }
  Program start(std::vector<std::string> arguments, bool null_input = true) {
    arguments.insert(arguments.begin(), WINRS_PROGRAM);
    return {arguments, service_->configuration(), null_input};
  }

  std::filesystem::path folder_;
  std::unique_ptr<LocalService> service_;
};

TEST_F(Winrs, W1_StreamsAreKeptApartAndTheExitCodeIsPassed) {
  auto winrs = start({"speak"});
  EXPECT_EQ(winrs.finish(), 3);
  EXPECT_EQ(winrs.out, std::string("out\n\xff\x00 bytes", 12));
  EXPECT_EQ(winrs.err, "err\n");
  EXPECT_THAT(service_->actions(),
              ElementsAre("Create", "Command", "Send", "Receive", "Signal/terminate", "Delete"));
}

TEST_F(Winrs, W6_EmptyInputNeedsNoSecondConnection) {
  auto winrs = start({"speak"});
  EXPECT_EQ(winrs.finish(), 3);
  EXPECT_EQ(service_->connections(), 1U);
}

TEST_F(Winrs, S3_InputIsStreamedToItsEnd) {
  std::string input;
  for (int i = 0; i < 60000; ++i) input += "line " + std::to_string(i) + "\n";
  auto winrs = start({"cat"}, false);
  std::thread writer([&] {
    winrs.write_input(input);
    winrs.close_input();
  });
  EXPECT_EQ(winrs.finish(), 0);
  writer.join();
  EXPECT_EQ(winrs.out.size(), input.size());
  EXPECT_TRUE(winrs.out == input);
  EXPECT_THAT(service_->request_of("Command"), HasSubstr("WINRS_CONSOLEMODE_STDIN\">FALSE<"));
}

TEST_F(Winrs, W1_OpenInputDoesNotKeepAnEndedCommand) {
  auto winrs = start({"speak"}, false);
  EXPECT_EQ(winrs.finish(), 3);
}

TEST_F(Winrs, W4_CtrlCGoesToTheRemoteCommand) {
  auto winrs = start({"wait"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  winrs.signal(SIGINT);
  EXPECT_EQ(winrs.finish(), 9);
  EXPECT_THAT(service_->actions(), Contains("Signal/ctrl_c"));
  EXPECT_EQ(service_->actions().back(), "Delete");
}

TEST_F(Winrs, W4_SecondCtrlCEndsWinrsAndDeletesTheShell) {
  auto winrs = start({"deaf"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  winrs.signal(SIGINT);
  ASSERT_TRUE(service_->wait_for("Signal/ctrl_c"));
  auto const before = SteadyClock::now();
  winrs.signal(SIGINT);
  EXPECT_EQ(winrs.finish(), 128 + SIGINT);
  EXPECT_LT(SteadyClock::now() - before, std::chrono::seconds(2));
  EXPECT_EQ(service_->actions().back(), "Delete");
}

TEST_F(Winrs, W4_TerminationDeletesTheShell) {
  auto winrs = start({"deaf"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  winrs.signal(SIGTERM);
  EXPECT_EQ(winrs.finish(), 128 + SIGTERM);
  EXPECT_EQ(service_->actions().back(), "Delete");
}

TEST_F(Winrs, S5_ClosedOutputEndsTheCommandAndDeletesTheShell) {
  auto winrs = start({"flood"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  winrs.close_output();
  EXPECT_EQ(winrs.finish(), 128 + SIGPIPE);
  EXPECT_EQ(winrs.err, "");
  EXPECT_EQ(service_->actions().back(), "Delete");
}

TEST_F(Winrs, P12_QuietCommandsAreAskedAgain) {
  auto winrs = start({"wait"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  std::this_thread::sleep_for(std::chrono::milliseconds(700));  // two long polls end with nothing
  winrs.signal(SIGINT);
  EXPECT_EQ(winrs.finish(), 9);
}

TEST_F(Winrs, W1_LostConnectionIsReported) {
  auto winrs = start({"-reconnect:1", "gone"});
  EXPECT_EQ(winrs.finish(), 255);
  EXPECT_THAT(winrs.err, HasSubstr("winrs: The connection is lost. Trying to reconnect for 1 seconds.\n"));
  EXPECT_THAT(winrs.err, HasSubstr("Winrs error:\n\n"));
}

TEST_F(Winrs, W3_DirectoryEnvironmentAndProfileAreSent) {
  auto winrs = start({"-d:/opt", "-env:A=1", "/env:B=2", "-noprofile", "speak"});
  EXPECT_EQ(winrs.finish(), 3);
  auto const create = service_->request_of("Create");
  EXPECT_THAT(create, HasSubstr("<rsp:WorkingDirectory>/opt</rsp:WorkingDirectory>"));
  EXPECT_THAT(create, HasSubstr("<rsp:Variable Name=\"A\">1</rsp:Variable><rsp:Variable Name=\"B\">2<"));
  EXPECT_THAT(create, HasSubstr("WINRS_NOPROFILE\">TRUE<"));
  EXPECT_THAT(create, HasSubstr("WINRS_CODEPAGE\">65001<"));
}

TEST_F(Winrs, A22_UserWithoutRemoteIsAnError) {
  auto winrs = start({"-u:alice", "-p:x", "speak"});
  EXPECT_EQ(winrs.finish(), 255);
  EXPECT_THAT(winrs.err, HasSubstr("Credentials are not accepted for the local service"));
  EXPECT_THAT(service_->actions(), IsEmpty());
}

TEST_F(Winrs, W2_NoCommandMeansTheRemoteShell) {
  auto winrs = start({"-noprofile"});
  ASSERT_TRUE(service_->wait_for("Receive"));
  EXPECT_THAT(service_->request_of("Command"), HasSubstr("<rsp:Command>sh</rsp:Command>"));
  winrs.signal(SIGTERM);
  EXPECT_EQ(winrs.finish(), 128 + SIGTERM);
  EXPECT_EQ(service_->actions().back(), "Delete");
}

TEST_F(Winrs, AFolderInsteadOfAFileIsAnError) {
  for (std::vector<std::string> const& arguments : {std::vector<std::string>{"-file:" + folder_.string()},
                                                    {"-remote:a,b", "-input:" + folder_.string(), "speak"}}) {
    auto winrs = start(arguments);
    EXPECT_EQ(winrs.finish(), 255);
    EXPECT_THAT(winrs.err, HasSubstr("cannot be read: Is a directory"));
  }
  EXPECT_THAT(service_->actions(), IsEmpty());
}

TEST_F(Winrs, HelpNeedsNoService) {
  auto help = start({"-?"});
  EXPECT_EQ(help.finish(), 0);
  EXPECT_THAT(help.out, HasSubstr("winrs [-SWITCH"));
  EXPECT_THAT(service_->actions(), IsEmpty());
}

}  // namespace
}  // namespace winrm::tools::winrs_tool
