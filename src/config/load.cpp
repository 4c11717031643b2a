#include "config/load.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <tuple>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "config/table.hpp"

// toml++ 3.3 asserts what a bad file can make false ("[=x]") and, with NDEBUG, tells the compiler that it cannot
// happen. Without the assertion it goes on to report the error.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace winrm::config {
namespace {

/// A value as a person wrote it, to compare with the value of an Only rule; nothing for tables and arrays.
std::optional<std::string> plain_text(toml::node const& node) {
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (auto const* number = node.as_integer()) return std::to_string(number->get());
  return std::nullopt;
}

std::string dotted(std::string_view table, std::string_view name) {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

/// Fills Settings from a parsed file and collects everything that is wrong with it.
class Reader {
 public:
  Reader(std::string_view file, std::filesystem::path folder) : file_(file), folder_(std::move(folder)) {}

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
      } else if (is_listeners(full)) {
        read_listeners(value);
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

  static bool is_listeners(std::string_view path) {
    return unicode::equals_ignoring_case(path, listener_table);
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

  void read_listeners(toml::node const& value) {
    auto const* array = value.as_array();
    if (array == nullptr ||
        !std::ranges::all_of(*array, [](auto const& entry) { return entry.is_table(); })) {
      problem(value.source(),
              "Listener is a list of tables: write [[Listener]] before the settings of each one");
      return;
    }
    for (auto const& entry : *array) read_listener(*entry.as_table());
  }

  void read_listener(toml::table const& table) {
    Listener listener;
    auto const before = problems_.size();
    read_table(listener, listener_rows(), table, std::string(listener_table));
    auto const names_port = std::ranges::any_of(
        table, [](auto const& entry) { return unicode::equals_ignoring_case(entry.first.str(), "Port"); });
    if (problems_.size() != before) return;
    settings_.listeners.push_back(std::move(listener));
    listener_sources_.push_back({table.source(), names_port});
  }

  /// What concerns several settings at once.
  void check_listeners() {
    std::set<std::tuple<std::string, std::uint16_t>> taken;
    for (std::size_t i = 0; i < settings_.listeners.size(); ++i) {
      auto& listener = settings_.listeners[i];
      auto const& [where, names_port] = listener_sources_[i];
      bool const https = listener.transport == Transport::https;
      if (!names_port) {
        listener.port = https ? settings_.service.default_port_https : settings_.service.default_port_http;
      }
      if (!https && !(listener.certificate_file.empty() && listener.key_file.empty())) {
        problem(where,
                "Listener: CertificateFile and KeyFile belong to Transport = \"HTTPS\"; remove them or "
                "change it");
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
    auto const row = std::ranges::find_if(rows, [&](auto const& candidate) {
      return candidate.table == path && unicode::equals_ignoring_case(candidate.name, key.str());
    });
    if (row == rows.end()) {
      problem(key.source(),
              fmt::format("{}: unknown setting; {}", dotted(path, key.str()), known_names(rows, path)));
      return;
    }
    if (allowed_by_rule(*row, value)) {
      std::visit([&](auto const& field) { assign(owner, *row, field, value); }, row->field);
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
    if (auto const* ignored = std::get_if<Ignored>(&row.rule)) {
      settings_.warnings.push_back(
          fmt::format("{}{} has no effect: {}", place(value.source()), full, ignored->reason));
      return false;
    }
    if (auto const* refused = std::get_if<Refused>(&row.rule)) {
      problem(value.source(), fmt::format("{} cannot be set: {}", full, refused->reason));
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

  struct ListenerSource {
    toml::source_region where;
    bool names_port;
  };

  std::string file_;
  std::filesystem::path folder_;
  Settings settings_;
  std::vector<ListenerSource> listener_sources_;
  std::vector<std::string> problems_;
};

Result<Settings> parse_in(std::string_view toml, std::string_view name, std::filesystem::path const& folder) {
  try {
    return Reader(name, folder).read(toml::parse(toml));
  } catch (toml::parse_error const& error) {
    return fail(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
}

}  // namespace

Result<Settings> parse(std::string_view toml, std::string_view name) { return parse_in(toml, name, {}); }

Result<Settings> load(std::filesystem::path const& file) {
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
  return parse_in(text, file.string(), std::filesystem::absolute(file).parent_path());
}

}  // namespace winrm::config
