// Conversations recorded from Windows hosts, replayed to the client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/shell.hpp"
#include "client/support/recording.hpp"

namespace winrm::client {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WindowsRecording : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = recordings_folder();
    if (!folder_)
      GTEST_SKIP() << "the recordings of Windows hosts are not here; WINRM_RECORDINGS names their folder";
  }
  Replay replay(std::string const& name) const {
    auto recording = load_recording(*folder_ / (name + ".yml"));
    EXPECT_FALSE(recording.messages.empty()) << name;
    return Replay(std::move(recording));
  }
  std::optional<std::filesystem::path> folder_;
};

struct CommandOutcome {
  std::string out;
  std::string err;
  std::uint32_t exit_code = 0;
};

CommandOutcome finish(Command& command) {
  CommandOutcome outcome;
  while (true) {
    auto const received = command.receive();
    for (auto const& [stream, bytes] : received.chunks)
      (stream == "stderr" ? outcome.err : outcome.out) += bytes;
    if (!received.exit_code) continue;
    outcome.exit_code = *received.exit_code;
    return outcome;
  }
}

CommandOutcome run(Replay& replay, CommandLine const& line, ShellOptions const& options = {}) {
  Session session(local_options(), replay.transport());
  Shell shell(session, options);
  auto command = shell.start(line);
  auto outcome = finish(command);
  command.signal(Signal::terminate);
  return outcome;
}

TEST_F(WindowsRecording, W1_StandardCommand) {
  auto host = replay("test_winrs_standard");
  CommandLine line;
  line.command = "cmd.exe";
  line.arguments = {"/c", "echo", "hi"};
  auto const outcome = run(host, line);
  EXPECT_EQ(outcome.out, "hi\r\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.exit_code, 0U);
  EXPECT_THAT(host.actions, ElementsAre("Create", "Command", "Receive", "Signal", "Delete"));
  EXPECT_EQ(element_text(host.requests.back(), "Selector"), "4283CBDC-3706-415B-88BD-B385F3E51A53");
  EXPECT_THAT(host.requests[2], HasSubstr("CommandId=\"CF84C20A-0A35-43FA-AF78-0B4711DA5F30\""));
}

TEST_F(WindowsRecording, W1_ErrorStreamAndExitCode) {
  auto host = replay("test_winrs_stderr_rc");
  auto const outcome = run(host, {"cmd.exe", {"/c echo out && echo err>&2 && exit 1"}});
  EXPECT_EQ(outcome.out, "out \r\n");
  EXPECT_EQ(outcome.err, "err \r\n");
  EXPECT_EQ(outcome.exit_code, 1U);
  EXPECT_THAT(host.requests[1], HasSubstr("echo out &amp;&amp; echo err&gt;&amp;2"));
}

TEST_F(WindowsRecording, W1_UnicodeOutput) {
  auto host = replay("test_winrs_unicode");
  EXPECT_EQ(run(host, {"powershell.exe", {"Write-Host こんにちは"}}).out, "こんにちは\n");
}

TEST_F(WindowsRecording, P12_LongPollsAreRepeated) {
  auto host = replay("test_winrs_operation_timeout");
  auto const outcome = run(host, {"powershell.exe", {"Write-Host hi; Start-Sleep 30; Write-Host hi again"}});
  EXPECT_EQ(outcome.out, "hi\nhi again\n");
  EXPECT_THAT(host.actions, ElementsAre("Create", "Command", "Receive", "Receive", "Receive", "Receive",
                                        "Signal", "Delete"));
}

TEST_F(WindowsRecording, W3_EnvironmentIsSent) {
  auto host = replay("test_winrs_environment");
  ShellOptions options;
  options.environment = {{"env1", "var1"}, {"a&b", "c<d"}};
  auto const outcome = run(host, {"cmd.exe", {"/c", "set"}}, options);
  EXPECT_THAT(outcome.out, HasSubstr("1234=5678\r\n"));
  EXPECT_THAT(host.requests.front(), HasSubstr("<rsp:Variable Name=\"env1\">var1</rsp:Variable>"));
  EXPECT_THAT(host.requests.front(), HasSubstr("<rsp:Variable Name=\"a&amp;b\">c&lt;d</rsp:Variable>"));
}

TEST_F(WindowsRecording, W3_DirectoryAndIdleTimeoutAreSent) {
  auto host = replay("test_winrs_extra_opts");
  ShellOptions options;
  options.working_directory = "C:\\Windows";
  options.idle_timeout = Milliseconds(60000);
  EXPECT_EQ(run(host, {"powershell.exe", {"(pwd).Path"}}, options).out, "C:\\Windows\r\n");
  EXPECT_EQ(element_text(host.requests.front(), "WorkingDirectory"), "C:\\Windows");
  EXPECT_EQ(element_text(host.requests.front(), "IdleTimeOut"), "PT60.000S");
}

TEST_F(WindowsRecording, W3_NoProfileIsAnOption) {
  auto host = replay("test_winrs_noprofile");
  ShellOptions options;
  options.no_profile = true;
  EXPECT_FALSE(run(host, {"powershell.exe", {"$env:username"}}, options).out.empty());
  EXPECT_THAT(host.requests.front(), HasSubstr("WINRS_NOPROFILE\">TRUE<"));
}

TEST_F(WindowsRecording, S3_InputIsSent) {
  auto host = replay("test_winrs_send");
  Session session(local_options(), host.transport());
  Shell shell(session, {});
  auto command = shell.start({"powershell.exe", {"-"}});
  command.send("Write-Host \"output 1\";", false);
  command.send("Write-Host \"output 2\";", true);
  EXPECT_EQ(finish(command).out, "output 1\noutput 2\n");
  EXPECT_EQ(element_text(host.requests[2], "Stream"), "V3JpdGUtSG9zdCAib3V0cHV0IDEiOw==");
  EXPECT_THAT(host.requests[3], HasSubstr("End=\"true\""));
}

TEST_F(WindowsRecording, A4_UnknownCommandIsTheServicesFault) {
  auto host = replay("test_winrs_bad_cmd_id");
  Session session(local_options(), host.transport());
  Shell shell(session, {});
  auto command = shell.start({"cmd.exe", {"/c", "echo", "hi"}});
  try {
    static_cast<void>(command.receive());
    FAIL() << "the fault was not seen";
  } catch (Failure const& failure) {
    EXPECT_EQ(failure.kind(), Failure::Kind::fault);
    EXPECT_EQ(failure.code(), 2150858843U);
    EXPECT_THAT(failure.text(), HasSubstr("command identifier that does not exist"));
    EXPECT_THAT(failure.fault_xml(), HasSubstr("Code=\"2150858843\""));
  }
}

TEST_F(WindowsRecording, P17_ProgramNotFoundCarriesTheWin32Code) {
  auto host = replay("test_winrs_no_cmd_shell");
  Session session(local_options(), host.transport());
  Shell shell(session, {});
  try {
    static_cast<void>(shell.start({"echo", {"hi"}, true, true}));
    FAIL() << "the fault was not seen";
  } catch (Failure const& failure) {
    EXPECT_EQ(failure.code(), 0x80070002U);
    EXPECT_THAT(failure.text(), HasSubstr("cannot find the file"));
    EXPECT_THAT(failure.fault_xml(), HasSubstr("ProviderFault"));
  }
}

TEST_F(WindowsRecording, P17_MissingCommandIdIsAWin32Code) {
  auto host = replay("test_winrs_fail_poll_process");
  Session session(local_options(), host.transport());
  Shell shell(session, {});
  try {
    static_cast<void>(
        session.exchange("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive", {}, {}));
    FAIL() << "the fault was not seen";
  } catch (Failure const& failure) {
    EXPECT_EQ(failure.code(), 87U);
  }
}

TEST_F(WindowsRecording, S5_ShellIsDeletedWhenTheCallerFails) {
  auto host = replay("test_winrs_open_already_opened");
  {
    Session session(local_options(), host.transport());
    Shell const shell(session, {});
  }
  EXPECT_THAT(host.actions, ElementsAre("Create", "Delete"));
}

TEST_F(WindowsRecording, P1_ConfigurationIsRead) {
  auto host = replay("test_wsman_update_envelope_size_500");
  Session session(local_options(), host.transport());
  ResourceLocator config;
  config.resource_uri = "http://schemas.microsoft.com/wbem/wsman/1/config";
  auto const answer = session.get(config);
  EXPECT_EQ(answer.body().local_name(), "Config");
  EXPECT_EQ(answer.body().first_child().text(), "500");
}

TEST_F(WindowsRecording, W1_LaterRecordingsOfWholeClients) {
  for (auto const* name : {"test_client_execute_cmd", "test_client_execute_cmd_environment"}) {
    auto host = replay(name);
    auto const outcome = run(host, {"dir", {}});
    EXPECT_EQ(outcome.exit_code, 0U) << name;
    EXPECT_FALSE(outcome.out.empty()) << name;
  }
}

}  // namespace
}  // namespace winrm::client
