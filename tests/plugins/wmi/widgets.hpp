#pragma once

#include <chrono>
#include <map>
#include <thread>

#include "cim/registry.hpp"

/// Classes that can be changed in every way there is, over instances that only the test process has. No test
/// runs beside another in one process.
namespace winrm::plugins::widgets {

struct Widget {
  std::string name;
  std::uint32_t size = 0;
  std::optional<std::string> color;
  std::vector<std::string> tags;
  std::optional<DateTime> made;
  std::string serial;
  std::optional<cim::Reference> owner;
  std::optional<cim::EmbeddedInstance> corner;
};

struct Box {
  std::uint32_t number = 0;
};

/// That a widget lies in a box.
struct InBox {
  cim::Reference box;
  cim::Reference widget;
  std::uint32_t shelf_space = 0;
};

struct Point {
  std::int16_t x = 0;
  std::int16_t y = 0;
};

}  // namespace winrm::plugins::widgets

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::plugins::widgets::Widget> = [] {
  using W = winrm::plugins::widgets::Widget;
  return describe(
      ClassName("root/test", "Test_Widget", "Test_Thing"),
      key<&W::name>("Name"),
      prop<&W::size>("Size").writable(),
      prop<&W::color>("Color").defaults_to(std::string_view("grey")).writable(),
      prop<&W::tags>("Tags").writable(),
      prop<&W::made>("Made").writable(),
      prop<&W::serial>("Serial"),
      prop<&W::owner>("Owner").refers_to("Test_Box").writable(),
      prop<&W::corner>("Corner"));
}();
template <>
inline constexpr auto winrm::cim::schema_of<winrm::plugins::widgets::Box> = [] {
  using B = winrm::plugins::widgets::Box;
  return describe(ClassName("root/test", "Test_Box", "Test_Thing"), key<&B::number>("Number"));
}();
template <>
inline constexpr auto winrm::cim::schema_of<winrm::plugins::widgets::InBox> = [] {
  using I = winrm::plugins::widgets::InBox;
  return describe(
      ClassName("root/test", "Test_InBox", "Test_Inside").association(),
      key<&I::box>("GroupComponent").refers_to("Test_Box"),
      key<&I::widget>("PartComponent").refers_to("Test_Widget"),
      prop<&I::shelf_space>("ShelfSpace"));
}();
template <>
inline constexpr auto winrm::cim::schema_of<winrm::plugins::widgets::Point> = [] {
  using P = winrm::plugins::widgets::Point;
  return describe(ClassName("root/test", "Test_Point", ""), key<&P::x>("X"), key<&P::y>("Y"));
}();
// clang-format on

namespace winrm::plugins::widgets {

using cim::NamedValues;

inline constexpr auto thing =
    describe(cim::ClassName("root/test", "Test_Thing", "").abstract(), cim::unknown<std::string>("Caption"));

inline std::map<std::string, Widget> shelf;
inline int puts = 0;
inline std::chrono::milliseconds widget_delay{0};  ///< what finding a widget takes
inline int widgets_made = 0;
inline std::optional<std::string> last_hint;  ///< the option Hint of the last request for widgets

inline cim::Generator<Widget> enumerate(system::Host const&, cim::Query const& query) {
  last_hint = query.option("Hint");
  for (auto const& [name, widget] : shelf) {
    if (widget_delay.count() > 0) std::this_thread::sleep_for(widget_delay);
    ++widgets_made;
    co_yield widget;
  }
}
inline cim::Generator<Box> boxes(system::Host const&, cim::Query const&) {
  Box box;
  box.number = 7;
  co_yield box;
}
inline cim::Generator<Point> points(system::Host const&, cim::Query const&) { co_return; }

inline constexpr auto inside =
    describe(cim::ClassName("root/test", "Test_Inside", "").association().abstract(),
             cim::unknown<cim::Reference>("GroupComponent").refers_to("Test_Thing"),
             cim::unknown<cim::Reference>("PartComponent").refers_to("Test_Thing"));

/// How many associations were made, and for how many of them the provider knew the widget before.
inline int associations_made = 0;
inline int widgets_known = 0;

inline cim::Generator<InBox> in_boxes(system::Host const&, cim::Query const& query) {
  auto const wanted = query.refers<&InBox::widget>();
  if (wanted) ++widgets_known;
  for (auto const& [name, widget] : shelf) {
    if (wanted && wanted->key("Name") != name) continue;
    ++associations_made;
    InBox row;
    row.box = {"root/test", "Test_Box", {{"Number", "7", {}}}};
    row.widget = {"root/test", "Test_Widget", {{"Name", name, {}}}};
    row.shelf_space = widget.size;
    co_yield row;
  }
}

inline void change(Widget& widget, NamedValues const& values) {
  if (auto const size = values.get<std::uint32_t>("Size")) widget.size = *size;
  if (values.has("Color")) widget.color = values.get<std::string>("Color");
  if (values.has("Tags")) widget.tags = values.list<std::string>("Tags").value_or(std::vector<std::string>());
  if (values.has("Made")) widget.made = values.get<DateTime>("Made");
  if (values.has("Owner")) widget.owner = values.get<cim::Reference>("Owner");
}

inline void put(system::Host const&, Widget const& row, NamedValues const& changes) {
  ++puts;
  change(shelf.at(row.name), changes);
}

inline cim::Reference create(system::Host const&, NamedValues const& properties) {
  auto const name = properties.get<std::string>("Name");
  if (!name) throw cim::Failure(cim::Status::invalid_parameter, "A widget needs a Name.");
  if (shelf.contains(*name)) throw cim::Failure(cim::Status::already_exists, "There is a widget " + *name);
  Widget widget;
  widget.name = *name;
  change(widget, properties);
  shelf.emplace(*name, widget);
  return {"root/test", "Test_Widget", {{"Name", *name, {}}}};
}

inline void remove(system::Host const&, Widget const& row) { shelf.erase(row.name); }

inline cim::MethodResult resize(system::Host const&, Widget const& row, NamedValues const& in) {
  auto& widget = shelf.at(row.name);
  auto const old = widget.size;
  widget.size = *in.get<std::uint32_t>("Size");
  if (in.get<std::string>("Unit") == "furlong") return 21;
  return cim::MethodResult(0).with("OldSize", old);
}

inline cim::MethodResult is_larger(system::Host const&, Widget const& row, NamedValues const& in) {
  return shelf.at(row.name).size > *in.get<std::uint32_t>("Size") ? 1U : 0U;
}

/// Gives back every input under the name of the output of its type.
inline cim::MethodResult echo(system::Host const&, NamedValues const& in) {
  cim::MethodResult result(0);
  for (auto const& [name, content] : in.entries()) result.out.set(name + "Out", content);
  return result;
}

inline cim::MethodResult raise(system::Host const&, NamedValues const& in) {
  throw cim::Failure(static_cast<cim::Status>(in.get<std::uint16_t>("Status").value_or(1)), "as asked");
}

inline cim::MethodResult sleep(system::Host const&, NamedValues const& in) {
  std::this_thread::sleep_for(std::chrono::milliseconds(in.get<std::uint32_t>("Milliseconds").value_or(0)));
  return 0;
}

inline constexpr cim::Parameter resize_parameters[] = {cim::in<std::uint32_t>("Size"),
                                                       cim::in<std::string>("Unit").optional(),
                                                       cim::out<std::uint32_t>("OldSize")};
// clang-format off
inline constexpr cim::Parameter echo_parameters[] = {
    cim::in<bool>("Flag").optional(), cim::out<bool>("FlagOut"),
    cim::in<std::uint8_t>("Byte").optional(), cim::out<std::uint8_t>("ByteOut"),
    cim::in<std::int64_t>("Long").optional(), cim::out<std::int64_t>("LongOut"),
    cim::in<float>("Short").optional(), cim::out<float>("ShortOut"),
    cim::in<char16_t>("Letter").optional(), cim::out<char16_t>("LetterOut"),
    cim::in<std::string>("Text").optional(), cim::out<std::string>("TextOut"),
    cim::in<DateTime>("When").optional(), cim::out<DateTime>("WhenOut"),
    cim::in<DateTime>("Span").optional(), cim::out<DateTime>("SpanOut"),
    cim::in<std::vector<std::uint32_t>>("Numbers").optional(),
    cim::out<std::vector<std::uint32_t>>("NumbersOut"),
    cim::in<cim::Reference>("Target").of_class("Test_Box").optional(), cim::out<cim::Reference>("TargetOut"),
    cim::in<cim::EmbeddedInstance>("Corner").of_class("Test_Point").optional(),
    cim::out<cim::EmbeddedInstance>("CornerOut").of_class("Test_Point")};
// clang-format on
inline constexpr cim::Parameter size_parameters[] = {cim::in<std::uint32_t>("Size")};
inline constexpr cim::Parameter raise_parameters[] = {cim::in<std::uint16_t>("Status")};
inline constexpr cim::Parameter sleep_parameters[] = {cim::in<std::uint32_t>("Milliseconds")};
inline constexpr cim::Method<Widget> methods[] = {
    {.name = "Resize", .parameters = resize_parameters, .run = resize},
    {.name = "IsLarger", .parameters = size_parameters, .run = is_larger, .return_type = cim::Type::boolean},
    {.name = "Echo", .parameters = echo_parameters, .run_static = echo},
    {.name = "Raise", .parameters = raise_parameters, .run_static = raise},
    {.name = "Sleep", .parameters = sleep_parameters, .run_static = sleep}};

inline cim::Registry make_registry() {
  cim::Registry registry;
  registry.add_abstract(thing);
  registry.add<Widget>(
      {.enumerate = enumerate, .methods = methods, .put = put, .create = create, .remove = remove});
  registry.add_abstract(inside);
  registry.add<InBox>({.enumerate = in_boxes});
  registry.add<Box>({.enumerate = boxes});
  registry.add<Point>({.enumerate = points});
  registry.seal();
  return registry;
}

}  // namespace winrm::plugins::widgets
