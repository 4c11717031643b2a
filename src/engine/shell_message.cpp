#include "engine/shell_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "base/xpress.hpp"
#include "wsman/actions.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;

/// Envelope, headers and command state of an answer to a Receive.
constexpr std::size_t bytes_around_output = 2048;

constexpr std::string_view creation_xml_ns = "http://schemas.microsoft.com/powershell";

struct SignalCode {
  std::string_view uri;
  Signal signal;
};
constexpr std::array signal_codes{
    SignalCode{"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate", Signal::terminate},
    SignalCode{"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_c", Signal::ctrl_c},
    SignalCode{"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_break",
               Signal::ctrl_break},
    SignalCode{"powershell/signal/ctrl_c", Signal::ctrl_c},
};

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    std::size_t const begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return words;
    std::size_t const end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

xml::Element require(wsman::Request const& request, std::string_view name) {
  xml::Element const body = request.body();
  if (body.is(ns::shell, name)) return body;
  throw faults::schema_validation(
      fmt::format("The SOAP Body must hold a {} element of the namespace {}.", name, ns::shell));
}

[[noreturn]] void refuse_child(xml::Element const& child) {
  throw faults::schema_validation(
      fmt::format("{} may not hold an element {}.", child.parent().local_name(), child.local_name()));
}

std::string required_command_id(std::optional<std::string> const& id, std::string_view plugin,
                                std::string_view where) {
  if (id && !id->empty()) return canonical_id(*id);
  throw faults::invalid_parameter(fmt::format("{} has no CommandId attribute; this shell needs one.", where))
      .from_provider(std::string(plugin));
}

Milliseconds read_idle_timeout(xml::Element const& element) {
  auto const time = parse_duration(element.trimmed_text());
  if (time) return *time;
  throw faults::schema_validation(
      fmt::format("IdleTimeOut is \"{}\"; it must be a duration, as PT7200S.", element.trimmed_text()));
}

void read_environment(xml::Element const& element, ShellStart& start) {
  for (xml::Element const variable : element.children()) {
    if (!variable.is(ns::shell, "Variable")) refuse_child(variable);
    auto name = variable.attribute("", "Name");
    if (!name || name->empty() || name->find('=') != std::string::npos) {
      throw faults::schema_validation(
          "Each Variable of Environment needs a Name that is not empty and has no \"=\".");
    }
    start.environment.emplace_back(*std::move(name), variable.text());
  }
}

BufferMode read_buffer_mode(xml::Element const& element) {
  std::string const text = element.trimmed_text();
  if (unicode::equals_ignoring_case(text, "Block")) return BufferMode::block;
  if (unicode::equals_ignoring_case(text, "Drop")) return BufferMode::drop;
  throw faults::schema_validation(fmt::format("BufferMode is \"{}\"; it must be Block or Drop.", text));
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string decompressed(std::string_view blocks, std::size_t most_bytes) {
  auto bytes = xpress::decompress(blocks, most_bytes);
  if (!bytes)
    throw faults::schema_validation("The content of a Stream is not xpress: " + bytes.error().message);
  return *std::move(bytes);
}

bool is_true(std::string_view text) { return text == "1" || unicode::equals_ignoring_case(text, "true"); }

}  // namespace

std::string canonical_id(std::string_view id) {
  std::string upper(id);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

ShellBody read_shell(wsman::Request const& request) {
  xml::Element const shell = require(request, "Shell");
  ShellBody body;
  body.start.name = shell.attribute("", "Name").value_or("");
  if (auto const id = shell.attribute("", "ShellId")) {
    if (!is_uuid(*id)) throw faults::shell_id_not_valid(*id);
    body.start.shell_id = canonical_id(*id);
  }
  body.start.options = request.options;
  for (xml::Element const child : shell.children()) {
    // Clients differ in order and in the case of IdleTimeOut; what is not known is for other kinds of shell.
    if (child.is(creation_xml_ns, "creationXml")) body.start.creation_xml = child.trimmed_text();
    if (child.ns() != ns::shell) continue;
    std::string_view const name = child.local_name();
    if (name == "Environment") read_environment(child, body.start);
    if (name == "WorkingDirectory") body.start.working_directory = child.text();
    if (name == "InputStreams") body.start.input_streams = split_words(child.text());
    if (name == "OutputStreams") body.start.output_streams = split_words(child.text());
    if (name == "Name") body.start.name = child.text();
    if (name == "BufferMode") body.buffer_mode = read_buffer_mode(child);
    if (unicode::equals_ignoring_case(name, "IdleTimeOut")) body.idle_timeout = read_idle_timeout(child);
  }
  std::size_t const characters = count_characters(body.start.name);
  if (characters > limits::shell_name_characters) {
    throw faults::shell_name_invalid(characters, limits::shell_name_characters);
  }
  return body;
}

DisconnectBody read_disconnect(wsman::Request const& request) {
  DisconnectBody body;
  for (xml::Element const child : require(request, "Disconnect").children()) {
    if (child.is(ns::shell, "BufferMode")) {
      body.buffer_mode = read_buffer_mode(child);
    } else if (child.ns() == ns::shell && unicode::equals_ignoring_case(child.local_name(), "IdleTimeOut")) {
      body.idle_timeout = read_idle_timeout(child);
    } else {
      refuse_child(child);
    }
  }
  return body;
}

std::string read_command_of(wsman::Request const& request) {
  // Windows sends an empty Body for Reconnect.
  xml::Element const body = request.body();
  if (!body) return {};
  return canonical_id(body.attribute("", "CommandId").value_or(""));
}

CommandStart read_command_line(wsman::Request const& request, std::string_view plugin) {
  xml::Element const line = require(request, "CommandLine");
  CommandStart start;
  if (auto const id = line.attribute("", "CommandId")) {
    if (!is_uuid(*id)) throw faults::command_id_not_valid(*id);
    start.command_id = canonical_id(*id);
  }
  start.options = request.options;
  for (xml::Element const child : line.children()) {
    if (child.is(ns::shell, "Command")) {
      start.command = child.text();
    } else if (child.is(ns::shell, "Arguments")) {
      start.arguments.push_back(child.text());
    } else {
      refuse_child(child);
    }
  }
  if (start.command.empty()) {
    throw faults::invalid_parameter("CommandLine has no Command, or an empty one; name what is to run.")
        .from_provider(std::string(plugin));
  }
  return start;
}

ReceiveBody read_receive(wsman::Request const& request, std::string_view plugin) {
  xml::Element const desired = require(request, "Receive").child(ns::shell, "DesiredStream");
  if (!desired) throw faults::schema_validation("Receive has no DesiredStream element.");
  return {.command_id = required_command_id(desired.attribute("", "CommandId"), plugin, "DesiredStream"),
          .streams = split_words(desired.text())};
}

SendBody read_send(wsman::Request const& request, std::string_view plugin, bool compressed) {
  SendBody body;
  std::size_t room = xpress::most_decompressed_bytes;  // one message's, however many streams it has
  for (xml::Element const stream : require(request, "Send").children()) {
    if (!stream.is(ns::shell, "Stream")) refuse_child(stream);
    std::string const id = required_command_id(stream.attribute("", "CommandId"), plugin, "Stream");
    if (!body.command_id.empty() && id != body.command_id) {
      throw faults::schema_validation("All Stream elements of one Send must name the same CommandId.");
    }
    body.command_id = id;
    auto bytes = base64::decode(stream.text());
    if (!bytes)
      throw faults::schema_validation("The content of a Stream is not base64: " + bytes.error().message);
    if (compressed) *bytes = decompressed(*bytes, room);
    room -= std::min(room, bytes->size());
    body.parts.push_back({.stream = stream.attribute("", "Name").value_or("stdin"),
                          .bytes = *std::move(bytes),
                          .end = is_true(stream.attribute("", "End").value_or(""))});
  }
  if (body.parts.empty()) throw faults::schema_validation("Send has no Stream element.");
  return body;
}

SignalBody read_signal(wsman::Request const& request, std::string_view plugin) {
  xml::Element const element = require(request, "Signal");
  std::string const code = element.child(ns::shell, "Code").trimmed_text();
  auto const found = std::ranges::find_if(
      signal_codes, [&](SignalCode const& known) { return unicode::equals_ignoring_case(known.uri, code); });
  if (found == signal_codes.end()) {
    throw faults::invalid_parameter(
        fmt::format("The signal code \"{}\" is unknown; send terminate, ctrl_c or ctrl_break.", code))
        .from_provider(std::string(plugin));
  }
  return {.command_id = required_command_id(element.attribute("", "CommandId"), plugin, "Signal"),
          .signal = found->signal};
}

std::size_t output_capacity(std::size_t envelope_budget) {
  return envelope_budget > bytes_around_output ? (envelope_budget - bytes_around_output) / 4 * 3 : 0;
}

std::string write_receive_response(wsman::Request const& request, std::string_view command_id,
                                   ReceiveContent const& content, bool compressed) {
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  xml::Writer& body = response.body();
  std::size_t output = 0;
  for (auto const& part : content.parts) output += base64::encoded_size(part.bytes().size()) + part_overhead;
  body.buffer().reserve(body.size() + output + bytes_around_output);

  body.open("rsp:ReceiveResponse");
  for (auto const& part : content.parts) {
    body.open("rsp:Stream").attribute("Name", part.stream).attribute("CommandId", command_id);
    body.raw({});  // ends the start tag: the bytes are encoded straight into the message
    base64::append(body.buffer(), compressed ? xpress::compress(part.bytes()) : part.bytes());
    body.close();
  }
  for (auto const& stream : content.ended_streams) {
    body.open("rsp:Stream").attribute("Name", stream).attribute("CommandId", command_id);
    body.attribute("End", "true").close();
  }
  bool const done = content.state == CommandState::done;
  body.open("rsp:CommandState").attribute("CommandId", command_id);
  body.attribute("State", fmt::format("{}/CommandState/{}", ns::shell, done ? "Done" : "Running"));
  if (done) body.element("rsp:ExitCode", std::to_string(content.exit_code));
  body.close();
  body.close();
  return response.finish();
}

std::string write_empty_response(wsman::Request const& request, std::string_view element) {
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  response.body().empty(element);
  return response.finish();
}

}  // namespace winrm::engine
