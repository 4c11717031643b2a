// WQL from clients: whatever is accepted can be bound to a class and evaluated, never finds a row that what
// it pushes down would hide, and object paths are read back as they are written.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cim/object_path.hpp"
#include "cim/wql/condition.hpp"

namespace fuzz {

struct Row {
  std::string name;
  std::uint32_t number = 0;
  std::optional<bool> flag;
  std::optional<winrm::DateTime> when;
  std::optional<winrm::cim::Reference> target;
};

winrm::cim::Generator<Row> no_rows(winrm::system::Host const&, winrm::cim::Query const&) { co_return; }

}  // namespace fuzz

template <>
inline constexpr auto winrm::cim::schema_of<fuzz::Row> = winrm::cim::describe(
    winrm::cim::ClassName("root/fuzz", "C", ""), winrm::cim::key<&fuzz::Row::name>("Name"),
    winrm::cim::prop<&fuzz::Row::number>("N"), winrm::cim::prop<&fuzz::Row::flag>("Flag"),
    winrm::cim::prop<&fuzz::Row::when>("When"), winrm::cim::prop<&fuzz::Row::target>("Target"));

namespace {

using namespace winrm::cim;

Registry make_registry() {
  Registry registry;
  registry.add<fuzz::Row>({.enumerate = fuzz::no_rows});
  registry.seal();
  return registry;
}

Registry const& registry() {
  static Registry const made = make_registry();
  return made;
}

std::vector<fuzz::Row> make_rows() {
  fuzz::Row full;
  full.name = "a\"b\\c";
  full.number = 7;
  full.flag = true;
  full.when = winrm::DateTime{};
  full.target = Reference{"root/fuzz", "C", {{"Name", "x", {}}}};
  return {full, fuzz::Row()};
}

void check_condition(wql::Expression const& where) {
  static auto const rows = make_rows();
  auto const& cls = *registry().find("root/fuzz", "C");
  static_cast<void>(wql::Condition::bind_to_class(where, cls));
  auto const condition = wql::Condition::bind(where, cls, &registry());
  if (!condition) return;
  Query query{condition->properties()};
  condition->push_down(query);
  for (auto const& row : rows) {
    if (!condition->holds(&row)) continue;
    if (condition->never_holds() || !cls.satisfies(query, &row)) std::abort();
  }
}

void check_path(std::string_view text) {
  auto const reference = parse_reference(registry(), "root/fuzz", text);
  if (!reference || reference->keys.empty()) return;
  auto const again = parse_reference(registry(), reference->ns, relative_path(*reference));
  if (!again || !same_instance(*reference, *again)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  check_path(text);
  auto const statement = wql::parse_statement(text);
  if (!statement) return 0;
  if (auto const* select = std::get_if<wql::Select>(&*statement)) {
    if (select->where) check_condition(*select->where);
  } else {
    check_path(std::get<wql::Associations>(*statement).path);
  }
  return 0;
}
