#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "cim/property_set.hpp"
#include "cim/value.hpp"

/// How a class describes itself, once, beside the code that fills its rows:
///
///   template <> inline constexpr auto cim::schema_of<LogicalDisk> = cim::describe(
///       cim::ClassName("root/cimv2", "Win32_LogicalDisk", "CIM_LogicalDisk"),
///       cim::key<&LogicalDisk::device_id>("DeviceID"),
///       cim::prop<&LogicalDisk::size>("Size").units("bytes"),
///       cim::constant<std::string_view>("CreationClassName", "Win32_LogicalDisk"),
///       cim::unknown<std::uint16_t>("Access"));
///
/// A duplicate name or a missing key does not compile. Properties of the parent classes that a class does not
/// list are inherited and null.
namespace winrm::cim {

/// One row of a value map (the Values and ValueMap qualifiers).
struct ValueName {
  std::int64_t value;
  std::string_view name;
};

/// One property of a class: its name, type and qualifiers, and how a row's value is read.
struct Property {
  using Read = ValueView (*)(Property const& property, void const* row);

  std::string_view name;
  Type type = Type::string;
  bool array = false;
  Read read = nullptr;      ///< null: the property has no meaning here and is always null
  std::string_view member;  ///< which row member it reads, in the compiler's words; "" for none
  ValueView fixed;          ///< of a constant
  bool is_key = false;
  bool is_writable = false;
  bool is_case_exact = false;
  bool is_changing = false;
  std::string_view unit;
  std::span<ValueName const> value_map;
  std::string_view class_name;   ///< of a reference: the class it names, "" for any
  std::string_view description;  ///< where Linux gives the value another sense than Windows
  ValueView default_value;       ///< what an instance is created with when the client gives no value

  [[nodiscard]] ValueView value(void const* row) const { return read ? read(*this, row) : ValueView(); }

  [[nodiscard]] constexpr Property units(std::string_view text) const {
    Property copy = *this;
    copy.unit = text;
    return copy;
  }
  [[nodiscard]] constexpr Property values(std::span<ValueName const> map) const {
    Property copy = *this;
    copy.value_map = map;
    return copy;
  }
  [[nodiscard]] constexpr Property refers_to(std::string_view name_of_class) const {
    Property copy = *this;
    copy.class_name = name_of_class;
    return copy;
  }
  [[nodiscard]] constexpr Property described(std::string_view text) const {
    Property copy = *this;
    copy.description = text;
    return copy;
  }
  /// The default value of the class's documentation (DSP0004 7.6.3): what Create fills in when the client
  /// leaves the property out. Inherited; never the answer to what Linux does not know.
  template <class T>
  [[nodiscard]] constexpr Property defaults_to(T value) const {
    if (array || type != TypeOf<T>::type) throw "a default value of another type than the property's";
    Property copy = *this;
    copy.default_value = view_of(value);
    return copy;
  }
  /// Clients may change it (Put).
  [[nodiscard]] constexpr Property writable() const {
    Property copy = *this;
    copy.is_writable = true;
    return copy;
  }
  /// Names something for which case matters on Linux (a path): compared exactly in queries.
  [[nodiscard]] constexpr Property case_exact() const {
    Property copy = *this;
    copy.is_case_exact = true;
    return copy;
  }
  /// Its value changes by itself (a clock, a gauge): a Put that brings back an older one does not try to
  /// change it.
  [[nodiscard]] constexpr Property changing() const {
    Property copy = *this;
    copy.is_changing = true;
    return copy;
  }
};

namespace detail {

template <class Row, class Member>
Row row_type(Member Row::*);
template <class Row, class Member>
Member member_type(Member Row::*);

template <auto Member>
using RowOf = decltype(row_type(Member));
template <auto Member>
using MemberOf = decltype(member_type(Member));

/// `Row` is a parameter of its own because g++ 12 gives a function external linkage when only a pointer to
/// member names a type of an anonymous namespace: rows of the same name in two files would share it.
template <auto Member, class Row = RowOf<Member>>
ValueView read_member(Property const&, void const* row) {
  return view_of(static_cast<Row const*>(row)->*Member);
}
/// A name for a member that is different for each member of a class. The addresses of read_member<…> would
/// do, but their comparison is no constant expression under the undefined-behaviour sanitizer.
template <auto Member, class Row = RowOf<Member>>
[[nodiscard]] consteval std::string_view member_id() {
  return __PRETTY_FUNCTION__;
}
inline ValueView read_fixed(Property const& property, void const*) { return property.fixed; }

template <class T>
constexpr Property property_of_type(std::string_view name) {
  Property property;
  property.name = name;
  property.type = TypeOf<typename MemberTraits<T>::Element>::type;
  property.array = MemberTraits<T>::array;
  return property;
}

/// Names of the CIM schema are ASCII and compare without case (DSP0004 7.2).
[[nodiscard]] constexpr char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool has_letter(std::string_view text) {
  for (char const c : text) {
    if (fold(c) >= 'a' && fold(c) <= 'z') return true;
  }
  return false;
}
[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (fold(a[i]) != fold(b[i])) return false;
  }
  return true;
}

}  // namespace detail

/// A property that a row member holds.
template <auto Member>
[[nodiscard]] constexpr Property prop(std::string_view name) {
  Property property = detail::property_of_type<detail::MemberOf<Member>>(name);
  property.read = &detail::read_member<Member>;
  property.member = detail::member_id<Member>();
  return property;
}
/// A property that tells instances apart. All keys of a class together are unique and never null.
template <auto Member>
[[nodiscard]] constexpr Property key(std::string_view name) {
  Property property = prop<Member>(name);
  property.is_key = true;
  return property;
}
/// A property with one value for every instance.
template <class T>
[[nodiscard]] constexpr Property constant(std::string_view name, T value) {
  Property property = detail::property_of_type<T>(name);
  property.read = &detail::read_fixed;
  property.fixed = view_of(value);
  return property;
}
/// A documented property that Linux has no value for: always null. `std::vector<T>` declares an array.
template <class T>
[[nodiscard]] constexpr Property unknown(std::string_view name) {
  return detail::property_of_type<T>(name);
}

/// Where a class stands.
struct ClassName {
  std::string_view ns;
  std::string_view name;
  std::string_view parent;  ///< in the same namespace; "" for a root
  bool is_singleton = false;
  bool is_abstract = false;
  bool is_association = false;
  bool needs_condition = false;
  bool is_only_by_name = false;
  std::string_view description;

  constexpr ClassName(std::string_view class_ns, std::string_view class_name, std::string_view parent_name)
      : ns(class_ns), name(class_name), parent(parent_name) {}
  /// Has exactly one instance, which Get returns without selectors.
  [[nodiscard]] constexpr ClassName singleton() const {
    ClassName copy = *this;
    copy.is_singleton = true;
    return copy;
  }
  /// Has no instances of its own: a parent of other classes.
  [[nodiscard]] constexpr ClassName abstract() const {
    ClassName copy = *this;
    copy.is_abstract = true;
    return copy;
  }
  /// Its instances link two others, which its reference properties name.
  [[nodiscard]] constexpr ClassName association() const {
    ClassName copy = *this;
    copy.is_association = true;
    return copy;
  }
  /// Its instances are without number (files, addresses to ping): it is enumerated only under a condition
  /// that bounds them, which its provider insists on, and left out when a parent is enumerated without one.
  [[nodiscard]] constexpr ClassName only_under_condition() const {
    ClassName copy = *this;
    copy.needs_condition = true;
    return copy;
  }
  /// Its instances are its parent's with more properties: they are enumerated and found under the name of
  /// this class, and stay the parent's for who asks for the parent.
  [[nodiscard]] constexpr ClassName only_by_name() const {
    ClassName copy = *this;
    copy.is_only_by_name = true;
    return copy;
  }
  /// One or two sentences for the reference documentation: what the instances are on Linux.
  [[nodiscard]] constexpr ClassName described(std::string_view text) const {
    ClassName copy = *this;
    copy.description = text;
    return copy;
  }
};

template <std::size_t Count>
struct ClassSchema {
  ClassName name;
  std::array<Property, Count> properties;
};

/// A schema with its number of properties forgotten; refers to the ClassSchema, which lives for ever.
struct SchemaView {
  ClassName name;
  std::span<Property const> properties;

  template <std::size_t Count>
  // NOLINTNEXTLINE(google-explicit-constructor): a view, as std::span is one of an array.
  constexpr SchemaView(ClassSchema<Count> const& schema) : name(schema.name), properties(schema.properties) {}
};

template <class... Properties>
[[nodiscard]] consteval auto describe(ClassName name, Properties... listed) {
  ClassSchema<sizeof...(Properties)> schema{name, {listed...}};
  bool has_key = false;
  for (std::size_t i = 0; i < schema.properties.size(); ++i) {
    has_key = has_key || schema.properties[i].is_key;
    for (std::size_t j = 0; j < i; ++j) {
      if (detail::same_name(schema.properties[i].name, schema.properties[j].name)) {
        throw "a class lists the same property twice";
      }
    }
  }
  if (!has_key && !name.is_singleton && !name.is_abstract)
    throw "a class without a key is a singleton or abstract";
  if (schema.properties.size() > PropertySet::capacity) throw "too many properties for a PropertySet";
  return schema;
}

/// A subclass of the class that `base` describes, with the same rows: its properties first, in their places,
/// so that Query means the same in both, then those of its own.
template <std::size_t Count, class... Properties>
[[nodiscard]] consteval auto describe_more(ClassSchema<Count> const& base, ClassName name,
                                           Properties... own) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) consteval {
    return describe(name, base.properties[I]..., own...);
  }
  (std::make_index_sequence<Count>());
}

/// The schema of a row type: specialised beside the row.
template <class Row>
inline constexpr auto schema_of = [] { static_assert(sizeof(Row) == 0, "this row type has no schema_of"); }();

/// The properties of its row's class that a member fills.
template <auto Member>
[[nodiscard]] consteval PropertySet properties_of() {
  PropertySet set;
  auto const& properties = schema_of<detail::RowOf<Member>>.properties;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (properties[i].member == detail::member_id<Member>()) set.add(i);
  }
  if (set.empty()) throw "no property of the class reads this member";
  return set;
}

}  // namespace winrm::cim
