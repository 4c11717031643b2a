#include "system/identity.hpp"

#include "system/text.hpp"

namespace winrm::system {

namespace {

/// os-release values follow shell quoting: "…" with backslash escapes, '…', or bare.
std::string unquote(std::string_view value) {
  if (value.size() < 2 || value.front() != value.back()) return std::string(value);
  if (value.front() == '\'') return std::string(value.substr(1, value.size() - 2));
  if (value.front() != '"') return std::string(value);
  std::string plain;
  value = value.substr(1, value.size() - 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    plain += value[i];
  }
  return plain;
}

Distribution parse_os_release(std::string_view content) {
  auto const field = [&](std::string_view name) {
    return unquote(text::value_of(content, name, '=').value_or(""));
  };
  Distribution found;
  found.vendor = field("VENDOR_NAME");
  found.name = field("PRETTY_NAME");
  if (found.name.empty()) found.name = field("NAME");
  found.version = field("VERSION_ID");
  return found;
}

std::optional<Locale> parse_locale(std::string_view content) {
  auto const value = text::value_of(content, "LANG", '=');
  if (!value) return std::nullopt;
  // language[_TERRITORY][.CODESET][@modifier]
  auto const lang = unquote(*value);
  auto const name = lang.substr(0, lang.find('@'));
  auto const dot = name.find('.');
  Locale locale;
  locale.language = name.substr(0, dot);
  if (dot != std::string::npos) locale.code_set = name.substr(dot + 1);
  if (locale.language == "C" || locale.language == "POSIX") locale.language.clear();
  if (auto const underscore = locale.language.find('_'); underscore != std::string::npos) {
    locale.language[underscore] = '-';
  }
  return locale;
}

}  // namespace

std::optional<Distribution> distribution(Host const& host) {
  auto found = parsed_file<parse_os_release>(host, "/etc/os-release");
  if (!found) found = parsed_file<parse_os_release>(host, "/usr/lib/os-release");
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<std::string> machine_id(Host const& host) {
  std::string content;
  if (!host.read_cached("/etc/machine-id", content)) return std::nullopt;
  auto const id = text::trim(content);
  if (id.empty()) return std::nullopt;
  return std::string(id);
}

std::optional<Locale> default_locale(Host const& host) {
  auto found = parsed_file<parse_locale>(host, "/etc/locale.conf");
  if (!found) found = parsed_file<parse_locale>(host, "/etc/default/locale");
  return found ? *found : std::nullopt;
}

std::optional<std::string> pretty_host_name(Host const& host) {
  std::string content;
  if (!host.read_cached("/etc/machine-info", content)) return std::nullopt;
  auto const value = text::value_of(content, "PRETTY_HOSTNAME", '=');
  if (!value || value->empty()) return std::nullopt;
  return unquote(*value);
}

std::optional<std::string> dmi(Host const& host, std::string const& field) {
  std::string content;
  if (!host.read_cached("/sys/class/dmi/id/" + field, content)) return std::nullopt;
  auto const value = text::trim(content);
  if (value.empty()) return std::nullopt;
  return std::string(value);
}

std::string short_name(KernelName const& kernel) { return kernel.node.substr(0, kernel.node.find('.')); }

}  // namespace winrm::system
