#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "base/limits.hpp"
#include "engine/shells_fixture.hpp"

/// Shells whose clients go away and come back.
namespace winrm::engine::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view first_session = "uuid:5B1B0A3C-2B6E-4A46-9B58-1B7B0B6C8A01";
constexpr std::string_view other_session = "uuid:5B1B0A3C-2B6E-4A46-9B58-1B7B0B6C8A02";

RequestText of_session(RequestText request, std::string_view session) {
  request.headers += fmt::format(
      "<p:SessionId xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\">{}</p:SessionId>",
      session);
  return request;
}

class DisconnectTest : public ShellsTest {
 protected:
  std::string open_by_client(std::string_view content = {}) {
    return open(of_session(create_request(fmt::format(" ShellId=\"{}\"", guid), content), first_session));
  }
  Reply disconnect(std::string const& shell, std::string_view content = {}) {
    return ask(dispatcher(), shell_request(action::shell_disconnect, shell,
                                           fmt::format("<rsp:Disconnect>{}</rsp:Disconnect>", content)));
  }
  Reply reconnect(std::string const& shell, std::string_view session = first_session) {
    return ask(dispatcher(), of_session(shell_request(action::shell_reconnect, shell), session));
  }
  Reply connect(std::string const& shell, std::string_view session, std::string_view attributes = {}) {
    return ask(dispatcher(), of_session(shell_request(action::shell_connect, shell,
                                                      fmt::format("<rsp:Connect{}/>", attributes)),
                                        session));
  }
  std::string state_of(std::string const& shell, std::string_view element = "State") {
    Reply const reply = ask(dispatcher(), shell_request(action::get, shell));
    return reply.body().child(ns::shell, element).text();
  }
};

TEST_F(DisconnectTest, S8_ADisconnectedShellRunsOnAndItsOutputWaits) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  shells_->sink(command)->output("stdout", "before ");
  EXPECT_EQ(output_of(receive(shell, command)), "before ");
  Pending waiting = start(dispatcher(), receive_request(shell, command));
  ASSERT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "2150859230");
  EXPECT_EQ(state_of(shell), "Disconnected");
  EXPECT_EQ(receive(shell, command).fault_code(), "2150859230");
  shells_->sink(command)->output("stdout", "meanwhile");
  EXPECT_EQ(reconnect(shell).status, 200);
  EXPECT_EQ(state_of(shell), "Connected");
  EXPECT_EQ(output_of(receive(shell, command)), "meanwhile");
}

TEST_F(DisconnectTest, S8_AnotherClientConnectsByTheId) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  EXPECT_EQ(connect(shell, other_session).fault_code(), "2150859213");
  ASSERT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(reconnect(shell, other_session).fault_code(), "2150859206");
  Reply const connected = connect(shell, other_session);
  ASSERT_EQ(connected.status, 200);
  EXPECT_EQ(connected.body().child(ns::shell, "OutputStreams").text(), "stdout stderr");
  EXPECT_EQ(connect(shell, other_session, fmt::format(" CommandId=\"{}\"", command)).status, 200);
  EXPECT_EQ(connect(shell, other_session, fmt::format(" CommandId=\"{}\"", guid)).fault_code(), "2150858843");
  shells_->sink(command)->output("stdout", "x");
  EXPECT_EQ(output_of(receive(shell, command)), "x");
  ASSERT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(reconnect(shell, first_session).fault_code(), "2150859206");
  EXPECT_EQ(reconnect(shell, other_session).status, 200);
}

TEST_F(DisconnectTest, S8_OperationsThatDoNotFitTheStateAreRefused) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  EXPECT_EQ(reconnect(shell).fault_code(), "2150859216");
  EXPECT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(disconnect(shell).fault_code(), "2150859215");
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, "x")).fault_code(), "2150859204");
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("ctrl_c"))).fault_code(), "2150859204");
  EXPECT_EQ(
      ask(dispatcher(), shell_request(action::shell_command, shell,
                                      "<rsp:CommandLine><rsp:Command>x</rsp:Command></rsp:CommandLine>"))
          .fault_code(),
      "2150859204");
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, shell)).status, 200);
  EXPECT_EQ(reconnect(shell).fault_code(), "2150858843");
}

TEST_F(DisconnectTest, S8_OnlyAShellWhoseClientChoseTheIdCanBeDisconnected) {
  EXPECT_EQ(disconnect(open()).fault_code(), "2150859205");
}

TEST_F(DisconnectTest, S8_InputThatWaitsIsAnsweredByWhetherItWasTaken) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 2; });
  Pending begun = start(dispatcher(), send_request(shell, command, "abcd"));
  Pending waiting = start(dispatcher(), send_request(shell, command, "efgh"));
  EXPECT_FALSE(begun.ready(50ms));
  ASSERT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(begun.reply().status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "2150859230");
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  shells_->with(command, [](auto& entry) { EXPECT_EQ(entry.input, "abcd"); });
}

TEST_F(DisconnectTest, S8_TheIdleTimeoutOfADisconnectedShellIsItsOwn) {
  std::string const shell = open_by_client();
  EXPECT_EQ(disconnect(shell, "<rsp:IdleTimeOut>PT0.5S</rsp:IdleTimeOut>").fault_code(), "2150859250");
  ASSERT_EQ(disconnect(shell, "<rsp:IdleTimeOut>PT1S</rsp:IdleTimeOut>").status, 200);
  EXPECT_EQ(shells_->open_shells, 1);
  std::this_thread::sleep_for(1300ms);
  EXPECT_EQ(shells_->open_shells, 0);
  EXPECT_EQ(reconnect(shell).fault_code(), "2150858843");
}

TEST_F(DisconnectTest, S13_OutputIsHeldBackAndTheCommandWaitsWhenTheBufferIsFull) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  ASSERT_EQ(disconnect(shell, "<rsp:BufferMode>Block</rsp:BufferMode>").status, 200);
  auto const sink = shells_->sink(command);
  EXPECT_TRUE(sink->output("stdout", "first"));
  EXPECT_FALSE(sink->output("stdout", std::string(limits::command_output_bytes, 'x')));
  ASSERT_EQ(reconnect(shell).status, 200);
  std::string all;
  while (all.size() < limits::command_output_bytes + 5) all += output_of(receive(shell, command));
  EXPECT_EQ(all.substr(0, 6), "firstx");
  EXPECT_GT(shells_->with(command, [](auto& entry) { return entry.room_calls; }), 0);
}

TEST_F(DisconnectTest, S13_WithDropTheOldestOutputGoesAndTheCommandRunsOn) {
  std::string const shell = open_by_client("<rsp:BufferMode>Drop</rsp:BufferMode>");
  EXPECT_EQ(state_of(shell, "BufferMode"), "Drop");
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  EXPECT_FALSE(sink->output("stdout", std::string(limits::command_output_bytes, 'o')))
      << "connected, nothing is dropped";
  ASSERT_EQ(disconnect(shell).status, 200);
  EXPECT_EQ(shells_->with(command, [](auto& entry) { return entry.room_calls; }), 1);
  EXPECT_TRUE(sink->output("stdout", std::string(limits::command_output_bytes, 'n')));
  EXPECT_TRUE(sink->output("stdout", "last"));
  ASSERT_EQ(reconnect(shell).status, 200);
  std::string all;
  while (all.size() < limits::command_output_bytes) all += output_of(receive(shell, command));
  EXPECT_EQ(all.size(), limits::command_output_bytes);
  EXPECT_EQ(all.find('o'), std::string::npos);
  EXPECT_TRUE(all.ends_with("nlast"));
}

TEST_F(DisconnectTest, S8_InputThatWasAnsweredAsTakenStaysTaken) {
  std::string const shell = open_by_client();
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 0; });
  // The deadline comes while the plug-in is asked, and it takes nothing.
  shells_->on_send = [] { std::this_thread::sleep_for(300ms); };
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, "input").with_timeout("PT0.1S")).status, 200);
  shells_->on_send = [] {};
  ASSERT_EQ(disconnect(shell).status, 200);
  ASSERT_EQ(reconnect(shell).status, 200);
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  EXPECT_EQ(shells_->with(command, [](auto& entry) { return entry.input; }), "input");
}

TEST_F(DisconnectTest, S13_BufferModeIsChecked) {
  EXPECT_EQ(disconnect(open_by_client(), "<rsp:BufferMode>Keep</rsp:BufferMode>").fault_subcode(),
            "w:SchemaValidationError");
}

TEST_F(DisconnectTest, S9_AnAnswerThatWasLostIsGivenAgain) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  sink->output("stdout", "one");
  RequestText const request = receive_request(shell, command);
  EXPECT_EQ(output_of(ask(dispatcher(), request)), "one");
  sink->output("stdout", "two");
  EXPECT_EQ(output_of(ask(dispatcher(), request)), "one") << "the same message gets the same answer";
  EXPECT_EQ(output_of(receive(shell, command)), "two");
  sink->done(3);
  RequestText const last = receive_request(shell, command);
  EXPECT_TRUE(is_done(ask(dispatcher(), last)));
  EXPECT_TRUE(is_done(ask(dispatcher(), last)));
}

TEST_F(DisconnectTest, S9_StreamsThatAreReceivedApartAreConfirmedApart) {
  std::string const shell = open();
  std::string const command = run(shell);
  shells_->sink(command)->output("stdout", "out");
  shells_->sink(command)->output("stderr", "err");
  RequestText const out = receive_request(shell, command, "stdout");
  RequestText const err = receive_request(shell, command, "stderr");
  EXPECT_EQ(output_of(ask(dispatcher(), out)), "out");
  EXPECT_EQ(output_of(ask(dispatcher(), err), "stderr"), "err");
  EXPECT_EQ(output_of(ask(dispatcher(), out)), "out");
  EXPECT_EQ(output_of(ask(dispatcher(), err), "stderr"), "err");
}

TEST_F(DisconnectTest, S9_InputThatIsSentAgainIsTakenOnce) {
  std::string const shell = open();
  std::string const command = run(shell);
  RequestText const request = send_request(shell, command, "once ");
  EXPECT_EQ(ask(dispatcher(), request).status, 200);
  EXPECT_EQ(ask(dispatcher(), request).status, 200);
  shells_->with(command, [](auto& entry) { entry.input_room = 2; });
  RequestText const slow = send_request(shell, command, "slowly");
  Pending lost = start(dispatcher(), slow);
  lost.call->cancel();
  Pending again = start(dispatcher(), slow);
  EXPECT_FALSE(again.ready(50ms));
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  EXPECT_EQ(again.reply().status, 200);
  shells_->with(command, [](auto& entry) { EXPECT_EQ(entry.input, "once slowly"); });
}

TEST_F(DisconnectTest, S9_ACommandThatIsSentAgainRunsOnce) {
  std::string const shell = open();
  int starts = 0;
  shells_->on_start = [&](CommandStart const&) { ++starts; };
  RequestText const request = shell_request(
      action::shell_command, shell,
      fmt::format("<rsp:CommandLine CommandId=\"{}\"><rsp:Command>x</rsp:Command></rsp:CommandLine>", guid));
  EXPECT_EQ(ask(dispatcher(), request).status, 200);
  EXPECT_EQ(ask(dispatcher(), request).body().child(ns::shell, "CommandId").text(), guid);
  EXPECT_EQ(starts, 1);
}

TEST_F(DisconnectTest, S9_ACommandThatIsSentAgainWhileItStartsRunsOnce) {
  std::string const shell = open();
  int starts = 0;
  std::promise<void> starting;
  std::promise<void> go;
  shells_->on_start = [&](CommandStart const&) {
    ++starts;
    starting.set_value();
    go.get_future().wait();
  };
  RequestText const request = shell_request(
      action::shell_command, shell,
      fmt::format("<rsp:CommandLine CommandId=\"{}\"><rsp:Command>x</rsp:Command></rsp:CommandLine>", guid));
  auto const started_id = [&] {
    return std::string(ask(dispatcher(), request).body().child(ns::shell, "CommandId").text());
  };
  auto first = std::async(std::launch::async, started_id);
  starting.get_future().wait();
  auto again = std::async(std::launch::async, started_id);
  EXPECT_EQ(again.wait_for(50ms), std::future_status::timeout);
  go.set_value();
  EXPECT_EQ(first.get(), guid);
  EXPECT_EQ(again.get(), guid);
  EXPECT_EQ(starts, 1);
}

TEST_F(DisconnectTest, S10_ConflictingAndMalformedIdentifiersHaveTheirFaults) {
  std::string const shell = open_by_client();
  EXPECT_EQ(ask(dispatcher(), create_request(fmt::format(" ShellId=\"{}\"", guid))).fault_code(),
            "2150859223");
  EXPECT_EQ(ask(dispatcher(), create_request(" ShellId=\"mine\"")).fault_code(), "2150859221");
  auto const start_with = [&](std::string_view id) {
    return ask(dispatcher(), shell_request(action::shell_command, shell,
                                           fmt::format("<rsp:CommandLine CommandId=\"{}\"><rsp:Command>x"
                                                       "</rsp:Command></rsp:CommandLine>",
                                                       id)))
        .fault_code();
  };
  EXPECT_EQ(start_with(guid), "");
  EXPECT_EQ(start_with(guid), "2150859222");
  EXPECT_EQ(start_with("mine"), "2150859220");
}

TEST_F(DisconnectTest, S12_ShellsHaveNamesOfUpTo255Characters) {
  std::string name;
  for (std::size_t i = 0; i < limits::shell_name_characters; ++i) name += "ä";
  std::string const shell = open(create_request(fmt::format(" Name=\"{}\"", name)));
  EXPECT_EQ(state_of(shell, "Name"), name);
  EXPECT_EQ(ask(dispatcher(), create_request(fmt::format(" Name=\"{}x\"", name))).fault_code(), "2150859202");
}

/// A shell of another kind, beside the command shell.
class EchoPlugin final : public ShellPlugin {
 public:
  explicit EchoPlugin(std::shared_ptr<FakeShells> shells) : inner_(std::move(shells)) {}
  [[nodiscard]] std::string_view name() const override { return "Echo plugin"; }
  [[nodiscard]] bool serves(std::string_view uri) const override {
    return uri == "http://example.org/shell/echo";
  }
  std::unique_ptr<ShellInstance> create(ShellStart const& start, auth::Principal const& principal) override {
    xml_ = start.creation_xml;
    return inner_.create(start, principal);
  }
  std::string xml_;

 private:
  FakeShellPlugin inner_;
};

TEST_F(DisconnectTest, S11_APluginServesShellsOfAResourceOfItsOwn) {
  std::vector<std::unique_ptr<ShellPlugin>> plugins;
  plugins.push_back(std::make_unique<FakeShellPlugin>(shells_));
  auto echo = std::make_unique<EchoPlugin>(shells_);
  EchoPlugin const& seen = *echo;
  plugins.push_back(std::move(echo));
  dispatcher_ = std::make_unique<Dispatcher>(EngineSettings{}, std::vector<std::unique_ptr<Plugin>>(),
                                             std::move(plugins));
  auto create =
      create_request({}, "<creationXml xmlns=\"http://schemas.microsoft.com/powershell\">Zm9v</creationXml>");
  create.resource_uri = "http://example.org/shell/echo";
  std::string const shell = open(create);
  EXPECT_EQ(seen.xml_, "Zm9v");
  auto request =
      shell_request(action::shell_command, shell, "<rsp:CommandLine><rsp:Command/></rsp:CommandLine>");
  request.resource_uri = create.resource_uri;
  EXPECT_NE(ask(dispatcher(), request).text.find("Echo plugin"), std::string::npos)
      << "faults name the plug-in of the shell";
  EXPECT_EQ(state_of(shell, "ResourceUri"), create.resource_uri);
  std::string const command = run(shell);
  shells_->sink(command)->output("stdout", "through the plug-in");
  EXPECT_EQ(output_of(receive(shell, command)), "through the plug-in");
  create.resource_uri = "http://example.org/shell/unknown";
  EXPECT_EQ(ask(dispatcher(), create).status, 500);
}

}  // namespace
}  // namespace winrm::engine::test
