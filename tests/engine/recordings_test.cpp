#include "wsman/recordings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "engine/fake_shell.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

/// What real Windows hosts answered, against what this engine answers to the same requests. The commands are
/// played from the recording; identifiers, words and machine names may differ, and nothing else.
namespace winrm::engine::test {
namespace {

namespace action = wsman::action;
using wsman::testing::Exchange;

void replace_all(std::string& text, std::string const& from, std::string const& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// Contents that are this host's own, or change from run to run.
bool is_local_text(xml::Element const& element) {
  static constexpr std::string_view names[] = {"MessageID",     "RelatesTo",      "Owner", "ClientIP",
                                               "Address",       "ShellRunTime",   "Text",  "Message",
                                               "ProviderFault", "ShellInactivity"};
  return std::ranges::find(names, element.local_name()) != std::end(names);
}

std::string attributes_of(xml::Element const& element) {
  if (element.is(ns::shell, "Variable")) return {};  // a recorded name lost its backslash on the way back
  std::string out;
  for (std::string_view const name : {"Name", "CommandId", "End", "State", "Code", "provider"}) {
    if (auto const value = element.attribute("", name)) out += fmt::format(" {}=\"{}\"", name, *value);
  }
  return out;
}

/// One line an element, with its namespace; Streams one after the other of the same name become one.
void outline(xml::Element const& element, std::size_t depth, std::string& out) {
  std::string const indent(depth * 2, ' ');
  std::string stream;
  std::string bytes;
  auto const flush = [&] {
    if (!stream.empty()) out += fmt::format("{}  {{{}}}Stream {} = {}\n", indent, ns::shell, stream, bytes);
    stream.clear();
    bytes.clear();
  };
  out += fmt::format("{}{{{}}}{}{}", indent, element.ns(), element.local_name(), attributes_of(element));
  bool const leaf = !element.first_child();
  out += leaf && !is_local_text(element) ? fmt::format(" = {}\n", element.trimmed_text()) : "\n";
  for (xml::Element const child : element.children()) {
    // Newer Windows adds an ActivityId; it is optional.
    if (child.is(ns::wsmv, "ActivityId")) continue;
    bool const data = child.is(ns::shell, "Stream") && !child.attribute("", "End");
    if (data) {
      std::string const attributes = attributes_of(child);
      if (attributes != stream) flush();
      stream = attributes;
      bytes += base64::decode(child.text()).value();
      continue;
    }
    flush();
    outline(child, depth + 1, out);
  }
  flush();
}

std::string outline_of(std::string const& xml) {
  auto const document = xml::Document::parse(xml);
  if (!document) return "not XML: " + document.error().message;
  std::string out;
  outline(document->root(), 0, out);
  return out;
}

/// Plays one recorded conversation against a dispatcher.
class Replay {
 public:
  Replay() {
    std::vector<std::unique_ptr<ShellPlugin>> plugins;
    plugins.push_back(std::make_unique<FakeShellPlugin>(shells_));
    dispatcher_ = std::make_unique<Dispatcher>(EngineSettings{}, std::vector<std::unique_ptr<Plugin>>(),
                                               std::move(plugins));
  }

  void play(Exchange const& exchange) {
    SCOPED_TRACE(exchange.file);
    auto const expected = xml::Document::parse(exchange.response);
    ASSERT_TRUE(expected);
    xml::Element const body = expected->root().child(ns::soap, "Body").first_child();
    std::string request = exchange.request;
    for (auto const& [theirs, ours] : ids_) replace_all(request, theirs, ours);
    prepare(body, request);
    Pending pending = start(*dispatcher_, request);
    Reply const reply = pending.reply();
    auto const sent = xml::Document::parse(request);
    EXPECT_EQ(reply.header(ns::addressing, "RelatesTo").text(),
              sent->root().child(ns::soap, "Header").child(ns::addressing, "MessageID").text());
    EXPECT_EQ(reply.status, body.is(ns::soap, "Fault") ? 500 : 200);
    learn_ids(body, reply.body());
    std::string recorded = exchange.response;
    for (auto const& [theirs, ours] : ids_) replace_all(recorded, theirs, ours);
    EXPECT_EQ(outline_of(reply.text), outline_of(recorded));
  }

 private:
  /// Makes the fake command do what the recorded one did.
  void prepare(xml::Element const& expected, std::string& request) {
    bool const is_fault = expected.is(ns::soap, "Fault");
    bool const fails_to_start = is_fault && request.find(action::shell_command) != std::string::npos;
    shells_->on_start = [fails_to_start](CommandStart const&) {
      if (fails_to_start)
        throw wsman::faults::file_not_found("No such file.").from_provider("Shell cmd plugin");
    };
    if (is_fault && request.find(action::shell_receive) != std::string::npos) {
      // It ended without output: no need to wait as long as Windows did.
      std::size_t const timeout =
          request.find("OperationTimeout>") + std::string_view("OperationTimeout>").size();
      request.replace(timeout, request.find('<', timeout) - timeout, "PT0.1S");
    }
    if (!expected.is(ns::shell, "ReceiveResponse")) return;
    for (xml::Element const child : expected.children()) {
      auto const sink = shells_->sink(ids_[child.attribute("", "CommandId").value()]);
      if (child.is(ns::shell, "Stream") && !child.attribute("", "End")) {
        sink->output(child.attribute("", "Name").value(), base64::decode(child.text()).value());
      }
      if (auto const exit_code = child.child(ns::shell, "ExitCode")) {
        sink->done(static_cast<std::uint32_t>(std::stoul(exit_code.text())));
      }
    }
  }

  void learn_ids(xml::Element const& expected, xml::Element const& ours) {
    std::string_view const id = expected.is(ns::shell, "CommandResponse") ? "CommandId" : "ShellId";
    xml::Element const theirs = id == "ShellId" ? expected.next_sibling() : expected;
    xml::Element const mine = id == "ShellId" ? ours.next_sibling() : ours;
    std::string const value = theirs.child(ns::shell, id).text();
    if (!value.empty()) ids_[value] = mine.child(ns::shell, id).text();
  }

  std::shared_ptr<FakeShells> const shells_ = std::make_shared<FakeShells>();
  std::unique_ptr<Dispatcher> dispatcher_;
  std::map<std::string, std::string> ids_;
};

TEST(RecordingsTest, S2_ShellConversationsAreAnsweredAsWindowsAnswersThem) {
  auto const folder = wsman::testing::recordings_folder();
  if (!folder) {
    GTEST_SKIP() << "no recorded conversations: set WINRM_RECORDINGS to the folder with the .yml files";
  }
  std::map<std::string, Replay> replays;
  std::size_t played = 0;
  for (Exchange const& exchange : wsman::testing::read_recordings(*folder)) {
    // Those about winrm/config are the config plug-in's.
    if (exchange.request.find(wsman::resource::config) != std::string::npos) continue;
    replays[exchange.file].play(exchange);
    ++played;
  }
  EXPECT_GT(played, 50U);
}

}  // namespace
}  // namespace winrm::engine::test
