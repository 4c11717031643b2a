#include "plugins/shell/cmd_shell.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unique_fd.hpp"
#include "plugins/shell/conversation.hpp"
#include "support/temporary_folder.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::plugins::shell::test {
namespace {

using namespace std::chrono_literals;

class CmdShellTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("winrm_shell_test.{}", getpid());
    std::filesystem::create_directories(folder_);
    rlimit const no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static bool is_alive(std::string const& pid) { return !pid.empty() && kill(std::stoi(pid), 0) == 0; }
  /// The content of a file that a command writes, once it is there.
  static std::string content_of(std::filesystem::path const& file) {
    for (int i = 0; i < 500; ++i) {
      std::ifstream stream(file);
      std::string text;
      if (std::getline(stream, text) && !text.empty()) return text;
      std::this_thread::sleep_for(10ms);
    }
    ADD_FAILURE() << file << " was not written";
    return {};
  }

  Conversation client_;
  std::filesystem::path folder_;
};

TEST_F(CmdShellTest, S2_OutputErrorAndExitCode) {
  std::string const shell = client_.open();
  Outcome const outcome = client_.run_to_end(shell, "printf 'a\\0b\\377'; printf err >&2; exit 7");
  EXPECT_EQ(outcome.standard_output, std::string("a\0b\377", 4));
  EXPECT_EQ(outcome.standard_error, "err");
  EXPECT_EQ(outcome.exit_code, "7");
  EXPECT_EQ(outcome.ended_streams.size(), 2U);
}

TEST_F(CmdShellTest, S2_ArgumentsAreJoinedForTheShell) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "printf", {"'%s|'", "one two", "$((1+2))"});
  EXPECT_EQ(client_.wait(shell, command).standard_output, "one|two|3|");
}

TEST_F(CmdShellTest, S2_SkipCmdShellKeepsEachArgument) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "printf", {"%s|", "one two", "$((1+2))"}, true);
  EXPECT_EQ(client_.wait(shell, command).standard_output, "one two|$((1+2))|");
}

TEST_F(CmdShellTest, S2_ALineThatBeginsLikeAnOptionIsACommand) {
  for (bool const profile : {false, true}) {
    RequestText const create = Conversation::create_request(
        fmt::format("<rsp:Environment><rsp:Variable Name=\"HOME\">{}</rsp:Variable></rsp:Environment>",
                    folder_.native()));
    std::string const shell = profile ? client_.open(create) : client_.open();
    for (std::string const line : {"-x", "--version", "+x", "-c 'echo injected'"}) {
      Outcome const outcome = client_.run_to_end(shell, line);
      EXPECT_EQ(outcome.exit_code, "127") << line;
      EXPECT_EQ(outcome.standard_output, "") << line;
    }
  }
}

TEST_F(CmdShellTest, S2_SkipCmdShellFindsAProgramBesideARelativeDirectory) {
  std::ofstream(folder_ / "mine") << "#!/bin/sh\npwd\n";
  std::filesystem::permissions(folder_ / "mine", std::filesystem::perms::owner_all);
  std::filesystem::path const before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.parent_path());
  RequestText const create = Conversation::create_request(
      fmt::format("<rsp:WorkingDirectory>{}</rsp:WorkingDirectory>", folder_.filename().native()));
  std::string const shell = client_.open(create);
  Reply const started = client_.command(shell, "./mine", {}, true);
  std::filesystem::current_path(before);
  ASSERT_EQ(started.status, 200) << started.text;
  std::string const command = started.body().child(ns::shell, "CommandId").text();
  EXPECT_EQ(client_.wait(shell, command).standard_output, folder_.native() + "\n");
}

TEST_F(CmdShellTest, S2_MissingProgramIsTheRecordedFault) {
  std::string const shell = client_.open();
  for (std::string const name : {"no-such-program-here", "/no/such/program", "./nothing"}) {
    Reply const reply = client_.command(shell, name, {"x"}, true);
    EXPECT_EQ(reply.fault_code(), "2147942402");
    EXPECT_EQ(reply.fault_subcode(), "w:InternalError");
    EXPECT_NE(reply.text.find("<f:ProviderFault provider=\"Shell cmd plugin\""), std::string::npos)
        << reply.text;
  }
  // Through the login shell it is the shell that says so.
  EXPECT_EQ(client_.run_to_end(shell, "no-such-program-here").exit_code, "127");
}

TEST_F(CmdShellTest, S2_ExitCodeOfASignalIs128AndItsNumber) {
  std::string const shell = client_.open();
  EXPECT_EQ(client_.run_to_end(shell, "kill -TERM $$").exit_code, "143");
}

TEST_F(CmdShellTest, S2_ReceiveAfterDoneAnswersDoneAgain) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "true");
  EXPECT_EQ(client_.wait(shell, command).exit_code, "0");
  EXPECT_EQ(client_.wait(shell, command).exit_code, "0");
}

TEST_F(CmdShellTest, S1_EnvironmentDirectoryAndProfile) {
  RequestText create = Conversation::create_request(
      "<rsp:Environment><rsp:Variable Name=\"COLOUR\">deep &amp; \"blue\"</rsp:Variable></rsp:Environment>"
      "<rsp:WorkingDirectory>/usr/bin</rsp:WorkingDirectory><rsp:IdleTimeOut>PT60S</rsp:IdleTimeOut>");
  create.with_option("WINRS_NOPROFILE", "TRUE", true);
  Reply const reply = ask(client_.dispatcher(), create);
  ASSERT_EQ(reply.status, 200) << reply.text;
  xml::Element const shell = reply.body().next_sibling();
  EXPECT_EQ(shell.child(ns::shell, "IdleTimeOut").text(), "PT60.000S");
  EXPECT_EQ(shell.child(ns::shell, "WorkingDirectory").text(), "/usr/bin");
  Outcome const outcome =
      client_.run_to_end(shell.child(ns::shell, "ShellId").text(), "echo $COLOUR; pwd; echo $0");
  EXPECT_EQ(outcome.standard_output.substr(0, 21), "deep & \"blue\"\n/usr/bi");
  EXPECT_EQ(outcome.standard_output.find("\n-"), std::string::npos) << "no login shell without the profile";
}

TEST_F(CmdShellTest, S1_TheClientsVariablesWinOverTheProfile) {
  support::TemporaryFolder const home;
  for (char const* profile : {".profile", ".bash_profile", ".zprofile"})
    std::ofstream(home.path() / profile) << "export COLOUR=red PATH=/usr/bin:/bin READ=yes\n";
  RequestText const create = Conversation::create_request(
      "<rsp:Environment><rsp:Variable Name=\"HOME\">" + home.path().string() +
      "</rsp:Variable><rsp:Variable Name=\"COLOUR\">deep \"blue\" $HOME</rsp:Variable>"
      "<rsp:Variable Name=\"PATH\">/opt/mine:/usr/bin:/bin</rsp:Variable></rsp:Environment>");
  Outcome const outcome =
      client_.run_to_end(client_.open(create), "echo $READ; echo \"$COLOUR\"; echo $PATH; env");
  EXPECT_EQ(outcome.standard_output.find("yes\ndeep \"blue\" $HOME\n/opt/mine:/usr/bin:/bin\n"), 0U)
      << outcome.standard_output;
  EXPECT_EQ(outcome.standard_output.find("_WINRS"), std::string::npos);
  EXPECT_EQ(outcome.standard_error, "");
}

TEST_F(CmdShellTest, S1_StartsAtHomeAsALoginShell) {
  system::Account const account = system::current_account();
  Outcome const outcome =
      client_.run_to_end(client_.open(Conversation::create_request()), "pwd; echo $HOME; echo $0");
  EXPECT_EQ(outcome.standard_output.substr(0, outcome.standard_output.find('\n')), account.home.native());
  EXPECT_NE(outcome.standard_output.find("\n-"), std::string::npos) << outcome.standard_output;
}

TEST_F(CmdShellTest, S1_EnvironmentOfTheServiceStaysBehind) {
  setenv("WINRM_TEST_PASSWORD", "hidden", 1);
  Outcome const outcome = client_.run_to_end(client_.open(), "env");
  unsetenv("WINRM_TEST_PASSWORD");
  EXPECT_EQ(outcome.standard_output.find("hidden"), std::string::npos);
}

TEST_F(CmdShellTest, S1_MissingDirectoryIsAFault) {
  Reply const reply =
      ask(client_.dispatcher(),
          Conversation::create_request("<rsp:WorkingDirectory>/no/such/folder</rsp:WorkingDirectory>"));
  EXPECT_EQ(reply.fault_code(), "2147942402");
  EXPECT_NE(reply.text.find("/no/such/folder"), std::string::npos);
  EXPECT_TRUE(client_.dispatcher().idle()) << "no shell is left";
}

TEST_F(CmdShellTest, S1_CodePagesAreAcceptedAndOutputStaysAsItIs) {
  for (std::string const page : {"437", "65001", "1252"}) {
    RequestText create = Conversation::create_request();
    std::string const shell = client_.open(create.with_option("WINRS_CODEPAGE", page, true));
    EXPECT_EQ(client_.run_to_end(shell, "printf '\\303\\244'").standard_output, "\xC3\xA4");
  }
  RequestText wrong = Conversation::create_request();
  Reply const reply = ask(client_.dispatcher(), wrong.with_option("WINRS_CODEPAGE", "latin", true));
  EXPECT_EQ(reply.fault_subcode(), "w:InvalidOptions");
}

TEST_F(CmdShellTest, P14_UnknownOptionThatMustBeCompliedWithIsRefused) {
  RequestText create = Conversation::create_request();
  EXPECT_EQ(ask(client_.dispatcher(), create.with_option("WINRS_TELEPATHY", "TRUE", true)).fault_subcode(),
            "w:InvalidOptions");
  RequestText polite = Conversation::create_request();
  EXPECT_EQ(ask(client_.dispatcher(), polite.with_option("WINRS_TELEPATHY", "TRUE")).status, 200);
}

TEST_F(CmdShellTest, S3_InputAndItsEnd) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "cat");
  EXPECT_EQ(client_.send(shell, command, "first ").reply().status, 200);
  EXPECT_EQ(client_.send(shell, command, "second", true).reply().status, 200);
  EXPECT_EQ(client_.wait(shell, command).standard_output, "first second");
}

TEST_F(CmdShellTest, S3_InputThatNobodyReadsWaitsAndTimesOut) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "sleep 60");
  std::string const block(100'000, 'x');
  // The first is begun and kept to its end; the second has to be sent again.
  EXPECT_EQ(client_.send(shell, command, block, false, "PT0.2S").reply().status, 200);
  EXPECT_EQ(client_.send(shell, command, block, false, "PT0.2S").reply().fault_code(), "2150858793");
}

TEST_F(CmdShellTest, S3_InputIsTakenWhenTheCommandReads) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "sleep 0.3; wc -c");
  std::string const block(300'000, 'x');
  Pending first = client_.send(shell, command, block);
  Pending second = client_.send(shell, command, block, true);
  EXPECT_FALSE(second.ready());
  EXPECT_EQ(first.reply().status, 200);
  EXPECT_EQ(second.reply().status, 200);
  EXPECT_EQ(std::stoi(client_.wait(shell, command).standard_output), 600'000);
}

TEST_F(CmdShellTest, S3_InputForACommandThatEndedIsDropped) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "exec 0<&-; echo ready; sleep 0.2");
  Reply const ready = client_.receive(shell, command).reply();
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(client_.send(shell, command, std::string(200'000, 'x')).reply().status, 200);
  EXPECT_EQ(client_.wait(shell, command).exit_code, "0");
  EXPECT_EQ(client_.send(shell, command, "late").reply().status, 200);
}

TEST_F(CmdShellTest, S4_CtrlCInterruptsTheWholeGroup) {
  std::string const shell = client_.open();
  std::string const command =
      client_.run(shell, "trap 'echo caught; exit 5' INT; echo ready; sleep 60 & wait");
  EXPECT_EQ(client_.receive(shell, command).reply().status, 200);
  EXPECT_EQ(client_.signal(shell, command, "ctrl_c").status, 200);
  Outcome const outcome = client_.wait(shell, command);
  EXPECT_EQ(outcome.standard_output, "caught\n");
  EXPECT_EQ(outcome.exit_code, "5");
  // pypsrp's way of saying goodbye.
  EXPECT_EQ(client_.signal(shell, command, "ctrl_c").status, 200);
  EXPECT_EQ(client_.signal(shell, command, "ctrl_c").fault_code(), "2150858843");
}

TEST_F(CmdShellTest, S4_CtrlBreakQuits) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "sleep", {"60"}, true);  // shells ignore SIGQUIT themselves
  EXPECT_EQ(client_.signal(shell, command, "ctrl_break").status, 200);
  EXPECT_EQ(client_.wait(shell, command).exit_code, "131");
}

TEST_F(CmdShellTest, S4_TerminateKillsTheTreeAndForgetsTheCommand) {
  std::string const shell = client_.open();
  std::filesystem::path const file = folder_ / "pid";
  std::string const command = client_.run(
      shell, fmt::format("trap '' TERM INT; sh -c 'echo $$ > {}; sleep 60' & wait", file.native()));
  std::string const grandchild = content_of(file);
  Pending waiting = client_.receive(shell, command);
  EXPECT_EQ(client_.signal(shell, command, "terminate").status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "995");
  EXPECT_FALSE(is_alive(grandchild));
  EXPECT_EQ(client_.receive(shell, command).reply().fault_code(), "2150858843");
}

TEST_F(CmdShellTest, S5_DeleteEndsEverythingThatTheShellStarted) {
  std::string const shell = client_.open();
  // One in the background, one in a session of its own, and a daemon that lost its parents and its
  // environment.
  std::string const script = fmt::format(
      "cd {}; sh -c 'echo $$ > a; exec sleep 300' & setsid sh -c 'echo $$ > b; exec sleep 300' &"
      "(env -i setsid sh -c '(echo $$ > c; exec sleep 300) >/dev/null 2>&1 &' &) ; sleep 300",
      folder_.native());
  std::string const command = client_.run(shell, script);
  std::vector<std::string> pids{content_of(folder_ / "a"), content_of(folder_ / "b")};
  std::string const daemon = content_of(folder_ / "c");
  for (auto const& pid : pids) EXPECT_TRUE(is_alive(pid));
  Pending waiting = client_.receive(shell, command);
  EXPECT_EQ(client_.remove(shell).status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "995");
  for (auto const& pid : pids) EXPECT_FALSE(is_alive(pid));
  EXPECT_FALSE(is_alive(daemon));
  EXPECT_EQ(client_.remove(shell).fault_code(), "2150858843");
  EXPECT_TRUE(client_.dispatcher().idle());
}

TEST_F(CmdShellTest, S5_DeleteEndsALongChainOfSessions) {
  std::string const shell = client_.open();
  std::filesystem::path const script = folder_ / "chain";
  // Each link waits for the next one: nothing loses its parent before it is ended.
  std::ofstream(script) << "[ $1 = 0 ] && { echo $$ > " << (folder_ / "last").native()
                        << "; sleep 300; exit; }\nsetsid sh $0 $(($1-1))\n:\n";
  std::string const command = client_.run(shell, "sh", {script.native(), "300"});
  std::string const last = content_of(folder_ / "last");
  EXPECT_TRUE(is_alive(last));
  EXPECT_EQ(client_.remove(shell).status, 200);
  EXPECT_FALSE(is_alive(last));
}

TEST_F(CmdShellTest, S5_ACommandThatStopsItsGuardEndsWithTheShell) {
  std::string const shell = client_.open();
  std::string const command = client_.run(
      shell, fmt::format("setsid sh -c 'echo $$ > {}; exec sleep 300' & kill -STOP $PPID; echo x > {}; wait",
                         (folder_ / "e").native(), (folder_ / "stopped").native()));
  std::string const pid = content_of(folder_ / "e");
  EXPECT_EQ(content_of(folder_ / "stopped"), "x");
  auto const began = std::chrono::steady_clock::now();
  EXPECT_EQ(client_.remove(shell).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_FALSE(is_alive(pid));
}

TEST_F(CmdShellTest, S5_ACommandThatStopsItsGuardAtOnceDoesNotHoldUpItsStart) {
  std::string const shell = client_.open();
  for (int i = 0; i < 10; ++i) {
    std::string const command = client_.run(shell, "sh", {"-c", "kill -STOP $PPID"}, true);
    EXPECT_EQ(client_.signal(shell, command, "terminate").status, 200);
  }
}

TEST_F(CmdShellTest, S5_AProcessLeftBehindThatNeverStopsWritingDoesNotHoldUpTheEnd) {
  std::string const shell = client_.open();
  std::string const command =
      client_.run(shell, "for i in 1 2 3 4 5 6 7 8; do yes & done; sleep 0.1; echo last >&2; exit 3");
  auto const began = std::chrono::steady_clock::now();
  Outcome outcome;
  while (outcome.exit_code.empty() && std::chrono::steady_clock::now() - began < 10s) {
    outcome.standard_output.clear();
    Conversation::collect(client_.receive(shell, command).reply(), outcome);
    std::this_thread::sleep_for(20ms);  // a network: the pipe is full again whenever there is room
  }
  EXPECT_EQ(outcome.exit_code, "3");
  EXPECT_EQ(outcome.standard_error, "last\n");
}

TEST_F(CmdShellTest, S5_ProcessesLeftBehindDoNotHoldUpTheEndButEndWithTheShell) {
  std::string const shell = client_.open();
  auto const began = std::chrono::steady_clock::now();
  Outcome const outcome =
      client_.run_to_end(shell, fmt::format("sleep 300 & echo $! > {}; echo done", (folder_ / "d").native()));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(outcome.standard_output, "done\n");
  EXPECT_EQ(outcome.exit_code, "0");
  std::string const pid = content_of(folder_ / "d");
  EXPECT_TRUE(is_alive(pid));
  client_.remove(shell);
  EXPECT_FALSE(is_alive(pid));
}

TEST_F(CmdShellTest, S6_SeveralShellsAndCommandsAtOnce) {
  std::string const one = client_.open();
  std::string const two = client_.open();
  std::string const slow = client_.run(one, "sleep 0.3; echo slow");
  std::string const fast = client_.run(one, "echo fast");
  std::string const other = client_.run(two, "echo other");
  EXPECT_EQ(client_.wait(one, fast).standard_output, "fast\n");
  EXPECT_EQ(client_.wait(two, other).standard_output, "other\n");
  EXPECT_EQ(client_.wait(one, slow).standard_output, "slow\n");
}

TEST_F(CmdShellTest, S7_GetTellsMemoryAndProcesses) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "echo ready; sleep 60 & sleep 60");
  EXPECT_EQ(client_.receive(shell, command).reply().status, 200);
  std::this_thread::sleep_for(100ms);
  Reply const reply = ask(client_.dispatcher(), Conversation::request(wsman::action::get, shell, ""));
  EXPECT_EQ(reply.body().child(ns::shell, "ChildProcesses").text(), "3");
  EXPECT_TRUE(reply.body().child(ns::shell, "MemoryUsed").text().ends_with("MB"));
}

TEST_F(CmdShellTest, OutputOf50MegabytesArrivesWhole) {
  std::string const shell = client_.open();
  std::string const command =
      client_.run(shell, "head -c 52428800 /dev/urandom | tee " + (folder_ / "copy").native() +
                             "; sha256sum < " + (folder_ / "copy").native() + " >&2");
  Outcome const outcome = client_.wait(shell, command);
  ASSERT_EQ(outcome.standard_output.size(), 52428800U);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<unsigned char const*>(outcome.standard_output.data()),
         outcome.standard_output.size(), digest);
  std::string hex;
  for (unsigned char const byte : digest) hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(outcome.standard_error.substr(0, 64), hex);
}

TEST_F(CmdShellTest, OneStreamDoesNotStarveTheOther) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "yes & sleep 0.5; echo heard >&2; sleep 300");
  auto const began = std::chrono::steady_clock::now();
  Outcome outcome;
  while (outcome.standard_error.empty() && std::chrono::steady_clock::now() - began < 5s) {
    outcome.standard_output.clear();
    Conversation::collect(client_.receive(shell, command).reply(), outcome);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(outcome.standard_error, "heard\n");
}

TEST_F(CmdShellTest, OutputIsNotLostWhenALongPollIsCancelled) {
  std::string const shell = client_.open();
  std::string const command = client_.run(shell, "sleep 0.2; echo kept");
  Pending lost = client_.receive(shell, command);
  lost.call->cancel();
  EXPECT_EQ(lost.reply().fault_code(), "995");
  EXPECT_EQ(client_.wait(shell, command).standard_output, "kept\n");
}

TEST_F(CmdShellTest, DescriptorsDoNotLeakIntoCommands) {
  UniqueFd const secret(dup(STDERR_FILENO));  // without FD_CLOEXEC
  std::string const shell = client_.open();
  std::string const other = client_.run(shell, "sleep 60");
  Outcome const outcome = client_.wait(shell, client_.run(shell, "ls", {"/proc/self/fd"}, true));
  EXPECT_EQ(outcome.standard_output, "0\n1\n2\n3\n");  // 3 is the folder itself
}

TEST_F(CmdShellTest, CommandsThatEndedHoldNoDescriptors) {
  auto const open = [] {
    std::filesystem::directory_iterator const all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  std::string const shell = client_.open();
  EXPECT_EQ(client_.run_to_end(shell, "true").exit_code, "0");
  auto const before = open();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client_.run_to_end(shell, "true").exit_code, "0");
  // The last guard may need a moment more than its command.
  for (int i = 0; i < 500 && open() > before; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_LE(open(), before);
}

TEST_F(CmdShellTest, GuardsAndZombiesDoNotPileUp) {
  std::string const shell = client_.open();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client_.run_to_end(shell, "true").exit_code, "0");
  client_.remove(shell);
  std::ifstream children(fmt::format("/proc/self/task/{}/children", getpid()));
  std::string left;
  std::getline(children, left);
  EXPECT_EQ(left, "");
}

}  // namespace
}  // namespace winrm::plugins::shell::test
