#include "tools/winrm/run.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "base/unicode.hpp"
#include "client/enumerator.hpp"
#include "client/failure.hpp"
#include "client/session.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/winrm/command_line.hpp"
#include "tools/winrm/failure_format.hpp"
#include "tools/winrm/format.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "wsman/actions.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Failure;

constexpr int exit_success = 0;
constexpr int exit_failure = 1;

/// Whoever read our output has enough: `winrm enumerate … | head`.
struct OutputClosed {};

void print(Surroundings const& surroundings, std::string_view text) {
  surroundings.out << text;
  if (!surroundings.out) throw OutputClosed{};
}

void flush(Surroundings const& surroundings) {
  surroundings.out.flush();
  if (!surroundings.out) throw OutputClosed{};
}

template <class Value>
struct Choice {
  std::string_view name;
  Value value;
};

template <class Value, std::size_t count>
Value choose(std::string_view what, std::string const& given, Choice<Value> const (&choices)[count]) {
  std::string names;
  for (auto const& choice : choices) {
    if (unicode::equals_ignoring_case(given, choice.name)) return choice.value;
    names.append(names.empty() ? "" : ", ").append(choice.name);
  }
  throw UsageError(fmt::format("\"{}\" is no {}: choose from {}.", given, what, names));
}

Format format_of(SwitchValues const& switches) {
  if (!switches.has("format")) return Format::text;
  return choose<Format>(
      "output format", switches.value("format"),
      {{"text", Format::text}, {"pretty", Format::pretty}, {"xml", Format::xml}, {"json", Format::json}});
}

Milliseconds parse_timeout(std::string const& text) {
  std::uint32_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0)
    throw UsageError(fmt::format("\"{}\" is no time: -timeout takes milliseconds.", text));
  return Milliseconds(value);
}

client::SessionOptions options_of(SwitchValues const& switches, client::ClientSettings const& settings) {
  auto options = session_options(switches, settings);
  if (switches.has("timeout")) options.operation_timeout = parse_timeout(switches.value("timeout"));
  if (switches.has("encoding"))
    options.encoding =
        choose<wsman::Encoding>("encoding", switches.value("encoding"),
                                {{"utf-8", wsman::Encoding::utf8}, {"utf-16", wsman::Encoding::utf16}});
  return options;
}

wsman::OptionSet provider_options(std::string const& hash) {
  wsman::OptionSet options;
  for (auto const& entry : parse_hash(hash)) {
    wsman::Option option;
    option.name = entry.key;
    option.value = entry.value.value_or("");
    option.nil = !entry.value;
    options.add(std::move(option));
  }
  return options;
}

client::ResourceLocator locator_of(Invocation const& invocation, std::size_t uri_index) {
  if (invocation.words.size() <= uri_index)
    throw UsageError(fmt::format("{} needs a resource URI: winrm {} {}.", invocation.operation->name,
                                 invocation.operation->name, invocation.operation->usage));
  if (invocation.words.size() > uri_index + 1)
    throw UsageError(fmt::format("\"{}\" is too much.", invocation.words[uri_index + 1]));
  auto locator = parse_resource_uri(invocation.words[uri_index]);
  auto const& switches = invocation.switches;
  if (switches.has("options")) locator.options = provider_options(switches.value("options"));
  if (switches.has("fragment")) {
    wsman::FragmentTransfer fragment;
    fragment.path = switches.value("fragment");
    fragment.dialect = switches.has("dialect") ? expand_dialect(switches.value("dialect"))
                                               : std::string(wsman::dialect::xpath);
    locator.fragment = std::move(fragment);
  }
  return locator;
}

client::EnumerateOptions enumerate_options(SwitchValues const& switches) {
  using Mode = client::EnumerateOptions::Mode;
  using Polymorphism = client::EnumerateOptions::Polymorphism;
  client::EnumerateOptions options;
  if (switches.has("returntype"))
    options.mode =
        choose<Mode>("return type", switches.value("returntype"),
                     {{"object", Mode::object}, {"epr", Mode::epr}, {"objectandepr", Mode::object_and_epr}});
  if (switches.has("shallow"))
    options.polymorphism = Polymorphism::none;
  else if (switches.has("basepropertiesonly"))
    options.polymorphism = Polymorphism::exclude_sub_class_properties;
  if (switches.has("filter")) {
    options.filter_dialect = switches.has("dialect") ? expand_dialect(switches.value("dialect"))
                                                     : std::string(wsman::dialect::wql);
    if (options.filter_dialect == wsman::dialect::selector)
      options.filter_xml = selector_filter(switches.value("filter"));
    else
      xml::append_escaped(options.filter_xml, switches.value("filter"));
  } else if (switches.has("dialect")) {
    throw UsageError("-dialect says how to read a filter: give -filter, too.");
  }
  return options;
}

/// The input's XML as given by @{} or -file; `root` and `ns` name the element that @{} becomes.
std::string given_input(Invocation const& invocation, std::string_view root, std::string_view ns) {
  bool const from_file = invocation.switches.has("file");
  if (from_file && !invocation.input_hash.empty())
    throw UsageError("Give the input with @{} or with -file, not both.");
  if (from_file) return read_input_file(invocation.switches.value("file"));
  auto const entries =
      invocation.input_hash.empty() ? std::vector<HashEntry>{} : parse_hash(invocation.input_hash);
  return input_body(root, ns, entries);
}

class Runner {
 public:
  Runner(Invocation const& invocation, Surroundings const& surroundings, client::SessionOptions options,
         Format format)
      : invocation_(invocation),
        surroundings_(surroundings),
        session_(std::move(options), surroundings.transport),
        format_(format) {}

  void run() {
    switch (invocation_.operation->operation) {
      case Operation::get:
        show(session_.get(locator_of(invocation_, 0)));
        break;
      case Operation::set:
        set();
        break;
      case Operation::create:
        create();
        break;
      case Operation::remove:
        session_.remove(locator_of(invocation_, 0));
        break;
      case Operation::enumerate:
        enumerate();
        break;
      case Operation::invoke:
        invoke();
        break;
      case Operation::identify:
        show(session_.identify());
        break;
      case Operation::helpmsg:
      case Operation::help:
        break;  // these ask no service
    }
    flush(surroundings_);
  }

 private:
  void show(wsman::Answer const& answer) {
    if (auto const body = answer.body()) print(surroundings_, format_element(body, format_));
  }

  void set() {
    auto const locator = locator_of(invocation_, 0);
    if (invocation_.switches.has("file")) {
      show(session_.put(locator, given_input(invocation_, {}, {})));
      return;
    }
    if (invocation_.input_hash.empty()) throw UsageError("set needs input: @{KEY=\"VALUE\"} or -file:FILE.");
    auto const entries = parse_hash(invocation_.input_hash);
    auto const current = session_.get(locator);
    show(session_.put(locator, patched_body(current.body(), entries)));
  }

  void create() {
    auto const locator = locator_of(invocation_, 0);
    show(session_.create(locator,
                         given_input(invocation_, last_part(locator.resource_uri), locator.resource_uri)));
  }

  void invoke() {
    if (invocation_.words.empty())
      throw UsageError("invoke needs an action: winrm invoke ACTION RESOURCE_URI.");
    auto const& action = invocation_.words.front();
    auto const locator = locator_of(invocation_, 1);
    show(session_.invoke(locator, action, given_input(invocation_, action + "_INPUT", locator.resource_uri)));
  }

  void enumerate() {
    client::Enumerator items(session_, locator_of(invocation_, 0), enumerate_options(invocation_.switches));
    bool first = true;
    for (auto item = items.next(); item; item = items.next()) {
      if (!first && format_ != Format::json && format_ != Format::xml) print(surroundings_, "\n");
      first = false;
      print(surroundings_, format_element(*item, format_));
      if (!items.is_ready()) flush(surroundings_);
    }
  }

  Invocation const& invocation_;
  Surroundings const& surroundings_;
  client::Session session_;
  Format format_;
};

void print_code_text(Invocation const& invocation, Surroundings const& surroundings) {
  auto const code = invocation.words.size() == 1 ? parse_code(invocation.words.front()) : std::nullopt;
  if (!code) throw UsageError("helpmsg needs one error number: decimal, 0x… or negative.");
  auto const text = client::describe_code(*code);
  if (text.empty()) throw UsageError(fmt::format("There is no text for {}.", invocation.words.front()));
  print(surroundings, fmt::format("{}\n", text));
  flush(surroundings);
}

void print_help(Invocation const& invocation, Surroundings const& surroundings) {
  auto const* about = invocation.operation;
  if (about != nullptr && about->operation == Operation::help)
    about = invocation.words.empty() ? nullptr : find_operation(invocation.words.front());
  print(surroundings, about == nullptr ? general_help() : operation_help(*about));
  flush(surroundings);
}

void run_invocation(Invocation const& invocation, Surroundings const& surroundings) {
  if (invocation.operation == nullptr || invocation.help ||
      invocation.operation->operation == Operation::help)
    return print_help(invocation, surroundings);
  if (invocation.operation->operation == Operation::helpmsg) return print_code_text(invocation, surroundings);

  auto const settings = surroundings.load_settings();
  if (!settings)
    throw UsageError(fmt::format("The client's configuration cannot be used: {}", settings.error().message));
  if (invocation.operation->operation == Operation::identify && !invocation.switches.has("remote"))
    throw Failure(Failure::Kind::usage, client::code::no_identify_for_local_session,
                  std::string(client::describe_code(client::code::no_identify_for_local_session)));
  Runner(invocation, surroundings, options_of(invocation.switches, *settings), format_of(invocation.switches))
      .run();
}

Format failure_format(Invocation const& invocation) {
  try {
    return format_of(invocation.switches);
  } catch (UsageError const&) {
    return Format::text;
  }
}

}  // namespace

int run(std::vector<std::string> const& arguments, Surroundings const& surroundings) {
  Invocation invocation;
  try {
    invocation = parse_command_line(arguments);
    run_invocation(invocation, surroundings);
    return exit_success;
  } catch (OutputClosed const&) {
    return exit_success;
  } catch (UsageError const& error) {
    surroundings.err << "Error: " << error.what() << "\nType \"winrm -?\" for help.\n";
  } catch (Failure const& failure) {
    surroundings.out.flush();
    surroundings.err << format_failure(failure, failure_format(invocation),
                                       invocation.switches.value("remote"));
  }
  return exit_failure;
}

}  // namespace winrm::tools::winrm_tool
