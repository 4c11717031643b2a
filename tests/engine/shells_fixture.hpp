#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/uuid.hpp"
#include "engine/fake_shell.hpp"
#include "engine/support.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"

namespace winrm::engine::test {

namespace action = wsman::action;
namespace resource = wsman::resource;

inline constexpr std::string_view guid = "1F6C0C3E-7B1F-4E56-9A0B-2B1C7E5D9F10";

/// A client of shells that are made up. Every request has a MessageID of its own.
class ShellsTest : public testing::Test {
 protected:
  void make(EngineSettings settings = {}, ShellSeat* seat = nullptr) {
    std::vector<std::unique_ptr<ShellPlugin>> plugins;
    plugins.push_back(std::make_unique<FakeShellPlugin>(shells_));
    dispatcher_ = std::make_unique<Dispatcher>(settings, std::vector<std::unique_ptr<Plugin>>(),
                                               std::move(plugins), seat);
  }
  Dispatcher& dispatcher() {
    if (!dispatcher_) make();
    return *dispatcher_;
  }

  static RequestText create_request(std::string_view attributes = {}, std::string_view content = {}) {
    return {.action = std::string(action::create),
            .resource_uri = std::string(resource::cmd_shell),
            .body = fmt::format("<rsp:Shell{}>{}<rsp:InputStreams>stdin</rsp:InputStreams>"
                                "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
                                attributes, content)};
  }
  static RequestText shell_request(std::string_view action, std::string const& shell, std::string body = {}) {
    return {.action = std::string(action),
            .resource_uri = std::string(resource::cmd_shell),
            .body = std::move(body),
            .selectors = {{"ShellId", shell}},
            .message_id = "uuid:" + make_uuid()};
  }
  static RequestText receive_request(std::string const& shell, std::string const& command,
                                     std::string_view streams = "stdout stderr") {
    return shell_request(
        action::shell_receive, shell,
        fmt::format("<rsp:Receive><rsp:DesiredStream CommandId=\"{}\">{}</rsp:DesiredStream></rsp:Receive>",
                    command, streams));
  }
  static RequestText send_request(std::string const& shell, std::string const& command,
                                  std::string_view bytes, std::string_view attributes = {}) {
    return shell_request(
        action::shell_send, shell,
        fmt::format("<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"{}\"{}>{}</rsp:Stream></rsp:Send>",
                    command, attributes, base64::encode(bytes)));
  }
  static RequestText signal_request(std::string const& shell, std::string const& command,
                                    std::string_view code) {
    return shell_request(
        action::shell_signal, shell,
        fmt::format("<rsp:Signal CommandId=\"{}\"><rsp:Code>{}</rsp:Code></rsp:Signal>", command, code));
  }
  static std::string code(std::string_view name) { return fmt::format("{}/signal/{}", ns::shell, name); }

  std::string open(RequestText const& request = create_request()) {
    Reply const reply = ask(dispatcher(), request);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.body().next_sibling().child(ns::shell, "ShellId").text();
  }
  std::string run(std::string const& shell, std::string_view attributes = {}) {
    Reply const reply =
        ask(dispatcher(),
            shell_request(action::shell_command, shell,
                          fmt::format("<rsp:CommandLine{}><rsp:Command>run</rsp:Command><rsp:Arguments>a b"
                                      "</rsp:Arguments><rsp:Arguments/></rsp:CommandLine>",
                                      attributes)));
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.body().child(ns::shell, "CommandId").text();
  }
  Reply receive(std::string const& shell, std::string const& command) {
    return ask(dispatcher(), receive_request(shell, command));
  }
  static std::string output_of(Reply const& reply, std::string_view name = "stdout") {
    std::string output;
    for (xml::Element const child : reply.body().children()) {
      if (child.is(ns::shell, "Stream") && child.attribute("", "Name") == name) {
        output += base64::decode(child.text()).value();
      }
    }
    return output;
  }
  static bool is_done(Reply const& reply) {
    return reply.body()
        .child(ns::shell, "CommandState")
        .attribute("", "State")
        .value_or("")
        .ends_with("/Done");
  }

  std::shared_ptr<FakeShells> shells_ = std::make_shared<FakeShells>();
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace winrm::engine::test
