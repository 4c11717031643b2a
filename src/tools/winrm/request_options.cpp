#include "tools/winrm/request_options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/unicode.hpp"
#include "tools/common/connection_switches.hpp"
#include "tools/winrm/hash.hpp"
#include "tools/winrm/input.hpp"
#include "tools/winrm/resource_uri.hpp"
#include "wsman/actions.hpp"
#include "xml/writer.hpp"

namespace winrm::tools::winrm_tool {
namespace {

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

/// Those with # are how Windows writes them.
constexpr Choice<Format> formats[] = {
    {"text", Format::text},  {"pretty", Format::pretty},  {"xml", Format::xml},
    {"json", Format::json},  {"csv", Format::csv},        {"table", Format::table},
    {"#text", Format::text}, {"#pretty", Format::pretty}, {"#xml", Format::xml}};

}  // namespace

Format format_of(SwitchValues const& switches) {
  if (!switches.has("format")) return Format::text;
  return choose("output format", switches.value("format"), formats);
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (auto const& choice : formats)
    if (!choice.name.starts_with('#')) names.emplace_back(choice.name);
  return names;
}

namespace {

Milliseconds parse_timeout(std::string const& text) {
  std::uint32_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0)
    throw UsageError(fmt::format("\"{}\" is no time: -timeout takes milliseconds.", text));
  return Milliseconds(value);
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

}  // namespace

Milliseconds timeout_of(SwitchValues const& switches, Milliseconds otherwise) {
  return switches.has("timeout") ? parse_timeout(switches.value("timeout")) : otherwise;
}

wsman::OptionSet provider_options_of(SwitchValues const& switches) {
  return switches.has("options") ? provider_options(switches.value("options")) : wsman::OptionSet{};
}

client::SessionOptions options_of(SwitchValues const& switches, client::ClientSettings const& settings) {
  auto options = session_options(switches, settings);
  options.operation_timeout = timeout_of(switches, options.operation_timeout);
  if (switches.has("encoding"))
    options.encoding =
        choose<wsman::Encoding>("encoding", switches.value("encoding"),
                                {{"utf-8", wsman::Encoding::utf8}, {"utf-16", wsman::Encoding::utf16}});
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
  locator.options = provider_options_of(switches);
  if (switches.has("fragment")) {
    wsman::FragmentTransfer fragment;
    fragment.path = switches.value("fragment");
    fragment.dialect = switches.has("dialect") ? expand_dialect(switches.value("dialect"))
                                               : std::string(wsman::dialect::xpath);
    locator.fragment = std::move(fragment);
  }
  return locator;
}

bool wants_https(SwitchValues const& switches) {
  return switches.has("transport") &&
         choose<bool>("transport", switches.value("transport"), {{"http", false}, {"https", true}});
}

client::EnumerateOptions::Mode return_type_of(SwitchValues const& switches) {
  using Mode = client::EnumerateOptions::Mode;
  if (!switches.has("returntype")) return Mode::object;
  return choose<Mode>("return type", switches.value("returntype"),
                      {{"object", Mode::object}, {"epr", Mode::epr}, {"objectandepr", Mode::object_and_epr}});
}

client::EnumerateOptions enumerate_options(SwitchValues const& switches, std::string_view resource_uri) {
  using Polymorphism = client::EnumerateOptions::Polymorphism;
  client::EnumerateOptions options;
  options.mode = return_type_of(switches);
  if (switches.has("shallow"))
    options.polymorphism = Polymorphism::none;
  else if (switches.has("basepropertiesonly"))
    options.polymorphism = Polymorphism::exclude_sub_class_properties;
  if (switches.has("filter")) {
    options.filter_dialect = switches.has("dialect") ? expand_dialect(switches.value("dialect"))
                                                     : std::string(wsman::dialect::wql);
    if (options.filter_dialect == wsman::dialect::selector)
      options.filter_xml = selector_filter(switches.value("filter"));
    else if (unicode::equals_ignoring_case(options.filter_dialect, wsman::dialect::association))
      options.filter_xml =
          association_filter(switches.value("filter"), resource_uri, switches.has("associations"));
    else
      xml::append_escaped(options.filter_xml, switches.value("filter"));
  } else if (switches.has("dialect")) {
    throw UsageError("-dialect says how to read a filter: give -filter, too.");
  }
  if (switches.has("associations") &&
      !unicode::equals_ignoring_case(options.filter_dialect, wsman::dialect::association))
    throw UsageError("-associations is for a filter with -dialect:association.");
  return options;
}

}  // namespace winrm::tools::winrm_tool
