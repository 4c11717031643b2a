#include "cim/object_path.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"

namespace winrm::cim {

namespace {

bool is_name_character(char c) {
  auto const lower = detail::fold(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// Every function reads one part of a path and leaves the rest; the first error is thrown and returned by
/// parse_object_path().
class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  ObjectPath read() {
    ObjectPath path;
    path.ns = namespace_part();
    path.class_name = name("a class");
    if (take('=')) {
      path.is_singleton = take('@');
      if (!path.is_singleton) path.keys.push_back({"", value()});
    } else if (take('.')) {
      do {
        auto key = name("a key");
        if (!take('=')) complain("\"=\"");
        path.keys.push_back({std::move(key), value()});
      } while (take(','));
    }
    if (at_ != text_.size()) complain("the end of the path");
    return path;
  }

 private:
  /// `\\server\root\cimv2:` or `root\cimv2:`, with either slash. The server is this one, whatever its name.
  std::string namespace_part() {
    auto const colon = text_.find(':');
    if (colon == std::string_view::npos ||
        text_.substr(0, colon).find_first_of("\"'=") != std::string_view::npos)
      return {};
    std::string part(text_.substr(0, colon));
    std::ranges::replace(part, '\\', '/');
    at_ = colon + 1;
    if (!part.starts_with("//")) return part;
    auto const slash = part.find('/', 2);
    return slash == std::string::npos ? std::string() : part.substr(slash + 1);
  }

  std::string name(std::string_view what) {
    auto const begin = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    if (at_ == begin) complain(what);
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string value() {
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return quoted();
    auto const begin = at_;
    while (at_ < text_.size() && text_[at_] != ',') ++at_;
    if (at_ == begin) complain("a value");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    char const quote = text_[at_++];
    std::string read;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == quote) return read;
      if (c == '\\' && at_ < text_.size()) c = text_[at_++];
      read += c;
    }
    complain("the end of a string");
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void complain(std::string_view expected) const {
    throw Error{fmt::format("object path, character {}: expected {}", at_ + 1, expected)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char const c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

/// The key of that name, or the only key for "". A class that is only a parent has the keys of those below
/// it.
ClassProperty const* find_key(Class const& cls, std::string_view name) {
  auto const* property = name.empty() ? nullptr : cls.find(name);
  if (name.empty() && cls.keys().size() == 1) property = cls.keys().front();
  for (auto const* child : cls.children()) {
    if (property != nullptr) break;
    property = find_key(*child, name);
  }
  return property;
}

Result<Reference> resolve_nested(Registry const& registry, std::string_view ns, ObjectPath const& path,
                                 std::size_t depth) {
  if (depth > limits::epr_nesting) return fail("object path: references are nested too deeply");
  auto const* cls = registry.find(path.ns.empty() ? ns : std::string_view(path.ns), path.class_name);
  if (cls == nullptr) {
    return fail(fmt::format("object path: there is no class {} in {}", path.class_name,
                            path.ns.empty() ? ns : std::string_view(path.ns)));
  }
  Reference reference{std::string(cls->ns()), std::string(cls->name()), {}};
  for (auto const& key : path.keys) {
    auto const* property = find_key(*cls, key.name);
    if (property == nullptr) {
      return fail(key.name.empty()
                      ? fmt::format("object path: {} has not one key, so give keys by name", cls->name())
                      : fmt::format("object path: {} has no key {}", cls->name(), key.name));
    }
    // Given twice, a key would pass for one that is missing.
    auto const name = property->property.name;
    if (reference.key(name) || reference.target(name) != nullptr) {
      return fail(fmt::format("object path: the key {} is there twice", name));
    }
    Reference::Key written{std::string(name), key.value, {}};
    if (property->property.type == Type::reference) {
      auto const inner = parse_object_path(key.value);
      if (!inner) return tl::unexpected(inner.error());
      auto target = resolve_nested(registry, cls->ns(), *inner, depth + 1);
      if (!target) return target;
      written = {written.name, "", {*std::move(target)}};
    }
    reference.keys.push_back(std::move(written));
  }
  return reference;
}

}  // namespace

Result<ObjectPath> parse_object_path(std::string_view text) {
  try {
    return PathReader(text).read();
  } catch (Error const& error) {
    return fail(error.message);
  }
}

Result<Reference> resolve(Registry const& registry, std::string_view ns, ObjectPath const& path) {
  return resolve_nested(registry, ns, path, 1);
}

Result<Reference> parse_reference(Registry const& registry, std::string_view ns, std::string_view path) {
  auto const parsed = parse_object_path(path);
  if (!parsed) return tl::unexpected(parsed.error());
  return resolve(registry, ns, *parsed);
}

std::string relative_path(Reference const& reference) {
  std::string path = reference.class_name;
  if (reference.keys.empty()) return path + "=@";
  char separator = '.';
  for (auto const& key : reference.keys) {
    path += separator;
    path += key.name;
    path += '=';
    append_quoted(path, key.reference.empty() ? key.value : relative_path(key.reference.front()));
    separator = ',';
  }
  return path;
}

}  // namespace winrm::cim
