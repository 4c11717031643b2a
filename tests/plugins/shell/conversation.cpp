#include "plugins/shell/conversation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/uuid.hpp"
#include "plugins/shell/cmd_shell.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::plugins::shell::test {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  xml::append_escaped(out, text);
  return out;
}

}  // namespace

Conversation::Conversation(engine::EngineSettings settings, ShellQuota quota) {
  std::vector<std::unique_ptr<engine::ShellPlugin>> plugins;
  plugins.push_back(make_cmd_shell_plugin(std::make_shared<Changeable<ShellQuota>>(quota)));
  dispatcher_ = std::make_unique<engine::Dispatcher>(settings, std::vector<std::unique_ptr<engine::Plugin>>(),
                                                     std::move(plugins));
}

RequestText Conversation::create_request(std::string_view body_content) {
  return {.action = std::string(wsman::action::create),
          .resource_uri = std::string(wsman::resource::cmd_shell),
          .body = fmt::format("<rsp:Shell>{}<rsp:InputStreams>stdin</rsp:InputStreams>"
                              "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
                              body_content)};
}

RequestText Conversation::request(std::string_view action, std::string const& shell, std::string body) {
  return {.action = std::string(action),
          .resource_uri = std::string(wsman::resource::cmd_shell),
          .body = std::move(body),
          .selectors = {{"ShellId", shell}},
          .message_id = "uuid:" + make_uuid()};
}

std::string Conversation::open(RequestText const& create) {
  Reply const reply = ask(dispatcher(), create);
  EXPECT_EQ(reply.status, 200) << reply.text;
  return reply.body().next_sibling().child(ns::shell, "ShellId").trimmed_text();
}

Reply Conversation::command(std::string const& shell, std::string_view command,
                            std::vector<std::string> const& arguments, bool skip_shell) {
  std::string body = fmt::format("<rsp:CommandLine><rsp:Command>{}</rsp:Command>", escaped(command));
  for (auto const& argument : arguments)
    body += fmt::format("<rsp:Arguments>{}</rsp:Arguments>", escaped(argument));
  RequestText text = request(wsman::action::shell_command, shell, body + "</rsp:CommandLine>");
  if (skip_shell) text.with_option("WINRS_SKIP_CMD_SHELL", "TRUE");
  return ask(dispatcher(), text);
}

std::string Conversation::run(std::string const& shell, std::string_view command,
                              std::vector<std::string> const& arguments, bool skip_shell) {
  Reply const reply = this->command(shell, command, arguments, skip_shell);
  EXPECT_EQ(reply.status, 200) << reply.text;
  return reply.body().child(ns::shell, "CommandId").trimmed_text();
}

Pending Conversation::receive(std::string const& shell, std::string const& command, std::string_view timeout,
                              std::string_view streams) {
  RequestText text = request(
      wsman::action::shell_receive, shell,
      fmt::format("<rsp:Receive><rsp:DesiredStream CommandId=\"{}\">{}</rsp:DesiredStream></rsp:Receive>",
                  command, streams));
  return start(dispatcher(), text.with_timeout(timeout));
}

Pending Conversation::send(std::string const& shell, std::string const& command, std::string_view bytes,
                           bool end, std::string_view timeout) {
  RequestText text = request(
      wsman::action::shell_send, shell,
      fmt::format("<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"{}\"{}>{}</rsp:Stream></rsp:Send>",
                  command, end ? " End=\"true\"" : "", base64::encode(bytes)));
  return start(dispatcher(), text.with_timeout(timeout));
}

Reply Conversation::signal(std::string const& shell, std::string const& command, std::string_view name) {
  return ask(
      dispatcher(),
      request(wsman::action::shell_signal, shell,
              fmt::format("<rsp:Signal CommandId=\"{}\"><rsp:Code>{}/signal/{}</rsp:Code></rsp:Signal>",
                          command, ns::shell, name)));
}

Reply Conversation::remove(std::string const& shell) {
  return ask(dispatcher(), request(wsman::action::remove, shell, ""));
}

void Conversation::collect(Reply const& reply, Outcome& outcome) {
  ++outcome.answers;
  for (xml::Element const child : reply.body().children()) {
    if (child.is(ns::shell, "Stream")) {
      std::string const name = child.attribute("", "Name").value_or("");
      if (child.attribute("", "End") == "true") outcome.ended_streams.push_back(name);
      (name == "stdout" ? outcome.standard_output : outcome.standard_error) +=
          base64::decode(child.text()).value();
    }
    if (child.is(ns::shell, "CommandState") &&
        child.attribute("", "State")->ends_with("/CommandState/Done")) {
      outcome.exit_code = child.child(ns::shell, "ExitCode").trimmed_text();
    }
  }
}

Outcome Conversation::wait(std::string const& shell, std::string const& command) {
  Outcome outcome;
  while (outcome.exit_code.empty()) {
    Reply const reply = receive(shell, command).reply();
    EXPECT_EQ(reply.status, 200) << reply.text;
    if (reply.status != 200) break;
    collect(reply, outcome);
  }
  return outcome;
}

Outcome Conversation::run_to_end(std::string const& shell, std::string_view command) {
  return wait(shell, run(shell, command));
}

}  // namespace winrm::plugins::shell::test
