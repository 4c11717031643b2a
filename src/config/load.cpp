#include "config/load.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <set>
#include <tuple>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "config/addresses.hpp"
#include "config/table.hpp"
#include "config/toml.hpp"

namespace winrm::config {
namespace {

/// A value as a person wrote it, to compare with the value of an Only rule; nothing for tables and arrays.
std::optional<std::string> plain_text(toml::node const& node) {
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (auto const* number = node.as_integer()) return std::to_string(number->get());
  return std::nullopt;
}

/// Fills Settings from a parsed file and collects everything that is wrong with it. A file of policy.d is
/// read over what the files before it said, and closes what it sets to changes.
class Reader {
 public:
  Reader(std::string_view file, std::filesystem::path folder, Settings base, ListenerSource source)
      : file_(file),
        folder_(std::move(folder)),
        settings_(std::move(base)),
        source_(source),
        listeners_before_(settings_.listeners.size()) {}

  Result<Settings> read(toml::table const& root) {
    read_table(settings_, setting_rows(), root, "");
    check_listeners();
    if (!problems_.empty()) return fail(fmt::format("{}", fmt::join(problems_, "\n")));
    return std::move(settings_);
  }

 private:
  template <class Owner>
  void read_table(Owner& owner, std::span<Row<Owner> const> rows, toml::table const& table,
                  std::string const& path) {
    std::set<std::string> seen;
    for (auto const& [key, value] : table) {
      auto const full = dotted(path, key.str());
      if (!seen.insert(unicode::to_lower_ascii(key.str())).second) {
        problem(key.source(), fmt::format("{} is set twice (names are compared without case)", full));
      } else if (auto const sub = known_table(rows, full)) {
        read_sub_table(owner, rows, value, *sub);
      } else if (is_list(full)) {
        read_list(full, value);
      } else if (unicode::equals_ignoring_case(full, connections_table)) {
        read_connections(value);
      } else {
        read_value(owner, rows, path, key, value);
      }
    }
  }

  template <class Owner>
  static std::optional<std::string> known_table(std::span<Row<Owner> const> rows, std::string_view path) {
    if constexpr (std::is_same_v<Owner, Settings>) {
      for (auto const& row : rows) {
        auto const candidate = row.table.substr(0, path.size());
        bool const ends_there = row.table.size() == path.size() ||
                                (row.table.size() > path.size() && row.table[path.size()] == '.');
        if (ends_there && unicode::equals_ignoring_case(candidate, path)) return std::string(candidate);
      }
    }
    return std::nullopt;
  }

  static bool is_list(std::string_view path) {
    return std::ranges::any_of(entry_lists(), [&](EntryList const& list) {
      return unicode::equals_ignoring_case(path, list.table);
    });
  }

  template <class Owner>
  void read_sub_table(Owner& owner, std::span<Row<Owner> const> rows, toml::node const& value,
                      std::string const& path) {
    if (auto const* table = value.as_table()) {
      read_table(owner, rows, *table, path);
    } else {
      problem(value.source(), fmt::format("{} is a table: write [{}] and its settings below", path, path));
    }
  }

  void read_connections(toml::node const& value) {
    auto const* connections = value.as_table();
    if (connections == nullptr)
      return problem(value.source(), "host is a table of connections: write [host.NAME] and switches below");
    for (auto const& [name, connection] : *connections) {
      auto const* switches = connection.as_table();
      if (switches == nullptr) {
        problem(connection.source(),
                fmt::format("host.{} is a table: write [host.{}]", name.str(), name.str()));
        continue;
      }
      auto& known = settings_.connections[std::string(name.str())];
      for (auto const& [key, given] : *switches) {
        auto const text = plain_text(given);
        if (text)
          known[std::string(key.str())] = *text;
        else
          problem(given.source(),
                  fmt::format("host.{}.{} must be text, a number or true", name.str(), key.str()));
      }
    }
  }

  void read_list(std::string_view path, toml::node const& value) {
    auto const* array = value.as_array();
    if (array == nullptr ||
        !std::ranges::all_of(*array, [](auto const& entry) { return entry.is_table(); })) {
      problem(value.source(),
              fmt::format("{0} is a list of tables: write [[{0}]] before the settings of each one", path));
      return;
    }
    auto const is = [&](std::string_view table) { return unicode::equals_ignoring_case(path, table); };
    for (auto const& entry : *array) {
      auto const& table = *entry.as_table();
      if (is(listener_table)) read_listener(table);
      if (is(security_table)) read_security(table);
      if (is(plugin_table)) read_plugin(table);
      if (is(cert_mapping_table)) read_cert_mapping(table);
    }
  }

  /// An entry whose keys are all there; none (and a problem) otherwise.
  template <class Entry>
  std::optional<Entry> read_entry(std::span<Row<Entry> const> rows, std::string_view name,
                                  toml::table const& table, std::initializer_list<std::string_view> needed) {
    Entry entry;
    entry.source = source_;
    auto const before = problems_.size();
    read_table(entry, rows, table, std::string(name));
    for (auto const key : needed)
      if (std::ranges::none_of(table, [&](auto const& given) {
            return unicode::equals_ignoring_case(given.first.str(), key);
          }))
        problem(table.source(), fmt::format("{}: {} is missing", name, key));
    if (problems_.size() != before) return std::nullopt;
    return entry;
  }

  /// Of two entries of one file with the same keys, one would not count.
  template <class Entry, class Same>
  void add_entry(std::vector<Entry>& entries, Entry entry, toml::table const& table, std::string_view what,
                 Same const& same) {
    for (auto const& other : entries)
      if (other.source == source_ && same(other, entry))
        return problem(table.source(), fmt::format("{} is there twice; keep one", what));
    entries.push_back(std::move(entry));
  }

  void read_security(toml::table const& table) {
    auto entry = read_entry(security_rows(), security_table, table, {"Uri", "Sddl"});
    if (!entry) return;
    auto const what = fmt::format("Security: {}", entry->uri);
    add_entry(settings_.security, std::move(*entry), table, what, [](auto const& a, auto const& b) {
      return a.exact_match == b.exact_match && unicode::equals_ignoring_case(a.uri, b.uri);
    });
  }

  void read_plugin(toml::table const& table) {
    auto entry = read_entry(plugin_rows(), plugin_table, table, {"Name"});
    if (!entry) return;
    auto const what = fmt::format("Plugin: {}", entry->name);
    add_entry(settings_.plugins, std::move(*entry), table, what,
              [](auto const& a, auto const& b) { return unicode::equals_ignoring_case(a.name, b.name); });
  }

  void read_cert_mapping(toml::table const& table) {
    auto entry =
        read_entry(cert_mapping_rows(), cert_mapping_table, table, {"Issuer", "Subject", "URI", "UserName"});
    if (!entry) return;
    auto const what = fmt::format("CertMapping: {} {} {}", entry->issuer, entry->subject, entry->uri);
    add_entry(settings_.cert_mappings, std::move(*entry), table, what, [](auto const& a, auto const& b) {
      return unicode::equals_ignoring_case(a.issuer, b.issuer) &&
             unicode::equals_ignoring_case(a.subject, b.subject) &&
             unicode::equals_ignoring_case(a.uri, b.uri);
    });
  }

  void read_listener(toml::table const& table) {
    Listener listener;
    listener.source = source_;
    auto const before = problems_.size();
    read_table(listener, listener_rows(), table, std::string(listener_table));
    listener.has_default_port = std::ranges::none_of(
        table, [](auto const& entry) { return unicode::equals_ignoring_case(entry.first.str(), "Port"); });
    if (problems_.size() != before) return;
    settings_.listeners.push_back(std::move(listener));
    listener_sources_.push_back(table.source());
  }

  /// True for one of the file when policy has another for its keys.
  bool is_replaced(Listener const& listener) const {
    return listener.source != source_ &&
           std::any_of(settings_.listeners.begin() + static_cast<std::ptrdiff_t>(listeners_before_),
                       settings_.listeners.end(),
                       [&](Listener const& other) { return have_same_keys(other, listener); });
  }

  /// What concerns several settings at once.
  void check_listeners() {
    std::set<std::tuple<std::string, std::uint16_t>> taken;
    for (std::size_t i = 0; i < settings_.listeners.size(); ++i) {
      auto& listener = settings_.listeners[i];
      bool const https = listener.transport == Transport::https;
      // Policy may change the default port of the file's listeners too.
      if (listener.has_default_port)
        listener.port = https ? settings_.service.default_port_https : settings_.service.default_port_http;
      if (i < listeners_before_) {
        if (!is_replaced(listener)) taken.emplace(listener.address, listener.port);
        continue;
      }
      auto const& where = listener_sources_[i - listeners_before_];
      bool const names_certificate = !listener.certificate_file.empty() || !listener.key_file.empty() ||
                                     !listener.certificate_thumbprint.empty();
      if (!https && names_certificate) {
        problem(where,
                "Listener: CertificateFile, KeyFile and CertificateThumbprint belong to Transport = "
                "\"HTTPS\"; remove them or change it");
      }
      if (!listener.certificate_file.empty() && !listener.certificate_thumbprint.empty()) {
        problem(where,
                "Listener: CertificateFile and CertificateThumbprint both name the certificate; keep one");
      }
      if (listener.certificate_file.empty() && !listener.key_file.empty()) {
        problem(where, "Listener: KeyFile needs CertificateFile; name both or neither");
      }
      if (listener.port != 0 && !taken.emplace(listener.address, listener.port).second) {
        problem(where,
                fmt::format("Listener: {} port {} is already used by a listener above; change one of them",
                            listener.address, listener.port));
      }
    }
  }

  template <class Owner>
  void read_value(Owner& owner, std::span<Row<Owner> const> rows, std::string const& path,
                  toml::key const& key, toml::node const& value) {
    auto const is_meant = [&](auto const& candidate) {
      return candidate.table == path && unicode::equals_ignoring_case(candidate.name, key.str());
    };
    auto const row = std::ranges::find_if(rows, is_meant);
    if constexpr (std::is_same_v<Owner, Settings>) {
      auto const policy_row = std::ranges::find_if(policy_rows(), is_meant);
      if (source_ == ListenerSource::policy && policy_row != policy_rows().end()) {
        std::visit([&](auto const& field) { assign(owner, *policy_row, field, value); }, policy_row->field);
        return;
      }
    }
    if (row == rows.end()) {
      problem(key.source(),
              fmt::format("{}: unknown setting; {}", dotted(path, key.str()), known_names(rows, path)));
      return;
    }
    if (allowed_by_rule(*row, value)) {
      std::visit([&](auto const& field) { assign(owner, *row, field, value); }, row->field);
      if (source_ == ListenerSource::policy && std::is_same_v<Owner, Settings>)
        settings_.policy_forced.insert(dotted(row->table, row->name));
    }
  }

  template <class Owner>
  static std::string known_names(std::span<Row<Owner> const> rows, std::string const& path) {
    std::vector<std::string_view> names;
    for (auto const& row : rows) {
      if (row.table == path) names.push_back(row.name);
    }
    return fmt::format("known in {}: {}", path.empty() ? "the top of the file" : "[" + path + "]",
                       fmt::join(names, ", "));
  }

  /// Settings without effect end here. True: the value is to be stored.
  template <class Owner>
  bool allowed_by_rule(Row<Owner> const& row, toml::node const& value) {
    auto const full = dotted(row.table, row.name);
    auto const* ignored = std::get_if<Ignored>(&row.rule);
    auto const* fixed = std::get_if<ReadOnly>(&row.rule);
    if (ignored != nullptr || fixed != nullptr) {
      settings_.warnings.push_back(fmt::format("{}{} has no effect: {}", place(value.source()), full,
                                               ignored != nullptr ? ignored->reason : fixed->reason));
      return false;
    }
    if (auto const* only = std::get_if<Only>(&row.rule);
        only != nullptr && plain_text(value) != only->value) {
      problem(value.source(), fmt::format("{} can only be {}: {}", full,
                                          only->value.empty() ? "empty" : only->value, only->reason));
      return false;
    }
    return true;
  }

  template <class Owner>
  void assign(Owner&, Row<Owner> const&, std::monostate, toml::node const&) {}

  template <class Owner>
  void assign(Owner& owner, Row<Owner> const& row, bool& (*field)(Owner&), toml::node const& value) {
    if (auto const* flag = value.as_boolean()) {
      field(owner) = flag->get();
    } else {
      wrong_type(row, "true or false, without quotes", value);
    }
  }

  template <class Owner, class Number>
  requires(std::is_unsigned_v<Number> &&
           !std::is_same_v<Number, bool>) void assign(Owner& owner, Row<Owner> const& row,
                                                      Number& (*field)(Owner&), toml::node const& value) {
    auto const* number = value.as_integer();
    if (number == nullptr) {
      wrong_type(row, "a whole number, without quotes", value);
      return;
    }
    auto const range = std::get<Range>(row.rule);
    if (number->get() < 0 || static_cast<std::uint64_t>(number->get()) < range.low ||
        static_cast<std::uint64_t>(number->get()) > range.high) {
      out_of_range(row, std::to_string(number->get()), value);
      return;
    }
    field(owner) = static_cast<Number>(number->get());
  }

  template <class Owner>
  void assign(Owner& owner, Row<Owner> const& row, std::string& (*field)(Owner&), toml::node const& value) {
    auto const text = text_of(row, value);
    if (!text) return;
    auto const* form = std::get_if<Form>(&row.rule);
    if (form != nullptr && !form->accepts(*text)) {
      out_of_range(row, fmt::format("\"{}\"", *text), value);
      return;
    }
    field(owner) = *text;
  }

  template <class Owner>
  void assign(Owner& owner, Row<Owner> const& row, std::filesystem::path& (*field)(Owner&),
              toml::node const& value) {
    auto const text = text_of(row, value);
    if (!text) return;
    std::filesystem::path path(*text);
    field(owner) = path.empty() || path.is_absolute() ? path : folder_ / path;
  }

  template <class Owner, class Choice>
  requires std::is_enum_v<Choice>
  void assign(Owner& owner, Row<Owner> const& row, Choice& (*field)(Owner&), toml::node const& value) {
    auto const text = text_of(row, value);
    if (!text) return;
    auto const names = names_of(Choice{});
    auto const name = std::ranges::find_if(
        names, [&](std::string_view candidate) { return unicode::equals_ignoring_case(candidate, *text); });
    if (name == names.end()) {
      out_of_range(row, fmt::format("\"{}\"", *text), value);
      return;
    }
    field(owner) = static_cast<Choice>(name - names.begin());
  }

  template <class Owner>
  std::optional<std::string> text_of(Row<Owner> const& row, toml::node const& value) {
    auto const* text = value.as_string();
    if (text == nullptr) {
      wrong_type(row, "text in quotes", value);
      return std::nullopt;
    }
    if (text->get().find('\0') != std::string::npos) {
      wrong_type(row, "text without a NUL character", value);
      return std::nullopt;
    }
    return text->get();
  }

  template <class Owner>
  void wrong_type(Row<Owner> const& row, std::string_view wanted, toml::node const& value) {
    auto const allowed = allowed_values(row);
    problem(value.source(), fmt::format("{} must be {}{}{}", dotted(row.table, row.name), wanted,
                                        std::holds_alternative<Range>(row.rule) ? "; allowed: " : "",
                                        std::holds_alternative<Range>(row.rule) ? allowed : ""));
  }

  template <class Owner>
  void out_of_range(Row<Owner> const& row, std::string_view got, toml::node const& value) {
    problem(value.source(), fmt::format("{}: {} is not allowed; allowed: {}", dotted(row.table, row.name),
                                        got, allowed_values(row)));
  }

  void problem(toml::source_region const& where, std::string_view text) {
    problems_.push_back(place(where) + std::string(text));
  }

  std::string place(toml::source_region const& where) const {
    return fmt::format("{}:{}: ", file_, where.begin.line);
  }

  std::string file_;
  std::filesystem::path folder_;
  Settings settings_;
  ListenerSource source_;
  std::size_t listeners_before_;
  std::vector<toml::source_region> listener_sources_;
  std::vector<std::string> problems_;
};

Result<Settings> parse_over(Settings base, std::string_view toml, std::string_view name,
                            std::filesystem::path const& folder, ListenerSource source) {
  auto const root = parse_toml(toml, name);
  if (!root) return tl::unexpected(root.error());
  return Reader(name, folder, std::move(base), source).read(*root);
}

std::filesystem::path folder_of(std::filesystem::path const& file) {
  return std::filesystem::absolute(file).parent_path();
}

Result<Settings> read_over(Settings base, std::filesystem::path const& file, ListenerSource source) {
  auto const toml = read_file(file);
  if (!toml) return tl::unexpected(toml.error());
  return parse_over(std::move(base), *toml, file.string(), folder_of(file), source);
}

Result<Settings> under_policy(Settings settings, std::filesystem::path const& policy_folder) {
  auto const files = policy_files(policy_folder);
  if (!files) return tl::unexpected(files.error());
  for (auto const& file : *files) {
    auto read = read_over(std::move(settings), file, ListenerSource::policy);
    if (!read) return read;
    settings = std::move(*read);
  }
  return settings;
}

bool is_policy_file(std::filesystem::path const& file) {
  auto const name = file.filename().string();
  return file.extension() == ".toml" && !name.starts_with('.');
}

}  // namespace

Result<Settings> parse(std::string_view toml, std::string_view name) {
  return parse_over({}, toml, name, {}, ListenerSource::local);
}

Result<std::string> read_file(std::filesystem::path const& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return fail(
        fmt::format("cannot open the configuration file {}: {}", file.string(), std::strerror(errno)));
  std::string text(limits::configuration_file_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.fail() && !stream.eof())) {
    return fail(
        fmt::format("cannot read the configuration file {}: {}", file.string(), std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > limits::configuration_file_bytes) {
    return fail(fmt::format("the configuration file {} is larger than {} bytes", file.string(),
                            limits::configuration_file_bytes));
  }
  return text;
}

std::filesystem::path policy_folder_of(std::filesystem::path const& file) {
  return folder_of(file) / "policy.d";
}

Result<std::vector<std::filesystem::path>> policy_files(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (is_policy_file(entry->path())) files.push_back(entry->path());
  if (error) return fail(fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  std::ranges::sort(files);
  return files;
}

Result<Settings> parse_with_policy(std::string_view toml, std::filesystem::path const& file,
                                   std::filesystem::path const& policy_folder) {
  return parse_over({}, toml, file.string(), folder_of(file), ListenerSource::local)
      .and_then([&](Settings settings) { return under_policy(std::move(settings), policy_folder); });
}

Result<Settings> load_over(std::filesystem::path const& base, std::filesystem::path const& file) {
  return read_over({}, base, ListenerSource::local)
      .and_then(
          [&](Settings settings) { return read_over(std::move(settings), file, ListenerSource::local); })
      .and_then([&](Settings settings) { return under_policy(std::move(settings), policy_folder_of(base)); });
}

Result<Settings> load(std::filesystem::path const& file) { return load(file, policy_folder_of(file)); }

Result<Settings> load(std::filesystem::path const& file, std::filesystem::path const& policy_folder) {
  auto const text = read_file(file);
  if (!text) return tl::unexpected(text.error());
  return parse_with_policy(*text, file, policy_folder);
}

}  // namespace winrm::config
