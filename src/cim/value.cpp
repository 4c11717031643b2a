#include "cim/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/unicode.hpp"
#include "cim/dmtf_datetime.hpp"

namespace winrm::cim {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
// Clang 14, which builds the fuzz targets, does not deduce this for aggregates.
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::weak_ordering compare_text(std::string_view a, std::string_view b, CaseRule rule) {
  if (rule == CaseRule::exact) return a <=> b;
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(fold(x)) <=> static_cast<unsigned char>(fold(y));
  });
}

struct Range {
  std::int64_t lowest;
  std::uint64_t highest;
};

Range range_of(Type type) {
  switch (type) {
    case Type::uint8:
      return {0, std::numeric_limits<std::uint8_t>::max()};
    case Type::uint16:
    case Type::char16:
      return {0, std::numeric_limits<std::uint16_t>::max()};
    case Type::uint32:
      return {0, std::numeric_limits<std::uint32_t>::max()};
    case Type::uint64:
      return {0, std::numeric_limits<std::uint64_t>::max()};
    case Type::sint8:
      return {std::numeric_limits<std::int8_t>::min(), std::numeric_limits<std::int8_t>::max()};
    case Type::sint16:
      return {std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()};
    case Type::sint32:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

bool is_signed(Type type) {
  return type == Type::sint8 || type == Type::sint16 || type == Type::sint32 || type == Type::sint64;
}

Result<Value> parse_integer(Type type, std::string_view text) {
  auto const not_in_range = [&] { return fail(fmt::format("\"{}\" is not a {}", text, name_of(type))); };
  auto digits = text;
  bool const negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (unicode::starts_with_ignoring_case(digits, "0x")) {
    digits.remove_prefix(2);
    base = 16;
  }
  std::uint64_t magnitude = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return not_in_range();

  auto const range = range_of(type);
  if (!is_signed(type)) {
    if ((negative && magnitude != 0) || magnitude > range.highest) return not_in_range();
    return Value(magnitude);
  }
  // -(lowest + 1) fits where -lowest does not.
  auto const lowest_magnitude = static_cast<std::uint64_t>(-(range.lowest + 1)) + 1;
  if (magnitude > (negative ? lowest_magnitude : range.highest)) return not_in_range();
  return Value(static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
}

Result<Value> parse_real(std::string_view text) {
  auto digits = text;
  // An xs:double may have the sign that from_chars() does not take; "+-1" is none.
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double value = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(fmt::format("\"{}\" is not a number", text));
  }
  return Value(value);
}

Result<Value> parse_boolean(std::string_view text) {
  if (unicode::equals_ignoring_case(text, "true") || text == "1") return Value(true);
  if (unicode::equals_ignoring_case(text, "false") || text == "0") return Value(false);
  return fail(fmt::format("\"{}\" is not a boolean: write true or false", text));
}

Result<Value> parse_datetime(std::string_view text) {
  if (auto const point = parse_dmtf_datetime(text)) return Value(*point);
  if (auto const span = parse_dmtf_interval(text)) return Value(*span);
  if (auto const point = parse_xs_date_time(text)) return Value(*point);
  if (auto const span = parse_xs_interval(text)) return Value(*span);
  return fail(fmt::format(
      "\"{}\" is not a date and time: write 2026-01-02T03:04:05Z or 20260102030405.000000+000", text));
}

void append_real(std::string& out, auto value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-INF" : "INF";
  } else {
    char digits[32];
    auto const [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
  }
}

void append_integer(std::string& out, auto value) {
  char digits[24];
  auto const [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

std::partial_ordering compare(ValueView const& value, Value const& literal, CaseRule rule) {
  return std::visit(
      Overloaded{
          [](bool a, bool b) -> std::partial_ordering { return a <=> b; },
          [](std::int64_t a, std::int64_t b) -> std::partial_ordering { return a <=> b; },
          [](std::uint64_t a, std::uint64_t b) -> std::partial_ordering { return a <=> b; },
          [](float a, double b) -> std::partial_ordering { return static_cast<double>(a) <=> b; },
          [](double a, double b) -> std::partial_ordering { return a <=> b; },
          [&](std::string_view a, std::string const& b) -> std::partial_ordering {
            return compare_text(a, b, rule);
          },
          [](winrm::DateTime const& a, winrm::DateTime const& b) -> std::partial_ordering {
            return a.utc <=> b.utc;
          },
          [](Interval a, Interval b) -> std::partial_ordering { return a <=> b; },
          [](auto const&, auto const&) { return std::partial_ordering::unordered; },
      },
      static_cast<ValueView::variant const&>(value), static_cast<Value::variant const&>(literal));
}

Value to_value(ValueView const& view) {
  return std::visit(Overloaded{
                        [](float r) { return Value(static_cast<double>(r)); },
                        [](std::string_view s) { return Value(std::string(s)); },
                        [](PartialDateTime const*) { return Value(); },
                        [](Reference const*) { return Value(); },
                        [](EmbeddedInstance const*) { return Value(); },
                        [](ArrayView const&) { return Value(); },
                        [](auto const& same) { return Value(same); },
                    },
                    static_cast<ValueView::variant const&>(view));
}

ValueView view_of(Value const& value) {
  return std::visit(Overloaded{
                        [](std::string const& s) { return ValueView(std::string_view(s)); },
                        [](auto const& same) { return ValueView(same); },
                    },
                    static_cast<Value::variant const&>(value));
}

namespace {

Reference::Key const* find_key(Reference const& reference, std::string_view name) {
  auto const found = std::ranges::find_if(reference.keys, [&](Reference::Key const& key) {
    return unicode::equals_ignoring_case(key.name, name);
  });
  return found == reference.keys.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> Reference::key(std::string_view name) const {
  auto const* found = find_key(*this, name);
  return found != nullptr && found->reference.empty() ? std::optional(found->value) : std::nullopt;
}

Reference const* Reference::target(std::string_view name) const {
  auto const* found = find_key(*this, name);
  return found != nullptr && !found->reference.empty() ? &found->reference.front() : nullptr;
}

bool same_instance(Reference const& a, Reference const& b) {
  using unicode::equals_ignoring_case;
  if (!equals_ignoring_case(a.ns, b.ns) || !equals_ignoring_case(a.class_name, b.class_name)) return false;
  if (a.keys.size() != b.keys.size()) return false;
  return std::ranges::all_of(a.keys, [&](Reference::Key const& key) {
    auto const* other = find_key(b, key.name);
    if (other == nullptr || key.reference.size() != other->reference.size()) return false;
    if (key.reference.empty()) return key.value == other->value;
    return same_instance(key.reference.front(), other->reference.front());
  });
}

Result<Value> parse_value(Type type, std::string_view text) {
  switch (type) {
    case Type::string:
      return Value(std::string(text));
    case Type::boolean:
      return parse_boolean(text);
    case Type::real32:
    case Type::real64:
      return parse_real(text);
    case Type::datetime:
      return parse_datetime(text);
    case Type::reference:
    case Type::instance:
      return fail(fmt::format("a {} cannot be written as text", name_of(type)));
    default:
      return parse_integer(type, text);
  }
}

void append_text(std::string& out, ValueView const& value) {
  std::visit(Overloaded{
                 [](std::monostate) {},
                 [&](bool b) { out += b ? "true" : "false"; },
                 [&](std::int64_t n) { append_integer(out, n); },
                 [&](std::uint64_t n) { append_integer(out, n); },
                 [&](float r) { append_real(out, r); },
                 [&](double r) { append_real(out, r); },
                 [&](std::string_view s) { out += s; },
                 [&](winrm::DateTime const& t) { out += format_xs_date_time(t); },
                 [&](Interval i) { out += format_day_time_duration(i); },
                 [&](PartialDateTime const* t) { out += t->text; },
                 [](Reference const*) {},
                 [](EmbeddedInstance const*) {},
                 [](ArrayView const&) {},
             },
             static_cast<ValueView::variant const&>(value));
}

std::string to_text(ValueView const& value) {
  std::string text;
  append_text(text, value);
  return text;
}

}  // namespace winrm::cim
