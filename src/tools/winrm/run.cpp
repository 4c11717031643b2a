#include "tools/winrm/run.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <ostream>
#include <sstream>

#include "base/unicode.hpp"
#include "client/enumerator.hpp"
#include "client/failure.hpp"
#include "client/session.hpp"
#include "config/load.hpp"
#include "config/salvage.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/common/descriptors.hpp"
#include "tools/winrm/command_line.hpp"
#include "tools/winrm/config_sddl.hpp"
#include "tools/winrm/doctor.hpp"
#include "tools/winrm/failure_format.hpp"
#include "tools/winrm/help.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/item_printer.hpp"
#include "tools/winrm/offline.hpp"
#include "tools/winrm/quickconfig.hpp"
#include "tools/winrm/request_options.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "tools/winrm/wait.hpp"
#include "wsman/actions.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Failure;

constexpr int exit_success = 0;
constexpr int exit_failure = 1;

/// A stream says only that it failed; why is in errno, when the system said it.
void require_written(std::ostream const& out) {
  if (!out) throw_output_failure(errno != 0 ? errno : EIO);
}

void print(Surroundings const& surroundings, std::string_view text) {
  errno = 0;
  surroundings.out << text;
  require_written(surroundings.out);
}

void flush(Surroundings const& surroundings) {
  errno = 0;
  surroundings.out.flush();
  require_written(surroundings.out);
}

/// -file, or the standard input that somebody sends unasked; nothing when there is neither.
std::optional<std::string> input_xml(Invocation const& invocation, Surroundings const& surroundings,
                                     bool needed) {
  bool const from_file = invocation.switches.has("file");
  if (from_file && !invocation.input_hash.empty())
    throw UsageError("Give the input with @{} or with -file, not both.");
  bool const unasked = needed && invocation.input_hash.empty() && !surroundings.input_is_terminal;
  if (!from_file && !unasked) return std::nullopt;
  std::istringstream nothing;
  auto& standard_input = surroundings.input == nullptr ? nothing : *surroundings.input;
  auto xml = read_input_file(from_file ? invocation.switches.value("file") : "-", standard_input);
  if (unasked && xml.empty()) return std::nullopt;
  auto const document = xml::Document::parse(xml);
  if (!document)
    throw UsageError(
        fmt::format("The input is not XML as a message may carry it: {}", document.error().message));
  return document->root().serialize();  // without a declaration or comments in front
}

/// The input's XML as given in any way; `root` and `ns` name the element that @{} becomes.
std::string given_input(Invocation const& invocation, Surroundings const& surroundings, std::string_view root,
                        std::string_view ns) {
  if (auto xml = input_xml(invocation, surroundings, false)) return std::move(*xml);
  auto const entries =
      invocation.input_hash.empty() ? std::vector<HashEntry>{} : parse_hash(invocation.input_hash);
  return input_body(root, ns, entries);
}

/// What a query without -filter is: WQL over a namespace.
client::ResourceLocator query_locator(Invocation const& invocation) {
  constexpr std::string_view default_namespace = "wmicimv2";
  if (invocation.words.empty() || invocation.words.size() > 2)
    throw UsageError("query needs one WQL query in quotes: winrm query \"select * from Win32_Service\".");
  auto uri = expand_alias(invocation.words.size() == 2 ? invocation.words[1] : default_namespace);
  if (!uri.ends_with("/*")) uri += uri.ends_with('/') ? "*" : "/*";
  client::ResourceLocator locator;
  locator.resource_uri = std::move(uri);
  locator.options = provider_options_of(invocation.switches);
  return locator;
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
        enumerate(locator_of(invocation_, 0),
                  enumerate_options(invocation_.switches, locator_of(invocation_, 0).resource_uri));
        break;
      case Operation::query:
        query();
        break;
      case Operation::invoke:
        invoke();
        break;
      case Operation::identify:
        show(session_.identify());
        break;
      case Operation::quick_config:
        configure();
        break;
      case Operation::config_sddl:
        configure_sddl();
        break;
      case Operation::wait:
      case Operation::doctor:
      case Operation::helpmsg:
      case Operation::help:
        break;  // not one request to a service
    }
    flush(surroundings_);
  }

 private:
  void show(wsman::Answer const& answer) {
    if (auto const body = answer.body())
      print(surroundings_, format_element(body, format_, surroundings_.style));
  }

  void set() {
    auto const locator = locator_of(invocation_, 0);
    if (auto const xml = input_xml(invocation_, surroundings_, true)) {
      show(session_.put(locator, *xml));
      return;
    }
    if (invocation_.input_hash.empty())
      throw UsageError("set needs input: @{KEY=\"VALUE\"}, -file:FILE, or XML on the standard input.");
    auto const entries = parse_hash(invocation_.input_hash);
    auto const current = session_.get(locator);
    show(session_.put(locator, patched_body(current.body(), entries)));
  }

  void create() {
    auto const locator = locator_of(invocation_, 0);
    show(session_.create(locator, given_input(invocation_, surroundings_, last_part(locator.resource_uri),
                                              locator.resource_uri)));
  }

  void invoke() {
    if (invocation_.words.empty())
      throw UsageError("invoke needs an action: winrm invoke ACTION RESOURCE_URI.");
    auto const& action = invocation_.words.front();
    auto const locator = locator_of(invocation_, 1);
    show(session_.invoke(locator, action,
                         given_input(invocation_, surroundings_, action + "_INPUT", locator.resource_uri)));
  }

  void configure() {
    QuickConfigOptions options;
    auto const& switches = invocation_.switches;
    options.https = wants_https(switches);
    options.quiet = switches.has("quiet") || switches.has("force");
    // Asked directly: the session would answer from the files of a service that does not run.
    options.running =
        http::ClientConnection::connect(session_.options().endpoint, {},
                                        SteadyClock::now() + session_.options().operation_timeout)
            .has_value();
    quick_config(session_, options, surroundings_.input,
                 [this](std::string_view text) { print(surroundings_, text); });
  }

  void configure_sddl() {
    if (invocation_.words.size() != 1)
      throw UsageError("configSDDL needs default or a resource URI: winrm configSDDL default.");
    auto edit = surroundings_.edit;
    if (invocation_.switches.has("sddl"))
      edit = [sddl = std::string(invocation_.switches.value("sddl"))](std::string const&) { return sddl; };
    auto const after = config_sddl(session_, invocation_.words.front(), edit);
    print(surroundings_, after + "\n");
  }

  void query() {
    auto const locator = query_locator(invocation_);
    client::EnumerateOptions options;
    options.mode = return_type_of(invocation_.switches);
    options.filter_dialect = std::string(wsman::dialect::wql);
    xml::append_escaped(options.filter_xml, invocation_.words.front());
    enumerate(locator, options);
  }

  void enumerate(client::ResourceLocator const& locator, client::EnumerateOptions const& options) {
    client::Enumerator items(session_, locator, options);
    ItemPrinter printer(format_, surroundings_.style,
                        [this](std::string_view text) { print(surroundings_, text); });
    for (auto item = items.next(); item; item = items.next()) {
      printer.add(*item);
      if (items.is_ready()) continue;
      printer.end_batch();
      flush(surroundings_);
    }
    printer.end_batch();
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

std::string help_for(Invocation const& invocation) {
  auto const* about = invocation.operation;
  if (about == nullptr) return general_help();
  if (about->operation != Operation::help) return operation_help(*about);
  if (invocation.words.empty()) return general_help();
  auto const& subject = invocation.words.front();
  if (auto const* operation = find_operation(subject)) return operation_help(*operation);
  if (auto const* topic = find_topic(subject)) return topic_help(*topic);
  throw UsageError(fmt::format("There is no help on \"{}\".", subject));
}

void print_help(Invocation const& invocation, Surroundings const& surroundings) {
  print(surroundings, help_for(invocation));
  flush(surroundings);
}

/// `winrm wait HOST` and `winrm doctor HOST` name the host as their word.
void take_host(Invocation& invocation) {
  bool const has_word = invocation.words.size() == 1;
  if (invocation.words.size() > 1 || has_word == invocation.switches.has("remote"))
    throw UsageError(fmt::format("{0} needs one host: winrm {0} HOST.", invocation.operation->name));
  if (has_word) invocation.switches.add("remote", invocation.words.front());
}

int run_host_operation(Invocation& invocation, Surroundings const& surroundings,
                       client::ClientSettings const& settings) {
  take_host(invocation);
  auto const options = options_of(invocation.switches, settings);
  auto const say = [&](std::string_view line) {
    print(surroundings, line);
    flush(surroundings);
  };
  bool const good = invocation.operation->operation == Operation::wait
                        ? wait_for_host(options, surroundings.transport,
                                        timeout_of(invocation.switches, wait_patience), say)
                        : examine_host(options, surroundings.transport, say);
  return good ? exit_success : exit_failure;
}

/// A damaged file must not be in the way of seeing what is wrong with it, and of restoring it.
bool is_about_own_configuration(Invocation const& invocation) {
  return !invocation.switches.has("remote") && !invocation.words.empty() &&
         unicode::starts_with_ignoring_case(expand_alias(invocation.words.back()), wsman::resource::config);
}

Result<client::ClientSettings> salvaged_settings() {
  auto const text = config::read_file(service_file());
  if (!text) return tl::unexpected(text.error());
  if (config::load(service_file())) return fail("the service's file is not what is damaged");
  return config::parse(config::salvage(*text, service_file()), service_file().string())
      .map([](config::Settings settings) {
        client::ClientSettings client;
        client.settings = std::move(settings);
        client.file = service_file();
        client.found = true;
        return client;
      });
}

int run_invocation(Invocation& invocation, Surroundings const& surroundings) {
  if (invocation.operation == nullptr || invocation.help ||
      invocation.operation->operation == Operation::help) {
    print_help(invocation, surroundings);
    return exit_success;
  }
  auto const operation = invocation.operation->operation;
  if (operation == Operation::helpmsg) {
    print_code_text(invocation, surroundings);
    return exit_success;
  }
  auto settings = surroundings.load_settings();
  if (!settings && is_about_own_configuration(invocation))
    if (auto salvaged = salvaged_settings()) settings = std::move(salvaged);
  if (!settings)
    throw UsageError(fmt::format("The client's configuration cannot be used: {}", settings.error().message));
  if (operation == Operation::wait || operation == Operation::doctor)
    return run_host_operation(invocation, surroundings, *settings);
  if (operation == Operation::identify && !invocation.switches.has("remote"))
    throw Failure(Failure::Kind::usage, client::code::no_identify_for_local_session,
                  std::string(client::describe_code(client::code::no_identify_for_local_session)));
  Runner(invocation, surroundings, options_of(invocation.switches, *settings), format_of(invocation.switches))
      .run();
  return exit_success;
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
    return run_invocation(invocation, surroundings);
  } catch (OutputClosed const&) {
    return exit_success;  // whoever read it has enough: winrm enumerate … | head
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
