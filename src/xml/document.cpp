#include "xml/document.hpp"

#include <algorithm>
#include <vector>

#include "xml/names.hpp"
#include "xml/tree.hpp"
#include "xml/writer.hpp"

namespace winrm::xml {
namespace {

Node const* node_of(void const* pointer) noexcept { return static_cast<Node const*>(pointer); }

Node const* first_element(Node const* from) noexcept {
  while (from != nullptr && !from->is_element()) from = from->next;
  return from;
}

std::string_view ns_of(Binding const* binding) noexcept {
  return binding == nullptr ? std::string_view() : binding->ns;
}

/// The declaration a prefix has at `node`, or null. The prefix xml needs none.
Binding const* binding_of_prefix(Node const* node, std::string_view prefix) noexcept {
  for (; node != nullptr; node = node->parent) {
    for (Binding const* at = node->declarations; at != nullptr; at = at->next) {
      if (at->prefix == prefix) return at;
    }
  }
  return nullptr;
}

/// Every declaration that holds at `node`, each prefix once.
std::vector<Binding const*> bindings_in_scope(Node const* node) {
  std::vector<Binding const*> found;
  for (; node != nullptr; node = node->parent) {
    for (Binding const* at = node->declarations; at != nullptr; at = at->next) {
      bool const hidden = std::any_of(found.begin(), found.end(),
                                      [at](Binding const* nearer) { return nearer->prefix == at->prefix; });
      if (!hidden) found.push_back(at);
    }
  }
  return found;
}

void append_qualified(std::string& out, Binding const* binding, std::string_view name) {
  if (binding != nullptr && !binding->prefix.empty()) {
    out += binding->prefix;
    out += ':';
  }
  out += name;
}

void append_declaration(std::string& out, Binding const& binding) {
  out += binding.prefix.empty() ? " xmlns" : " xmlns:";
  out += binding.prefix;
  out += "=\"";
  append_escaped(out, binding.ns, Place::attribute);
  out += '"';
}

void append_start_tag(std::string& out, Node const& node, std::vector<Binding const*> const* inherited) {
  out += '<';
  append_qualified(out, node.binding, node.name);
  if (inherited != nullptr) {
    for (Binding const* binding : *inherited) {
      if (!binding->ns.empty()) append_declaration(out, *binding);
    }
  } else {
    for (Binding const* at = node.declarations; at != nullptr; at = at->next) append_declaration(out, *at);
  }
  for (Attribute const* at = node.attributes; at != nullptr; at = at->next) {
    out += ' ';
    append_qualified(out, at->binding, at->name);
    out += "=\"";
    append_escaped(out, at->value, Place::attribute);
    out += '"';
  }
  out += node.first_child == nullptr ? "/>" : ">";
}

// The depth of a document is limited when it is read (limits::xml_depth), and with it this recursion.
void append_node(std::string& out, Node const& node, std::vector<Binding const*> const* inherited) {
  if (!node.is_element()) {
    append_escaped(out, node.text);
    return;
  }
  append_start_tag(out, node, inherited);
  if (node.first_child == nullptr) return;
  for (Node const* child = node.first_child; child != nullptr; child = child->next) {
    append_node(out, *child, nullptr);
  }
  out += "</";
  append_qualified(out, node.binding, node.name);
  out += '>';
}

}  // namespace

Document::Document(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Element Document::root() const noexcept { return Element(tree_ == nullptr ? nullptr : tree_->root); }

std::string_view Element::local_name() const noexcept {
  return node_ == nullptr ? std::string_view() : node_of(node_)->name;
}

std::string_view Element::ns() const noexcept {
  return node_ == nullptr ? std::string_view() : ns_of(node_of(node_)->binding);
}

bool Element::is(std::string_view ns, std::string_view local_name) const noexcept {
  return node_ != nullptr && node_of(node_)->name == local_name && ns_of(node_of(node_)->binding) == ns;
}

Element Element::first_child() const noexcept {
  return node_ == nullptr ? Element() : Element(first_element(node_of(node_)->first_child));
}

Element Element::next_sibling() const noexcept {
  return node_ == nullptr ? Element() : Element(first_element(node_of(node_)->next));
}

Element Element::parent() const noexcept {
  return node_ == nullptr ? Element() : Element(node_of(node_)->parent);
}

Element Element::child(std::string_view ns, std::string_view local_name) const noexcept {
  Element at = first_child();
  while (at && !at.is(ns, local_name)) at = at.next_sibling();
  return at;
}

std::size_t Element::child_count() const noexcept {
  std::size_t count = 0;
  for (Element at = first_child(); at; at = at.next_sibling()) ++count;
  return count;
}

std::string Element::text() const {
  std::string out;
  if (node_ == nullptr) return out;
  for (Node const* at = node_of(node_)->first_child; at != nullptr; at = at->next) out += at->text;
  return out;
}

std::string Element::trimmed_text() const {
  std::string out = text();
  constexpr std::string_view white_space = " \t\r\n";
  std::size_t const last = out.find_last_not_of(white_space);
  if (last == std::string::npos) return {};
  out.resize(last + 1);
  out.erase(0, out.find_first_not_of(white_space));
  return out;
}

std::optional<std::string_view> Element::attribute_view(std::string_view ns,
                                                        std::string_view local_name) const noexcept {
  if (node_ == nullptr) return std::nullopt;
  for (Attribute const* at = node_of(node_)->attributes; at != nullptr; at = at->next) {
    if (at->name == local_name && ns_of(at->binding) == ns) return at->value;
  }
  return std::nullopt;
}

std::optional<std::string> Element::attribute(std::string_view ns, std::string_view local_name) const {
  auto const value = attribute_view(ns, local_name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

std::vector<Element::AttributeView> Element::attributes() const {
  std::vector<AttributeView> all;
  if (node_ == nullptr) return all;
  for (Attribute const* at = node_of(node_)->attributes; at != nullptr; at = at->next)
    all.push_back({ns_of(at->binding), at->name, at->value});
  return all;
}

std::string_view Element::namespace_of_prefix(std::string_view prefix) const {
  if (prefix == "xml") return ns::xml;
  return ns_of(binding_of_prefix(node_of(node_), prefix));
}

bool Element::is_nil() const {
  auto nil = attribute_view(ns::xsi, "nil");
  if (!nil) nil = attribute_view(ns::xsd, "nil");
  return nil == "true" || nil == "1";
}

std::string Element::serialize() const {
  std::string out;
  if (node_ == nullptr) return out;
  std::vector<Binding const*> const inherited = bindings_in_scope(node_of(node_));
  append_node(out, *node_of(node_), &inherited);
  return out;
}

Element::Iterator& Element::Iterator::operator++() {
  at_ = Element(at_).next_sibling().node_;
  return *this;
}

}  // namespace winrm::xml
