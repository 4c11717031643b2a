#pragma once

#include <memory_resource>
#include <string_view>

#include "xml/document.hpp"

/// How a Document keeps what it read. Every node and text lives in one arena and never changes after parsing,
/// so that freeing a document is freeing a few blocks, and reading one needs no lock.
namespace winrm::xml {

/// One xmlns declaration.
struct Binding {
  std::string_view prefix;  ///< "" for the default namespace
  std::string_view ns;      ///< "" for xmlns=""
  Binding const* next = nullptr;
};

struct Attribute {
  Binding const* binding = nullptr;  ///< null for an unqualified one
  std::string_view name;
  std::string_view value;
  Attribute const* next = nullptr;
};

/// An element, or a run of character data (then `name` is empty).
struct Node {
  Binding const* binding = nullptr;
  std::string_view name;
  std::string_view text;
  Node* parent = nullptr;
  Node* first_child = nullptr;
  Node* last_child = nullptr;
  Node* next = nullptr;
  Attribute const* attributes = nullptr;
  Binding const* declarations = nullptr;

  [[nodiscard]] bool is_element() const noexcept { return !name.empty(); }
};

struct Document::Tree {
  explicit Tree(std::size_t expected_bytes) : arena(expected_bytes) {}
  std::pmr::monotonic_buffer_resource arena;
  Node const* root = nullptr;
};

}  // namespace winrm::xml
