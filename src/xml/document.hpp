#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"

namespace winrm::xml {

/// What a document may contain before it is refused.
struct Limits {
  std::size_t depth = limits::xml_depth;
  std::size_t attributes_per_element = limits::xml_attributes_per_element;
  std::size_t elements = limits::xml_elements;
};

/// A borrowed view of one element of a Document; valid while the Document lives, also after it was moved.
/// Cheap to copy. A parsed document never changes: any number of threads may read it.
class Element {
 public:
  Element() = default;
  /// False for "no such element": every reader below then gives an empty answer.
  explicit operator bool() const noexcept { return node_ != nullptr; }

  [[nodiscard]] std::string_view local_name() const noexcept;
  [[nodiscard]] std::string_view ns() const noexcept;
  [[nodiscard]] bool is(std::string_view ns, std::string_view local_name) const noexcept;

  [[nodiscard]] Element first_child() const noexcept;
  [[nodiscard]] Element next_sibling() const noexcept;
  [[nodiscard]] Element parent() const noexcept;
  /// The first child element of that name.
  [[nodiscard]] Element child(std::string_view ns, std::string_view local_name) const noexcept;
  [[nodiscard]] std::size_t child_count() const noexcept;

  /// All character data directly below, concatenated; child elements are skipped.
  [[nodiscard]] std::string text() const;
  /// text() without leading and trailing XML white space.
  [[nodiscard]] std::string trimmed_text() const;
  /// Attribute with exactly this namespace; pass "" for an unqualified one.
  [[nodiscard]] std::optional<std::string> attribute(std::string_view ns, std::string_view local_name) const;
  /// The same without a copy; valid while the Document lives.
  [[nodiscard]] std::optional<std::string_view> attribute_view(std::string_view ns,
                                                               std::string_view local_name) const noexcept;
  /// An attribute; its parts are valid while the Document lives.
  struct AttributeView {
    std::string_view ns;  ///< "" for an unqualified one
    std::string_view local_name;
    std::string_view value;
  };
  /// All of them in their order, without the declarations of namespaces.
  [[nodiscard]] std::vector<AttributeView> attributes() const;
  /// The namespace URI a prefix has here, for QNames in content ("" for an unknown prefix).
  [[nodiscard]] std::string_view namespace_of_prefix(std::string_view prefix) const;
  /// xsi:nil="true" or "1", with either of the two namespaces clients use for xsi.
  [[nodiscard]] bool is_nil() const;
  /// This element and all below as self-contained XML text (in-scope namespaces declared on it).
  [[nodiscard]] std::string serialize() const;

  /// for (Element child : element.children())
  class Iterator {
   public:
    explicit Iterator(Element const& at) : at_(at.node_) {}
    Element operator*() const { return Element(at_); }
    Iterator& operator++();
    bool operator==(Iterator const&) const = default;

   private:
    void const* at_;
  };
  struct Children {
    void const* first;
    [[nodiscard]] Iterator begin() const { return Iterator(Element(first)); }
    [[nodiscard]] Iterator end() const { return Iterator(Element()); }
  };
  [[nodiscard]] Children children() const { return {first_child().node_}; }

 private:
  friend class Document;
  explicit Element(void const* node) : node_(node) {}
  void const* node_ = nullptr;
};

/// One parsed XML document. Owns the tree; movable.
class Document {
 public:
  /// Reads UTF-8. Refuses DTDs, entities other than the five predefined, processing instructions, undeclared
  /// prefixes and anything over `limits`. No network, no files. The error names line and reason.
  [[nodiscard]] static Result<Document> parse(std::string_view utf8, Limits const& limits = {});

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  [[nodiscard]] Element root() const noexcept;

 private:
  struct Tree;
  explicit Document(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

}  // namespace winrm::xml
