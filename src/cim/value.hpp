#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cim/type.hpp"

namespace winrm::cim {

class Class;

/// The datetime type carries points in time and spans of time.
using Interval = std::chrono::microseconds;

/// A datetime with asterisks in it (DSP0004 5.2.4), kept as written: "2026**********.******+000".
struct PartialDateTime {
  std::string text;
};

/// Names an instance: its class and key values as text.
struct Reference {
  struct Key {
    std::string name;
    std::string value;
    std::vector<Reference> reference;  ///< empty, or exactly one when the key is itself a reference
  };
  std::string ns;  ///< "root/cimv2"
  std::string class_name;
  std::vector<Key> keys;

  /// The text value of a key, by name without case; nothing when there is none or it is a reference.
  [[nodiscard]] std::optional<std::string> key(std::string_view name) const;
  /// The reference that a key holds; null when there is none.
  [[nodiscard]] Reference const* target(std::string_view name) const;
};

/// An instance inside another: a row of a registered class. Shared and immutable.
struct EmbeddedInstance {
  Class const* cls = nullptr;
  std::shared_ptr<void const> row;
};

struct ValueView;

/// A borrowed array of any element type.
struct ArrayView {
  void const* elements = nullptr;
  std::size_t size = 0;
  ValueView (*at)(void const* elements, std::size_t index) = nullptr;
};

/// A borrowed look at one value; std::monostate is null. Valid while the row it came from lives.
struct ValueView : std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, double,
                                std::string_view, winrm::DateTime, Interval, PartialDateTime const*,
                                Reference const*, EmbeddedInstance const*, ArrayView> {
  using variant::variant;
  [[nodiscard]] bool is_null() const noexcept { return index() == 0; }
};

/// An owned scalar: a key of a selector, a literal of a query, an argument of a method. Integers of every
/// width are kept in 64 bits; std::monostate is null.
struct Value : std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                            winrm::DateTime, Interval> {
  using variant::variant;
  [[nodiscard]] bool is_null() const noexcept { return index() == 0; }
};

/// An owned copy of a scalar; null for an array, a reference, an instance or a partial datetime.
[[nodiscard]] Value to_value(ValueView const& view);
[[nodiscard]] ValueView view_of(Value const& value);

/// Whether two references have the same class and the same keys. Names compare without case.
[[nodiscard]] bool same_instance(Reference const& a, Reference const& b);

enum class CaseRule { ignore, exact };

/// Order of a property's value and a literal converted to the property's type (parse_value). Unordered when
/// either is null or the types do not compare. Strings compare by ASCII-folded bytes unless `rule` is exact.
[[nodiscard]] std::partial_ordering compare(ValueView const& value, Value const& literal, CaseRule rule);

/// Text to a value of `type`: decimal or 0x integers within range, true/false in any case, xs:dateTime or
/// DMTF datetime text. Fails for reference and instance.
[[nodiscard]] Result<Value> parse_value(Type type, std::string_view text);

/// As a selector or JSON string holds it: decimal numbers, true/false, xs:dateTime. Empty for null.
[[nodiscard]] std::string to_text(ValueView const& value);
void append_text(std::string& out, ValueView const& value);

// --- which CIM type a C++ type is, and how it is looked at -------------------------------------------------

template <class T>
struct TypeOf;
template <>
struct TypeOf<bool> {
  static constexpr Type type = Type::boolean;
};
template <>
struct TypeOf<std::uint8_t> {
  static constexpr Type type = Type::uint8;
};
template <>
struct TypeOf<std::int8_t> {
  static constexpr Type type = Type::sint8;
};
template <>
struct TypeOf<std::uint16_t> {
  static constexpr Type type = Type::uint16;
};
template <>
struct TypeOf<std::int16_t> {
  static constexpr Type type = Type::sint16;
};
template <>
struct TypeOf<std::uint32_t> {
  static constexpr Type type = Type::uint32;
};
template <>
struct TypeOf<std::int32_t> {
  static constexpr Type type = Type::sint32;
};
template <>
struct TypeOf<std::uint64_t> {
  static constexpr Type type = Type::uint64;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr Type type = Type::sint64;
};
template <>
struct TypeOf<float> {
  static constexpr Type type = Type::real32;
};
template <>
struct TypeOf<double> {
  static constexpr Type type = Type::real64;
};
template <>
struct TypeOf<char16_t> {
  static constexpr Type type = Type::char16;
};
template <>
struct TypeOf<std::string> {
  static constexpr Type type = Type::string;
};
template <>
struct TypeOf<std::string_view> {
  static constexpr Type type = Type::string;
};
template <>
struct TypeOf<winrm::DateTime> {
  static constexpr Type type = Type::datetime;
};
template <>
struct TypeOf<Interval> {
  static constexpr Type type = Type::datetime;
};
template <>
struct TypeOf<PartialDateTime> {
  static constexpr Type type = Type::datetime;
};
template <>
struct TypeOf<Reference> {
  static constexpr Type type = Type::reference;
};
template <>
struct TypeOf<EmbeddedInstance> {
  static constexpr Type type = Type::instance;
};

/// What a row member is made of: T, std::optional<T> (null when empty) or std::vector<T> (an array).
template <class T>
struct MemberTraits {
  using Element = T;
  static constexpr bool array = false;
};
template <class T>
struct MemberTraits<std::optional<T>> : MemberTraits<T> {};
template <class T>
struct MemberTraits<std::vector<T>> {
  using Element = T;
  static constexpr bool array = true;
};

template <class T>
[[nodiscard]] constexpr ValueView view_of(T const& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
                std::is_same_v<T, winrm::DateTime> || std::is_same_v<T, Interval>) {
    return ValueView(std::in_place_type<T>, value);
  } else if constexpr (std::is_same_v<T, char16_t> || std::is_unsigned_v<T>) {
    return ValueView(std::in_place_type<std::uint64_t>, value);
  } else if constexpr (std::is_signed_v<T>) {
    return ValueView(std::in_place_type<std::int64_t>, value);
  } else if constexpr (std::is_convertible_v<T const&, std::string_view>) {
    return ValueView(std::in_place_type<std::string_view>, value);
  } else {
    return ValueView(std::in_place_type<T const*>, &value);
  }
}
template <class T>
[[nodiscard]] constexpr ValueView view_of(std::optional<T> const& value) {
  return value ? view_of(*value) : ValueView();
}
template <class T>
[[nodiscard]] constexpr ValueView view_of(std::vector<T> const& values) {
  auto const at = [](void const* elements, std::size_t index) {
    T const& element = (*static_cast<std::vector<T> const*>(elements))[index];
    return view_of(element);
  };
  return ValueView(std::in_place_type<ArrayView>, ArrayView{&values, values.size(), at});
}

/// An owned value back to the C++ type of a row member; nothing when it is null or does not fit.
template <class T>
[[nodiscard]] std::optional<T> value_as(Value const& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, winrm::DateTime> ||
                std::is_same_v<T, Interval> || std::is_same_v<T, std::string>) {
    if (auto const* held = std::get_if<T>(&value)) return *held;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (auto const* held = std::get_if<double>(&value)) return static_cast<T>(*held);
  } else if constexpr (std::is_same_v<T, char16_t> || std::is_unsigned_v<T>) {
    if (auto const* held = std::get_if<std::uint64_t>(&value)) return static_cast<T>(*held);
  } else if constexpr (std::is_signed_v<T>) {
    if (auto const* held = std::get_if<std::int64_t>(&value)) return static_cast<T>(*held);
  }
  return std::nullopt;
}

}  // namespace winrm::cim
