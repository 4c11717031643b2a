#include <algorithm>
#include <mutex>

#include "cim/schema.hpp"
#include "providers/common/failures.hpp"
#include "providers/system/classes.hpp"
#include "system/environment_file.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"

namespace winrm::providers {

namespace {

constexpr std::string_view everyone = "<SYSTEM>";

struct EnvironmentVariable {
  std::string name;
  std::string user{everyone};
  std::string value;
  std::string caption;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::EnvironmentVariable> = [] {
  using V = winrm::providers::EnvironmentVariable;
  using std::string_view;
  return describe(
      ClassName("root/cimv2", "Win32_Environment", "CIM_SystemResource")
          .described("A variable that everyone who logs on gets (/etc/environment, pam_env(8))."),
      key<&V::name>("Name").case_exact(),
      key<&V::user>("UserName"),
      prop<&V::caption>("Caption"),
      prop<&V::caption>("Description"),
      constant<string_view>("Status", "OK"),
      constant<bool>("SystemVariable", true),
      prop<&V::value>("VariableValue").writable());
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

constexpr auto* environment_file = "/etc/environment";

/// Each change writes the whole file: between its reading and its writing no other may come. Root alone may
/// change it, and all that root asks for is done by one process.
std::mutex changing;

cim::Generator<EnvironmentVariable> enumerate(Host const& host, cim::Query const&) {
  std::string content;
  if (!host.read(environment_file, content)) co_return;
  auto variables = system::parse_environment(content);
  for (auto& [name, value] : variables) {
    EnvironmentVariable row;
    row.caption = row.user + "\\" + name;
    row.name = std::move(name);
    row.value = std::move(value);
    co_yield row;
  }
}

void write(Host const& host, std::string const& name, std::optional<std::string_view> value) {
  std::string content;
  (void)host.read(environment_file, content);  // there may be none yet
  try {
    host.replace_file(environment_file, system::with_variable(content, name, value));
  } catch (std::system_error const& error) {
    throw_failure(error, "the system's environment cannot be changed");
  }
}

std::string checked_value(cim::NamedValues const& values) {
  auto value = values.get<std::string>("VariableValue");
  if (!value || !system::is_variable_value(*value)) {
    throw cim::Failure(
        cim::Status::invalid_parameter,
        "VariableValue must be one line of text without control characters, and without #: what "
        "follows one in /etc/environment is a comment");
  }
  return *std::move(value);
}

void put(Host const& host, EnvironmentVariable const& row, cim::NamedValues const& changes) {
  std::lock_guard const lock(changing);
  if (changes.has("VariableValue")) write(host, row.name, checked_value(changes));
}

bool is_set(Host const& host, std::string const& name) {
  std::string content;
  if (!host.read(environment_file, content)) return false;
  auto const variables = system::parse_environment(content);
  return std::ranges::any_of(variables, [&](auto const& variable) { return variable.first == name; });
}

cim::Reference create(Host const& host, cim::NamedValues const& properties) {
  auto const name = properties.get<std::string>("Name").value_or("");
  if (!system::is_variable_name(name)) {
    throw cim::Failure(cim::Status::invalid_parameter,
                       "Name must be letters, digits and underscores and not begin with a digit");
  }
  auto const user = properties.get<std::string>("UserName").value_or(std::string(everyone));
  if (user != everyone) {
    throw cim::Failure(
        cim::Status::invalid_parameter,
        "UserName must be <SYSTEM>: Linux keeps variables of one account in its own shell's files");
  }
  auto const value = checked_value(properties);
  std::lock_guard const lock(changing);
  if (is_set(host, name))
    throw cim::Failure(cim::Status::already_exists, "the variable " + name + " exists; set it with Put");
  write(host, name, value);
  return {"root/cimv2", "Win32_Environment", {{"Name", name, {}}, {"UserName", user, {}}}};
}

void remove(Host const& host, EnvironmentVariable const& row) {
  std::lock_guard const lock(changing);
  write(host, row.name, std::nullopt);
}

}  // namespace

void add_environment(cim::Registry& registry) {
  registry.add<EnvironmentVariable>({.enumerate = enumerate, .put = put, .create = create, .remove = remove});
}

}  // namespace winrm::providers
