#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cim/value.hpp"

namespace winrm::cim {

/// Owned values by name: the properties of a Put or Create, the parameters of a method, in and out. Names
/// compare without case. A plug-in fills them from XML after it checked names and types against the class, so
/// a provider finds every value in its declared type. Not thread-safe.
class NamedValues {
 public:
  using Instance = std::shared_ptr<NamedValues const>;
  /// A scalar (null included), an array, one or several references, one or several embedded instances.
  using Content = std::variant<Value, std::vector<Value>, Reference, std::vector<Reference>, Instance,
                               std::vector<Instance>>;
  struct Entry {
    std::string name;
    Content content;
  };

  /// True when it was sent, even as null.
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// A scalar; nothing when it is absent, null or of another type.
  template <class T>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    auto const* content = find(name);
    if (content == nullptr) return std::nullopt;
    if constexpr (std::is_same_v<T, Reference>) {
      auto const* reference = std::get_if<Reference>(content);
      return reference != nullptr ? std::optional(*reference) : std::nullopt;
    } else {
      auto const* value = std::get_if<Value>(content);
      return value != nullptr ? value_as<T>(*value) : std::nullopt;
    }
  }
  /// The elements of an array (or a scalar as an array of one); nothing when absent or null.
  template <class T>
  [[nodiscard]] std::optional<std::vector<T>> list(std::string_view name) const {
    auto const* content = find(name);
    if (content == nullptr) return std::nullopt;
    auto const* values = std::get_if<std::vector<Value>>(content);
    if (values == nullptr) {
      auto only = get<T>(name);
      return only ? std::optional(std::vector<T>{*std::move(only)}) : std::nullopt;
    }
    std::vector<T> elements;
    for (auto const& value : *values) {
      if (auto element = value_as<T>(value)) elements.push_back(*std::move(element));
    }
    return elements;
  }
  /// An embedded instance; null when there is none.
  [[nodiscard]] NamedValues const* instance(std::string_view name) const noexcept {
    auto const* content = find(name);
    auto const* held = content != nullptr ? std::get_if<Instance>(content) : nullptr;
    return held != nullptr ? held->get() : nullptr;
  }

  /// Adds or replaces.
  void set(std::string_view name, Content content) {
    for (auto& entry : entries_) {
      if (same_name(entry.name, name)) {
        entry.content = std::move(content);
        return;
      }
    }
    entries_.push_back({std::string(name), std::move(content)});
  }
  template <class T>
  void put(std::string_view name, T const& value) {
    set(name, content_of(value));
  }

  [[nodiscard]] std::vector<Entry> const& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] Content const* find(std::string_view name) const noexcept {
    for (auto const& entry : entries_) {
      if (same_name(entry.name, name)) return &entry.content;
    }
    return nullptr;
  }

 private:
  [[nodiscard]] static bool same_name(std::string_view a, std::string_view b) noexcept;

  template <class T>
  [[nodiscard]] static Value value_of(T const& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, winrm::DateTime> ||
                  std::is_same_v<T, Interval>) {
      return Value(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      return Value(static_cast<double>(value));
    } else if constexpr (std::is_same_v<T, char16_t> || std::is_unsigned_v<T>) {
      return Value(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      return Value(static_cast<std::int64_t>(value));
    } else {
      return Value(std::string(value));
    }
  }
  template <class T>
  [[nodiscard]] static Content content_of(T const& value) {
    if constexpr (std::is_same_v<T, Reference> || std::is_same_v<T, Instance>) {
      return Content(value);
    } else {
      return Content(value_of(value));
    }
  }
  template <class T>
  [[nodiscard]] static Content content_of(std::optional<T> const& value) {
    return value ? content_of(*value) : Content(Value());
  }
  template <class T>
  [[nodiscard]] static Content content_of(std::vector<T> const& values) {
    if constexpr (std::is_same_v<T, Reference> || std::is_same_v<T, Instance>) {
      return Content(values);
    } else {
      std::vector<Value> elements;
      for (auto const& value : values) elements.push_back(value_of(value));
      return Content(std::move(elements));
    }
  }

  std::vector<Entry> entries_;
};

}  // namespace winrm::cim
