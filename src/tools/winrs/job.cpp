#include "tools/winrs/job.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "wsman/answer.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::uint32_t largest_code_page = 65535;
constexpr std::uint32_t longest_reconnect = 24 * 3600;

ShellFamily family_of(client::Session& session) {
  auto const answer = wsman::read_identify(session.identify());
  bool const windows = answer && answer->product_vendor.find("Microsoft") != std::string::npos;
  return windows ? ShellFamily::windows_cmd : ShellFamily::unix_shell;
}

/// A file saved by a Windows editor begins with EF BB BF.
std::string without_byte_order_mark(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::optional<PowerShellScript> script_of(Invocation const& invocation) {
  auto const& switches = invocation.switches;
  if (!switches.has("ps") && !switches.has("file")) return std::nullopt;
  PowerShellScript script;
  if (switches.has("file")) {
    script.text = without_byte_order_mark(read_whole(switches.value("file")));
    script.arguments = invocation.command;
  } else if (!invocation.command.empty()) {
    script.text = join_script(invocation.command);
  } else if (isatty(STDIN_FILENO) == 1) {
    throw UsageError(
        "-ps needs a script: as words behind it, in a file (-file:FILE), or at the standard input.");
  } else {
    script.text = without_byte_order_mark(read_whole("-"));
  }
  return script;
}

/// What a person types into, on a machine without terminals of its own. bash is told only afterwards where
/// its errors go: it says at its start that it misses a terminal. They go where the output goes, to keep
/// their order.
constexpr std::string_view interactive_unix_shell =
    "exec 3>&1 2>/dev/null; command -v bash >/dev/null && exec bash -c "
    "'exec bash --noediting --rcfile <(echo \"[ -r ~/.bashrc ] && . ~/.bashrc; exec 2>&3 3>&-\") -i'; "
    "exec 2>&3 3>&-; exec sh +m -i";
constexpr std::string_view piped_unix_shell = "sh";
constexpr std::string_view windows_shell = "cmd";

std::string_view shell_of(ShellFamily family) {
  if (family == ShellFamily::windows_cmd) return windows_shell;
  return isatty(STDIN_FILENO) == 1 ? interactive_unix_shell : piped_unix_shell;
}

}  // namespace

Job::Job(Invocation invocation)
    : invocation_(std::move(invocation)),
      script_(script_of(invocation_)),
      code_page_(number_of(invocation_.switches, "codepage", 1, largest_code_page).value_or(utf8_code_page)) {
  static_cast<void>(OutputDecoder(output_form()));  // refuses an unknown code page before anything is sent
}

client::FleetCommand Job::command_for(client::Session& session) const {
  client::FleetCommand command;
  auto const& words = invocation_.command;
  bool const family_matters = script_ || words.empty() || quoting_depends_on_family(words);
  auto const family = family_matters ? family_of(session) : ShellFamily::unix_shell;
  if (script_) {
    command.line.command = powershell_command(family);
    command.input = powershell_input(*script_);
  } else if (words.empty()) {
    command.line.command = shell_of(family);
  } else {
    command.line.command = join_command(words, family);
  }
  return command;
}

std::function<std::string(std::string_view)> Job::input_encoder() const {
  if (code_page_ == utf8_code_page) return {};
  auto converter = std::make_shared<CodePageConverter>(code_page_, CodePageConverter::Direction::from_utf8);
  return [converter = std::move(converter)](std::string_view text) { return converter->convert(text); };
}

void adapt_session(client::SessionOptions& options, SwitchValues const& switches) {
  options.delegate = switches.has("allowdelegate");
  if (auto const seconds = number_of(switches, "reconnect", 0, longest_reconnect))
    options.reconnect_time = std::chrono::seconds(*seconds);
  if (options.endpoint.tls) options.unencrypted = false;  // winrs ignores it over HTTPS, as on Windows
}

client::ShellOptions shell_options(SwitchValues const& switches) {
  client::ShellOptions options;
  options.environment = environment_of(switches);
  options.working_directory = switches.value("directory");
  options.no_profile = switches.has("noprofile");
  options.compression = switches.has("compression");
  options.code_page = number_of(switches, "codepage", 1, largest_code_page).value_or(utf8_code_page);
  return options;
}

std::optional<std::uint32_t> number_of(SwitchValues const& switches, std::string_view name,
                                       std::uint32_t least, std::uint32_t most) {
  if (!switches.has(name)) return std::nullopt;
  auto const& text = switches.value(name);
  std::uint32_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    throw UsageError(fmt::format("-{} takes a number from {} to {}, not \"{}\".", name, least, most, text));
  return number;
}

std::string read_whole(std::string const& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  std::ifstream in(file, std::ios::binary);
  std::string text;
  // Not through the buffer: it throws when it cannot read, as from a folder.
  std::array<char, 65536> piece;
  while (in.read(piece.data(), piece.size()), in.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  if (!in.is_open() || in.bad())
    throw UsageError(fmt::format("The file {} cannot be read: {}.", file, std::strerror(errno)));
  return text;
}

}  // namespace winrm::tools::winrs_tool
