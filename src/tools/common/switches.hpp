#pragma once

#include <array>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::tools {

/// The command line is wrong; the text says what about it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class SwitchValue { none, required };

/// One switch of a tool, declared once: parser and help come from it.
struct SwitchRow {
  std::string_view name;                        ///< "remote"
  std::array<std::string_view, 2> short_forms;  ///< {"r", "machine"}
  SwitchValue value = SwitchValue::none;
  std::string_view value_name;  ///< for help: "HOST"
  std::string_view help;
  bool repeatable = false;
};

/// The switches of one command line. Values of switches that may be given once stand at [0].
class SwitchValues {
 public:
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  /// "" when absent.
  [[nodiscard]] std::string const& value(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> const& all(std::string_view name) const;
  void add(std::string_view name, std::string value) { values_[name].push_back(std::move(value)); }
  /// The same without one of them.
  [[nodiscard]] SwitchValues without(std::string_view name) const;
  /// Takes what `defaults` has and this has not.
  void add_missing(SwitchValues const& defaults);
  /// Row names, in order.
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::map<std::string_view, std::vector<std::string>> values_;  ///< by SwitchRow::name
};

/// Takes switches apart: -name, -name:value, /name:value, in any case.
class SwitchParser {
 public:
  /// `rows` must outlive the parser and what it parsed.
  explicit SwitchParser(std::span<SwitchRow const> rows) : rows_(rows) {}

  /// True when `argument` is written as a switch. "/usr/bin/env" is not: a slash follows the name.
  [[nodiscard]] static bool looks_like_switch(std::string_view argument);
  /// Throws UsageError: unknown, given twice, value missing or not wanted.
  void take(std::string_view argument, SwitchValues& values) const;
  /// A switch of a configuration file: "true" stands for a switch without a value, "false" for none at all.
  void take_setting(std::string_view name, std::string_view value, SwitchValues& values) const;

 private:
  std::span<SwitchRow const> rows_;
};

/// The rows as help: "  -remote:HOST, -r, -machine   text", wrapped.
[[nodiscard]] std::string switch_help(std::span<SwitchRow const> rows);

}  // namespace winrm::tools
