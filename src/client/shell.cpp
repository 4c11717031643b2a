#include "client/shell.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "base/xpress.hpp"
#include "wsman/actions.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::client {
namespace {

constexpr std::string_view signal_prefix = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/";
constexpr std::uint32_t must_understand_code = 0x80338010;
constexpr std::uint32_t command_id_conflict_code = 0x803381D6;
constexpr std::string_view state_done = "/CommandState/Done";

wsman::Option option(std::string_view name, std::string value) {
  wsman::Option made;
  made.name = name;
  made.value = std::move(value);
  return made;
}

std::string boolean(bool value) { return value ? "TRUE" : "FALSE"; }

std::string_view code_of(Signal signal) {
  switch (signal) {
    case Signal::ctrl_c:
      return "ctrl_c";
    case Signal::ctrl_break:
      return "ctrl_break";
    case Signal::terminate:
      break;
  }
  return "terminate";
}

std::string shell_body(ShellOptions const& options) {
  std::string body;
  xml::Writer writer(body);
  writer.open("rsp:Shell");
  if (options.can_disconnect) writer.attribute("ShellId", make_uuid());
  if (!options.environment.empty()) {
    writer.open("rsp:Environment");
    for (auto const& [name, value] : options.environment)
      writer.open("rsp:Variable").attribute("Name", name).text(value).close();
    writer.close();
  }
  if (!options.working_directory.empty()) writer.element("rsp:WorkingDirectory", options.working_directory);
  if (options.idle_timeout) writer.element("rsp:IdleTimeOut", format_seconds_duration(*options.idle_timeout));
  writer.element("rsp:InputStreams", "stdin").element("rsp:OutputStreams", "stdout stderr").close();
  return body;
}

Failure incomplete(std::string_view what) {
  return Failure(Failure::Kind::protocol, code::response_invalid,
                 fmt::format("{} {}.", describe_code(code::response_invalid), what));
}

/// The ShellId from the rsp:Shell of the answer, or from x:ResourceCreated's selectors.
std::string shell_id_of(wsman::Answer const& answer) {
  for (auto element = answer.body(); element; element = element.next_sibling()) {
    if (element.is(ns::shell, "Shell"))
      if (auto const id = element.child(ns::shell, "ShellId")) return id.trimmed_text();
    auto const selectors =
        element.child(ns::addressing, "ReferenceParameters").child(ns::wsman, "SelectorSet");
    for (auto const selector : selectors.children())
      if (selector.attribute("", "Name") == "ShellId") return selector.trimmed_text();
  }
  throw incomplete("The answer to Create names no shell");
}

/// Windows writes negative exit codes as unsigned numbers; others write a sign, or no code for success.
std::uint32_t parse_exit_code(std::string const& text) {
  if (text.empty()) return 0;
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw incomplete(fmt::format("\"{}\" is no exit code", text));
  return static_cast<std::uint32_t>(value);
}

}  // namespace

Shell::Shell(Session& session, ShellOptions const& options) : session_(session) {
  resource_.resource_uri =
      options.resource_uri.empty() ? std::string(wsman::resource::cmd_shell) : options.resource_uri;
  compressed_ = options.compression;
  try {
    create(options);
  } catch (Failure const& failure) {
    // A service that does not compress refuses the header; all else stays as it was asked for.
    if (!compressed_ || failure.code() != must_understand_code) throw;
    compressed_ = false;
    create(options);
  }
  resource_.selectors.add("ShellId", id_);
}

void Shell::create(ShellOptions const& options) {
  auto request = resource_;
  request.options.add(option("WINRS_NOPROFILE", boolean(options.no_profile)));
  request.options.add(option("WINRS_CODEPAGE", std::to_string(options.code_page)));
  if (compressed_) {
    xml::Writer(request.header)
        .open("rsp:CompressionType")
        .attribute("s:mustUnderstand", "true")
        .text("xpress")
        .close();
  }
  id_ = shell_id_of(session_.create(request, shell_body(options)));
}

Shell::Shell(Session& session, std::string id, bool compressed)
    : session_(session), id_(std::move(id)), compressed_(compressed) {
  resource_.resource_uri = std::string(wsman::resource::cmd_shell);
  resource_.selectors.add("ShellId", id_);
}

Shell Shell::connect(Session& session, std::string id, bool reconnect) {
  ResourceLocator resource;
  resource.resource_uri = std::string(wsman::resource::cmd_shell);
  resource.selectors.add("ShellId", id);
  auto const shell = session.get(resource);
  auto const mode = shell.body().child(ns::shell, "CompressionMode").trimmed_text();
  static_cast<void>(reconnect ? session.exchange(wsman::action::shell_reconnect, resource, {})
                              : session.exchange(wsman::action::shell_connect, resource, "<rsp:Connect/>"));
  return Shell(session, std::move(id), mode == "XpressCompression");
}

Command Shell::connect(std::string command_id) {
  std::string body;
  xml::Writer(body).open("rsp:Connect").attribute("CommandId", command_id).close();
  static_cast<void>(session_.exchange(wsman::action::shell_connect, resource_, body));
  return Command(session_, resource_, std::move(command_id), compressed_);
}

void Shell::disconnect(std::optional<Milliseconds> idle_timeout) {
  std::string body;
  xml::Writer writer(body);
  writer.open("rsp:Disconnect");
  if (idle_timeout) writer.element("rsp:IdleTimeOut", format_seconds_duration(*idle_timeout));
  writer.close();
  static_cast<void>(session_.exchange(wsman::action::shell_disconnect, resource_, body));
  id_.clear();
}

Shell::~Shell() {
  try {
    close();
  } catch (Failure const&) {
    // The service deletes the shell when its idle time is over.
  }
}

void Shell::close() {
  if (id_.empty()) return;
  id_.clear();
  static_cast<void>(
      session_.exchange(wsman::action::remove, resource_, {}, Session::Repeat::once, close_timeout_));
}

Command Shell::start(CommandLine const& line) {
  auto request = resource_;
  request.options.add(option("WINRS_CONSOLEMODE_STDIN", boolean(line.console_input)));
  request.options.add(option("WINRS_SKIP_CMD_SHELL", boolean(line.skip_cmd_shell)));
  std::string body;
  xml::Writer writer(body);
  auto const wanted_id = make_uuid();
  writer.open("rsp:CommandLine").attribute("CommandId", wanted_id).element("rsp:Command", line.command);
  for (auto const& argument : line.arguments) writer.element("rsp:Arguments", argument);
  writer.close();
  std::string id;
  try {
    auto const answer =
        session_.exchange(wsman::action::shell_command, request, body, Session::Repeat::patiently);
    id = answer.body().child(ns::shell, "CommandId").trimmed_text();
  } catch (Failure const& failure) {
    // Nobody else has this id: the command was started, and the answer that said so was lost.
    if (failure.code() != command_id_conflict_code) throw;
    id = wanted_id;
  }
  if (id.empty()) throw incomplete("The answer to Command names no command");
  return Command(session_, resource_, std::move(id), compressed_);
}

Received Command::receive() {
  auto request = shell_;
  request.options.add(option("WSMAN_CMDSHELL_OPTION_KEEPALIVE", "TRUE"));
  std::string body;
  xml::Writer writer(body);
  writer.open("rsp:Receive").open("rsp:DesiredStream").attribute("CommandId", id_).text("stdout stderr");
  writer.close().close();

  Received received;
  while (received.chunks.empty() && !received.exit_code) {
    try {
      auto const answer =
          session_.exchange(wsman::action::shell_receive, request, body, Session::Repeat::patiently);
      for (auto const element : answer.body().children()) {
        if (element.is(ns::shell, "Stream")) {
          auto bytes = base64::decode(element.text());
          if (!bytes) throw incomplete(fmt::format("A stream is not base64: {}", bytes.error().message));
          if (compressed_) bytes = xpress::decompress(*bytes);
          if (!bytes) throw incomplete(fmt::format("A stream is not xpress: {}", bytes.error().message));
          if (!bytes->empty())
            received.chunks.push_back({element.attribute("", "Name").value_or("stdout"), std::move(*bytes)});
        } else if (element.is(ns::shell, "CommandState")) {
          if (element.attribute("", "State").value_or("").ends_with(state_done))
            received.exit_code = parse_exit_code(element.child(ns::shell, "ExitCode").trimmed_text());
        }
      }
    } catch (Failure const& failure) {
      if (!failure.is_operation_timeout()) throw;
    }
  }
  return received;
}

void Command::send(std::string_view bytes, bool end) {
  std::string body;
  body.reserve(base64::encoded_size(bytes.size()) + 256);
  xml::Writer writer(body);
  writer.open("rsp:Send").open("rsp:Stream").attribute("Name", "stdin").attribute("CommandId", id_);
  if (end) writer.attribute("End", "true");
  writer.raw(base64::encode(compressed_ ? xpress::compress(bytes) : bytes)).close().close();
  while (true) {
    try {
      static_cast<void>(
          session_.exchange(wsman::action::shell_send, shell_, body, Session::Repeat::patiently));
      return;
    } catch (Failure const& failure) {
      // The command reads nothing now. A service that took a part of the input does not answer so.
      if (!failure.is_operation_timeout()) throw;
    }
  }
}

std::string Command::signal_body(Signal signal) const {
  std::string body;
  xml::Writer writer(body);
  writer.open("rsp:Signal").attribute("CommandId", id_);
  writer.element("rsp:Code", std::string(signal_prefix).append(code_of(signal))).close();
  return body;
}

void Command::signal(Signal signal) {
  static_cast<void>(session_.exchange(wsman::action::shell_signal, shell_, signal_body(signal),
                                      Session::Repeat::patiently));
}

void Command::finish(Milliseconds timeout) {
  static_cast<void>(session_.exchange(wsman::action::shell_signal, shell_, signal_body(Signal::terminate),
                                      Session::Repeat::once, timeout));
}

}  // namespace winrm::client
