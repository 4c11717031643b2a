#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/xpress.hpp"
#include "engine/shells_fixture.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::engine::test {
namespace {

using namespace std::chrono_literals;

TEST_F(ShellsTest, S1_CreateAnswersWithReferenceAndShell) {
  Reply const reply = ask(dispatcher(), create_request());
  xml::Element const created = reply.body();
  ASSERT_TRUE(created.is(ns::transfer, "ResourceCreated"));
  EXPECT_EQ(created.child(ns::addressing, "Address").text(), test_client().url);
  xml::Element const shell = created.next_sibling();
  EXPECT_EQ(shell.child(ns::shell, "Owner").text(), "HOST\\alice");
  EXPECT_EQ(shell.child(ns::shell, "ClientIP").text(), "192.0.2.7");
  EXPECT_EQ(shell.child(ns::shell, "IdleTimeOut").text(), "PT7200.000S");
  EXPECT_EQ(shell.child(ns::shell, "OutputStreams").text(), "stdout stderr");
  EXPECT_EQ(shell.child(ns::shell, "ResourceUri").text(), resource::cmd_shell);
}

TEST_F(ShellsTest, S1_ThePluginLearnsWhatWasAsked) {
  ShellStart seen;
  shells_->on_create = [&](ShellStart const& start) { seen = start; };
  open(create_request(" Name=\"mine\"",
                      "<rsp:Environment><rsp:Variable Name=\"A\">1</rsp:Variable><rsp:Variable Name=\"B\"/>"
                      "</rsp:Environment><rsp:WorkingDirectory>/tmp</rsp:WorkingDirectory>"
                      "<rsp:Lifetime>PT1H</rsp:Lifetime><x xmlns=\"urn:other\"/>"));
  EXPECT_EQ(seen.name, "mine");
  EXPECT_EQ(seen.working_directory, "/tmp");
  ASSERT_EQ(seen.environment.size(), 2U);
  EXPECT_EQ(seen.environment[0], (std::pair<std::string, std::string>("A", "1")));
  EXPECT_EQ(seen.input_streams, std::vector<std::string>{"stdin"});
}

TEST_F(ShellsTest, S10_ClientsMayChooseTheIdentifiers) {
  std::string const shell =
      open(create_request(fmt::format(" ShellId=\"{}\"", "1f6c0c3e-7b1f-4e56-9a0b-2b1c7e5d9f10")));
  EXPECT_EQ(shell, guid);
  EXPECT_EQ(ask(dispatcher(), create_request(fmt::format(" ShellId=\"{}\"", guid))).fault_subcode(),
            "w:AlreadyExists");
  EXPECT_EQ(ask(dispatcher(), create_request(" ShellId=\"mine\"")).status, 500);
  std::string const attribute = fmt::format(" CommandId=\"{}\"", guid);
  EXPECT_EQ(run(shell, attribute), guid);
  EXPECT_EQ(ask(dispatcher(), shell_request(action::shell_command, "1f6c0c3e-7b1f-4e56-9a0b-2b1c7e5d9f10",
                                            "<rsp:CommandLine" + attribute +
                                                "><rsp:Command>x</rsp:Command></rsp:CommandLine>"))
                .fault_subcode(),
            "w:AlreadyExists");
}

TEST_F(ShellsTest, Q16_ShellsMayBeForbidden) {
  make({.allow_remote_shells = false});
  Reply const reply = ask(dispatcher(), create_request());
  EXPECT_EQ(reply.fault_code(), "2150859180");
}

TEST_F(ShellsTest, Q1_ShellsOverTheQuotaAreRefused) {
  make({.max_shells_per_user = 2});
  std::string const first = open();
  open();
  EXPECT_EQ(ask(dispatcher(), create_request()).fault_code(), "2150859173");
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, first)).status, 200);
  open();
}

class FakeSeat final : public ShellSeat {
 public:
  bool take() override {
    taken = free;
    ++questions;
    return free;
  }
  void give_back() override { taken = false; }
  bool free = true;
  bool taken = false;
  int questions = 0;
};

TEST_F(ShellsTest, Q2_AnAccountTakesOneSeatForAllItsShells) {
  FakeSeat seat;
  make({.max_shells_per_user = 2}, &seat);
  std::string const first = open();
  std::string const second = open();
  EXPECT_EQ(seat.questions, 1);
  EXPECT_EQ(ask(dispatcher(), create_request()).fault_code(), "2150859173");
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, first)).status, 200);
  EXPECT_TRUE(seat.taken);
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, second)).status, 200);
  EXPECT_FALSE(seat.taken);
  dispatcher_.reset();
}

TEST_F(ShellsTest, Q2_WithoutASeatThereIsNoShell) {
  FakeSeat seat;
  seat.free = false;
  make({}, &seat);
  Reply const refused = ask(dispatcher(), create_request());
  EXPECT_EQ(refused.fault_code(), "2150859179");
  EXPECT_EQ(refused.fault_subcode(), "w:QuotaLimit");
  seat.free = true;
  open();
  dispatcher_.reset();
}

RequestText with_compression(RequestText request, std::string_view type) {
  request.headers +=
      fmt::format("<rsp:CompressionType s:mustUnderstand=\"true\">{}</rsp:CompressionType>", type);
  return request;
}

TEST_F(ShellsTest, P20_UnknownCompressionIsRefusedByMustUnderstand) {
  Reply const reply = ask(dispatcher(), with_compression(create_request(), "zip"));
  EXPECT_EQ(reply.fault_code(), "2150858768");
  EXPECT_EQ(shells_->open_shells, 0);
}

TEST_F(ShellsTest, P20_StreamsAreCompressedBothWays) {
  std::string const shell = open(with_compression(create_request(), "xpress"));
  Reply const seen = ask(dispatcher(), shell_request(action::get, shell));
  EXPECT_EQ(seen.body().child(ns::shell, "CompressionMode").text(), "XpressCompression");
  std::string const command = run(shell);
  std::string const text(100'000, 'a');
  shells_->sink(command)->output("stdout", text);
  Reply const reply = receive(shell, command);
  EXPECT_LT(reply.text.size(), 5000U);
  EXPECT_EQ(xpress::decompress(output_of(reply)).value(), text);
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, xpress::compress(text))).status, 200);
  shells_->with(command, [&](auto& entry) { EXPECT_EQ(entry.input, text); });
}

TEST_F(ShellsTest, P20_DamagedInputIsRefusedAndNothingOfItTaken) {
  std::string const shell = open(with_compression(create_request(), "xpress"));
  std::string const command = run(shell);
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, "no block")).fault_subcode(),
            "w:SchemaValidationError");
  std::string bomb;
  std::string const block = xpress::compress(std::string(65536, 'z'));
  while (bomb.size() / block.size() * 65536 <= xpress::most_decompressed_bytes) bomb += block;
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, bomb)).fault_subcode(), "w:SchemaValidationError");
  shells_->with(command, [](auto& entry) { EXPECT_EQ(entry.input, ""); });
}

TEST_F(ShellsTest, S2_CommandLineReachesThePlugin) {
  std::string const command = run(open());
  shells_->with(command, [](auto& entry) {
    EXPECT_EQ(entry.start.command, "run");
    EXPECT_EQ(entry.start.arguments, (std::vector<std::string>{"a b", ""}));
  });
}

TEST_F(ShellsTest, S2_WrongChildOfCommandLineIsASchemaFault) {
  std::string const shell = open();
  Reply const reply =
      ask(dispatcher(),
          shell_request(action::shell_command, shell,
                        "<rsp:CommandLine><rsp:Command>x</rsp:Command><rsp:Argument>y</rsp:Argument>"
                        "</rsp:CommandLine>"));
  EXPECT_EQ(reply.fault_code(), "2150858817");
  EXPECT_EQ(reply.fault_subcode(), "w:SchemaValidationError");
}

TEST_F(ShellsTest, S2_ReceiveWaitsForOutput) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending pending = start(dispatcher(), receive_request(shell, command));
  EXPECT_FALSE(pending.ready(50ms));
  shells_->sink(command)->output("stdout", "hello");
  Reply const reply = pending.reply();
  EXPECT_EQ(output_of(reply), "hello");
  EXPECT_FALSE(is_done(reply));
  EXPECT_FALSE(reply.body().child(ns::shell, "CommandState").first_child());
}

TEST_F(ShellsTest, S2_LastAnswerHasDataEndsAndExitCode) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  sink->output("stdout", "out");
  sink->output("stderr", "err");
  sink->done(4294967295U);
  Reply const reply = receive(shell, command);
  std::string sequence;
  for (xml::Element const child : reply.body().children()) {
    sequence += child.local_name() == "Stream" ? child.attribute("", "Name").value_or("") : "state";
    sequence += child.attribute("", "End") == "true" ? "! " : " ";
  }
  EXPECT_EQ(sequence, "stdout stderr stdout! stderr! state ");
  EXPECT_EQ(reply.body().child(ns::shell, "CommandState").child(ns::shell, "ExitCode").text(), "4294967295");
  EXPECT_TRUE(is_done(receive(shell, command))) << "asked again it answers again";
}

TEST_F(ShellsTest, S2_DoneWakesALongPoll) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending pending = start(dispatcher(), receive_request(shell, command));
  shells_->sink(command)->done(3);
  EXPECT_TRUE(is_done(pending.reply()));
}

TEST_F(ShellsTest, S2_NothingToSayIsTimedOut) {
  std::string const shell = open();
  std::string const command = run(shell);
  Reply const reply = ask(dispatcher(), receive_request(shell, command).with_timeout("PT0.1S"));
  EXPECT_EQ(reply.fault_code(), "2150858793");
  EXPECT_EQ(reply.fault_subcode(), "w:TimedOut");
  EXPECT_NE(reply.text.find("OperationTimeout"), std::string::npos) << "Go matches the word";
  shells_->sink(command)->output("stdout", "later");
  EXPECT_EQ(output_of(receive(shell, command)), "later");
}

TEST_F(ShellsTest, S2_OutputIsKeptWhenTheClientOfALongPollIsGone) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending gone = start(dispatcher(), receive_request(shell, command));
  gone.call->cancel();
  shells_->sink(command)->output("stdout", "kept");
  EXPECT_EQ(output_of(receive(shell, command)), "kept");
}

TEST_F(ShellsTest, S2_NewerLongPollReplacesTheOlder) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending older = start(dispatcher(), receive_request(shell, command));
  Pending newer = start(dispatcher(), receive_request(shell, command));
  EXPECT_EQ(older.reply().fault_code(), "2150858793");
  shells_->sink(command)->output("stdout", "one");
  EXPECT_EQ(output_of(newer.reply()), "one");
}

TEST_F(ShellsTest, S2_StreamsCanBeReceivedApart) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending errors = start(dispatcher(), receive_request(shell, command, "stderr"));
  Pending output = start(dispatcher(), receive_request(shell, command, "stdout"));
  auto const sink = shells_->sink(command);
  sink->output("stdout", "o");
  EXPECT_EQ(output_of(output.reply()), "o");
  EXPECT_FALSE(errors.ready());
  sink->output("stderr", "e");
  EXPECT_EQ(output_of(errors.reply(), "stderr"), "e");
  EXPECT_EQ(ask(dispatcher(), receive_request(shell, command, "stdlog")).fault_code(), "2150859149");
}

TEST_F(ShellsTest, Q8_AnswersFitTheClientsEnvelope) {
  std::string const shell = open();
  std::string const command = run(shell);
  std::string sent;
  auto const sink = shells_->sink(command);
  for (int i = 0; sent.size() < 1'000'000; ++i) {
    std::string const line = fmt::format("line {}\n", i);
    sink->output(i % 1000 == 0 ? "stderr" : "stdout", line);
    sent += i % 1000 == 0 ? "" : line;
  }
  sink->done(0);
  for (auto const encoding : {wsman::Encoding::utf8, wsman::Encoding::utf16}) {
    std::string got;
    for (bool done = false; !done;) {
      std::size_t const limit = encoding == wsman::Encoding::utf8 ? 153600 : 8192;
      Pending pending =
          start(dispatcher(), receive_request(shell, command).with_envelope(limit).text(), encoding);
      Reply const reply = pending.reply();
      ASSERT_EQ(reply.status, 200);
      EXPECT_LE(reply.bytes.size(), limit);
      got += output_of(reply);
      done = is_done(reply);
      if (encoding == wsman::Encoding::utf8 && got.size() > 500'000) break;  // the rest in UTF-16
    }
    EXPECT_EQ(sent.substr(0, got.size()), got);
    sent.erase(0, got.size());
  }
  EXPECT_EQ(sent, "");
}

TEST_F(ShellsTest, S2_FullBufferHoldsTheCommandUntilThereIsRoom) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  std::string const block(100'000, 'x');
  std::size_t written = 0;
  bool room = true;
  while (room && written < 2 * limits::command_output_bytes) {
    room = sink->output("stdout", block);
    written += block.size();
  }
  EXPECT_GE(written, limits::command_output_bytes);
  EXPECT_LT(written, limits::command_output_bytes + block.size());
  std::size_t const got = output_of(receive(shell, command)).size();
  EXPECT_GT(got, 300'000U);
  EXPECT_EQ(shells_->with(command, [](auto& entry) { return entry.room_calls; }), 1);
}

TEST_F(ShellsTest, S2_OutputInSmallPiecesFillsNoMoreMemory) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  std::size_t written = 0;
  while (written < 100'000 && sink->output(written % 2 == 0 ? "stdout" : "stderr", "x")) ++written;
  EXPECT_LT(written, 20'000U);
  ++written;  // the one that filled the buffer was taken, too
  std::size_t got = 0;
  while (got < written) {
    Reply const reply = receive(shell, command);
    got += output_of(reply).size() + output_of(reply, "stderr").size();
  }
  EXPECT_EQ(got, written);
  EXPECT_GT(shells_->with(command, [](auto& entry) { return entry.room_calls; }), 0);
}

TEST_F(ShellsTest, S2_RecordedFaultsOfUnknownAndMissingIdentifiers) {
  std::string const shell = open();
  run(shell);
  Reply const unknown = receive(shell, std::string(guid));
  EXPECT_EQ(unknown.fault_code(), "2150858843");
  EXPECT_EQ(unknown.fault_detail(), "UnexpectedSelectors");
  Reply const missing =
      ask(dispatcher(), shell_request(action::shell_receive, shell,
                                      "<rsp:Receive><rsp:DesiredStream>stdout</rsp:DesiredStream>"
                                      "</rsp:Receive>"));
  EXPECT_EQ(missing.fault_code(), "87");
  EXPECT_EQ(missing.fault_subcode(), "w:InvalidParameter");
  EXPECT_EQ(missing.fault_detail(), "InvalidValue");
  EXPECT_NE(missing.text.find("provider=\"Shell cmd plugin\""), std::string::npos);
  Reply const no_shell = receive(std::string(guid), std::string(guid));
  EXPECT_EQ(no_shell.fault_code(), "2150858843");
  EXPECT_NE(no_shell.text.find("provider=\"Shell provider\""), std::string::npos);
  RequestText without = receive_request(shell, std::string(guid));
  without.selectors.clear();
  EXPECT_EQ(ask(dispatcher(), without).fault_detail(), "InsufficientSelectors");
}

TEST_F(ShellsTest, S3_InputWithFlowControl) {
  std::string const shell = open();
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 3; });
  Pending first = start(dispatcher(), send_request(shell, command, "abcdef"));
  Pending second = start(dispatcher(), send_request(shell, command, "gh", " End=\"True\""));
  EXPECT_FALSE(first.ready(50ms));
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  EXPECT_TRUE(first.reply().body().is(ns::shell, "SendResponse"));
  EXPECT_EQ(second.reply().status, 200);
  shells_->with(command, [](auto& entry) {
    EXPECT_EQ(entry.input, "abcdefgh");
    EXPECT_TRUE(entry.input_ended);
  });
}

TEST_F(ShellsTest, S3_TimedOutSendWasNotBegunOrGoesOnToItsEnd) {
  std::string const shell = open();
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 3; });
  Pending begun = start(dispatcher(), send_request(shell, command, "abcdef").with_timeout("PT0.1S"));
  Pending waiting = start(dispatcher(), send_request(shell, command, "XYZ").with_timeout("PT0.1S"));
  EXPECT_EQ(begun.reply().status, 200);
  EXPECT_EQ(waiting.reply().fault_code(), "2150858793");
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, "gh")).status, 200);
  EXPECT_EQ(shells_->with(command, [](auto& entry) { return entry.input; }), "abcdefgh");
}

TEST_F(ShellsTest, P20_CompressedInputThatNobodyReadsIsBounded) {
  std::string const shell = open(with_compression(create_request(), "xpress"));
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 0; });
  std::string const packed = xpress::compress(std::string(xpress::most_decompressed_bytes, 'z'));
  std::vector<Pending> waiting;
  for (std::size_t i = 0; i < limits::waiting_input_bytes_per_command / xpress::most_decompressed_bytes;
       ++i) {
    waiting.push_back(start(dispatcher(), send_request(shell, command, packed)));
    EXPECT_FALSE(waiting.back().ready(20ms));
  }
  Reply const refused = ask(dispatcher(), send_request(shell, command, packed));
  EXPECT_EQ(refused.fault_subcode(), "w:QuotaLimit");
  shells_->with(command, [](auto& entry) { entry.input_room = std::string::npos; });
  shells_->sink(command)->input_room();
  for (auto& pending : waiting) EXPECT_EQ(pending.reply().status, 200);
  EXPECT_EQ(ask(dispatcher(), send_request(shell, command, packed)).status, 200);
}

TEST_F(ShellsTest, S3_HostileInputIsRefused) {
  std::string const shell = open();
  std::string const command = run(shell);
  std::string const stream = fmt::format("<rsp:Stream Name=\"stdin\" CommandId=\"{}\">", command);
  for (std::string const& body :
       {std::string("<rsp:Send/>"), "<rsp:Send>" + stream + "***</rsp:Stream></rsp:Send>",
        "<rsp:Send>" + stream + "QUJD</rsp:Stream><rsp:Stream Name=\"stdin\" CommandId=\"" +
            std::string(guid) + "\">QUJD</rsp:Stream></rsp:Send>"}) {
    EXPECT_EQ(ask(dispatcher(), shell_request(action::shell_send, shell, body)).fault_subcode(),
              "w:SchemaValidationError");
  }
  RequestText wrong_stream = send_request(shell, command, "x");
  wrong_stream.body.replace(wrong_stream.body.find("\"stdin\""), 7, "\"pr\"");
  EXPECT_EQ(ask(dispatcher(), wrong_stream).fault_code(), "2150859147");
}

TEST_F(ShellsTest, S4_SignalsReachTheCommand) {
  std::string const shell = open();
  std::string const command = run(shell);
  EXPECT_TRUE(ask(dispatcher(), signal_request(shell, command, code("ctrl_c")))
                  .body()
                  .is(ns::shell, "SignalResponse"));
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("ctrl_break"))).status, 200);
  shells_->with(command, [](auto& entry) {
    EXPECT_EQ(entry.signals, (std::vector<Signal>{Signal::ctrl_c, Signal::ctrl_break}));
    EXPECT_TRUE(entry.running);
  });
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("Dance"))).fault_subcode(),
            "w:InvalidParameter");
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, std::string(guid), code("ctrl_c"))).fault_code(),
            "2150858843");
}

TEST_F(ShellsTest, S4_TerminateEndsTheCommandAndWhatWaitsForIt) {
  std::string const shell = open();
  std::string const command = run(shell);
  shells_->with(command, [](auto& entry) { entry.input_room = 0; });
  Pending receive = start(dispatcher(), receive_request(shell, command));
  Pending send = start(dispatcher(), send_request(shell, command, "x"));
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("Terminate"))).status, 200);
  EXPECT_EQ(receive.reply().fault_code(), "995");
  EXPECT_EQ(send.reply().fault_code(), "995");
  EXPECT_FALSE(shells_->with(command, [](auto& entry) { return entry.running; }));
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("terminate"))).fault_code(), "2150858843");
  shells_->sink(command)->output("stdout", "late");  // nothing happens
  shells_->sink(command)->done(0);
}

TEST_F(ShellsTest, S4_CtrlCAfterTheEndSucceedsAndForgets) {
  std::string const shell = open();
  std::string const command = run(shell);
  shells_->sink(command)->done(0);
  EXPECT_TRUE(is_done(receive(shell, command)));
  EXPECT_EQ(ask(dispatcher(), signal_request(shell, command, code("ctrl_c"))).status, 200);
  EXPECT_EQ(receive(shell, command).fault_code(), "2150858843");
}

TEST_F(ShellsTest, S4_EndedCommandsThatNobodyClosesDoNotPileUp) {
  std::string const shell = open();
  std::string const first = run(shell);
  for (std::string command = first;; command = run(shell)) {
    shells_->sink(command)->done(0);
    EXPECT_TRUE(is_done(receive(shell, command)));
    static std::size_t count = 0;
    if (++count > limits::finished_commands_per_shell + 2) break;
  }
  EXPECT_EQ(receive(shell, first).fault_code(), "2150858843");
}

TEST_F(ShellsTest, S5_DeleteEndsCommandsAndLongPolls) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending pending = start(dispatcher(), receive_request(shell, command));
  Reply const reply = ask(dispatcher(), shell_request(action::remove, shell));
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.body()) << "DeleteResponse has an empty Body";
  EXPECT_EQ(pending.reply().fault_code(), "995");
  EXPECT_EQ(shells_->open_shells, 0);
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, shell)).fault_code(), "2150858843");
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(ShellsTest, S6_ShellsAndCommandsAreApart) {
  std::string const one = open();
  std::string const two = open();
  std::string const a = run(one);
  std::string const b = run(one);
  EXPECT_EQ(receive(two, a).fault_code(), "2150858843");
  shells_->sink(a)->output("stdout", "of a");
  shells_->sink(b)->output("stdout", "of b");
  EXPECT_EQ(output_of(receive(one, b)), "of b");
  EXPECT_EQ(output_of(receive(one, a)), "of a");
}

TEST_F(ShellsTest, S7_GetTellsEverything) {
  std::string const shell = open(create_request(" Name=\"mine\""));
  for (auto const uri : {resource::cmd_shell, resource::shell}) {
    RequestText request = shell_request(action::get, shell);
    request.resource_uri = uri;
    Reply const reply = ask(dispatcher(), request);
    xml::Element const body = reply.body();
    ASSERT_TRUE(body.is(ns::shell, "Shell"));
    EXPECT_EQ(body.child(ns::shell, "Name").text(), "mine");
    EXPECT_EQ(body.child(ns::shell, "State").text(), "Connected");
    EXPECT_EQ(body.child(ns::shell, "CompressionMode").text(), "NoCompression");
    EXPECT_EQ(body.child(ns::shell, "MaxIdleTimeOut").text(), "PT2147483.647S");
    EXPECT_EQ(body.child(ns::shell, "MemoryUsed").text(), "46MB");
    EXPECT_EQ(body.child(ns::shell, "ChildProcesses").text(), "2");
  }
}

TEST_F(ShellsTest, S7_ShellsAreEnumerated) {
  std::string const shell = open();
  open();
  RequestText request{
      .action = std::string(action::enumerate),
      .resource_uri = std::string(resource::shell),
      .body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements></n:Enumerate>"};
  Reply const objects = ask(dispatcher(), request);
  xml::Element items = objects.body().child(ns::wsman, "Items");
  EXPECT_EQ(items.child_count(), 2U);
  EXPECT_TRUE(items.first_child().is(ns::shell, "Shell"));
  request.body.replace(request.body.find("</n:Enumerate>"), 0,
                       "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>");
  Reply const references = ask(dispatcher(), request);
  items = references.body().child(ns::wsman, "Items");
  EXPECT_TRUE(items.first_child().is(ns::addressing, "EndpointReference"));
  EXPECT_NE(references.text.find(shell), std::string::npos);
}

TEST_F(ShellsTest, S7_CommandsAreEnumeratedForOneShell) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const enumerate = [&](std::string_view content) {
    return ask(dispatcher(),
               {.action = std::string(action::enumerate),
                .resource_uri = std::string(resource::shell_command_list),
                .body = fmt::format(
                    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>10</w:MaxElements>{}</n:Enumerate>",
                    content)});
  };
  std::string const filter = fmt::format(
      "<w:Filter Dialect=\"{}\"><w:SelectorSet><w:Selector "
      "Name=\"ShellId\">{}</w:Selector></w:SelectorSet></w:Filter>",
      wsman::dialect::selector, shell);
  Reply const listed = enumerate(filter);
  xml::Element const item = listed.body().child(ns::wsman, "Items").first_child();
  EXPECT_EQ(item.child(ns::shell, "CommandId").text(), command);
  EXPECT_EQ(item.child(ns::shell, "CommandLine").text(), "run a b ");
  EXPECT_EQ(item.child(ns::shell, "CommandState").text(), "Running");
  EXPECT_EQ(enumerate("").fault_code(), "2150859200");
  EXPECT_EQ(enumerate(filter + "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>").fault_code(),
            "2150859201");
  EXPECT_EQ(ask(dispatcher(), shell_request(action::remove, shell)).status, 200);
  EXPECT_EQ(enumerate(filter).fault_code(), "2150858843");
}

TEST_F(ShellsTest, Q5_IdleShellIsDeleted) {
  std::string const shell = open(create_request({}, "<rsp:IdleTimeOut>PT1S</rsp:IdleTimeOut>"));
  std::string const command = run(shell);
  // A long poll is use; so the shell lives longer than its idle time while somebody waits.
  EXPECT_EQ(ask(dispatcher(), receive_request(shell, command).with_timeout("PT1.5S")).fault_code(),
            "2150858793");
  EXPECT_EQ(shells_->open_shells, 1);
  for (int i = 0; i < 200 && shells_->with(command, [](auto& entry) { return entry.running; }); ++i) {
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_FALSE(shells_->with(command, [](auto& entry) { return entry.running; }));
  EXPECT_EQ(receive(shell, command).fault_code(), "2150858843");
}

TEST_F(ShellsTest, ShutdownEndsShellsAndLongPolls) {
  std::string const shell = open();
  std::string const command = run(shell);
  Pending pending = start(dispatcher(), receive_request(shell, command));
  dispatcher().shutdown();
  EXPECT_EQ(pending.reply().fault_code(), "995");
  EXPECT_EQ(shells_->open_shells, 0);
  EXPECT_TRUE(dispatcher().idle());
}

TEST_F(ShellsTest, OutputAndReceivesFromManyThreadsLoseNothing) {
  std::string const shell = open();
  std::string const command = run(shell);
  auto const sink = shells_->sink(command);
  constexpr int writes = 2000;
  std::jthread const writer([&] {
    for (int i = 0; i < writes; ++i) sink->output("stdout", fmt::format("{:06}\n", i));
    sink->done(0);
  });
  std::string got;
  for (bool done = false; !done;) {
    RequestText request = receive_request(shell, command);
    Pending pending = start(dispatcher(), request.with_timeout("PT5S"));
    if (got.size() % 3 == 0) pending.call->cancel();  // sometimes too late: then the answer counts
    Reply const reply = pending.reply();
    if (reply.status != 200) continue;
    got += output_of(reply);
    done = is_done(reply);
  }
  ASSERT_EQ(got.size(), writes * 7U);
  for (int i = 0; i < writes; ++i)
    ASSERT_EQ(got.substr(static_cast<std::size_t>(i) * 7, 6), fmt::format("{:06}", i));
}

}  // namespace
}  // namespace winrm::engine::test
