#include "cim/registry.hpp"
#include "system/host.hpp"
#include "system/text.hpp"

namespace example {

// 1. The row: one member for each fact.
struct KernelModule {
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t uses = 0;
  std::vector<std::string> used_by;
  std::string state;
};

// What its method gives back.
constexpr winrm::cim::Parameter users_parameters[] = {
    winrm::cim::in<std::string>("Prefix").optional(),
    winrm::cim::out<std::vector<std::string>>("Users"),
};

}  // namespace example

// 2. The class: its place, its properties, what each means.
// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<example::KernelModule> = [] {
  using M = example::KernelModule;
  return describe(
      ClassName("root/cimv2", "Example_KernelModule", "").described("A module of the kernel that is loaded"),
      key<&M::name>("Name").case_exact(),
      prop<&M::size>("Size").units("bytes"),
      prop<&M::uses>("UseCount"),
      prop<&M::used_by>("UsedBy"),
      prop<&M::state>("State").described("Live, Loading or Unloading"),
      constant<std::string_view>("CreationClassName", "Example_KernelModule"),
      unknown<DateTime>("InstallDate"));  // the kernel does not remember it
}();
// clang-format on

namespace example {

namespace text = winrm::system::text;
namespace cim = winrm::cim;
using winrm::system::Host;

namespace {

// 3. How a row is filled: from one line of /proc/modules, "ext4 983040 1 - Live 0x0000000000000000".
std::optional<KernelModule> read_module(std::string_view line, cim::Query const& query) {
  KernelModule row;
  row.name = text::next_word(line);
  auto const size = text::number(text::next_word(line));
  auto const uses = text::number<std::uint32_t>(text::next_word(line));
  if (!size || !uses) return std::nullopt;
  row.size = *size;
  row.uses = *uses;
  auto users = text::next_word(line);
  // Only work for what somebody looks at: the query knows.
  if (query.wants<&KernelModule::used_by>() && users != "-") {
    while (!users.empty()) {
      auto const comma = users.find(',');
      row.used_by.emplace_back(users.substr(0, comma));
      users.remove_prefix(std::min(comma, users.size() - 1) + 1);
    }
  }
  row.state = text::next_word(line);
  return row;
}

cim::Generator<KernelModule> enumerate(Host const& host, cim::Query const& query) {
  // The one module that is asked for, when there is one: Get, and WHERE Name='ext4'.
  auto const wanted = query.equals<&KernelModule::name>();
  std::string content;
  if (!host.read("/proc/modules", content)) co_return;  // a kernel without modules
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) {
    auto const row = read_module(*line, query);
    if (row && (!wanted || row->name == *wanted)) co_yield *row;
  }
}

// 4. A method: in and out parameters by name, the return value as a number.
cim::MethodResult get_users(Host const& host, KernelModule const& module, cim::NamedValues const& in) {
  auto const prefix = in.get<std::string>("Prefix").value_or("");
  cim::Query query;
  auto rows = enumerate(host, query);
  while (auto const* row = rows.next()) {
    if (row->name != module.name) continue;
    auto users = row->used_by;
    std::erase_if(users, [&](std::string const& user) { return !user.starts_with(prefix); });
    return cim::MethodResult(0).with("Users", users);
  }
  throw cim::Failure(cim::Status::not_found, "The module was unloaded in the meantime.");
}

constexpr cim::Method<KernelModule> methods[] = {
    {.name = "GetUsers", .parameters = users_parameters, .run = get_users},
};

}  // namespace

// 5. Registration: one line, called from the area's list.
void add_kernel_modules(cim::Registry& registry) {
  registry.add<KernelModule>({.enumerate = enumerate, .methods = methods});
}

}  // namespace example
