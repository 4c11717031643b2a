#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "base/limits.hpp"
#include "xml/document.hpp"
#include "xml/names.hpp"
#include "xml/tree.hpp"

namespace winrm::xml {
namespace {

std::string_view view(xmlChar const* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<char const*>(text));
}

constexpr Binding xml_prefix{"xml", ns::xml, nullptr};

/// Takes the events of one parse and builds the tree from them. The first thing it refuses stops the parser.
class Builder {
 public:
  /// `input` is what is parsed; it lies in the arena, so that texts of it need no copy.
  Builder(xmlParserCtxtPtr context, std::pmr::monotonic_buffer_resource& arena, std::string_view input,
          Limits const& limits)
      : context_(context), arena_(arena), input_(input), limits_(limits), in_scope_(&arena) {
    in_scope_.reserve(limits.attributes_per_element);
  }

  [[nodiscard]] Node const* root() const { return root_; }
  [[nodiscard]] std::string& error() { return error_; }

  void refuse(std::string_view reason) {
    if (error_.empty()) error_ = fmt::format("line {}: {}", xmlSAX2GetLineNumber(context_), reason);
    xmlStopParser(context_);
  }

  void parser_error(xmlError const& error) {
    if (error.level < XML_ERR_ERROR || !error_.empty()) return;
    std::string_view message = error.message == nullptr ? "not well-formed" : error.message;
    while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
    error_ = fmt::format("line {}: {}", error.line, message);
    xmlStopParser(context_);
  }

  void start(xmlChar const* name, xmlChar const* prefix, int declaration_count, xmlChar const** declarations,
             int attribute_count, xmlChar const** attributes) {
    if (!admit(declaration_count, attribute_count)) return;
    Node* const node = make<Node>();
    node->name = copy(view(name));
    node->parent = open_;
    declare(*node, declaration_count, declarations);
    node->binding = binding_of(prefix);
    add_attributes(*node, attribute_count, attributes);
    attach(node);
    open_ = node;
    ++depth_;
  }

  void end() {
    if (open_ == nullptr) return;  // the parser may still close what it had open when it was stopped
    for (Binding const* at = open_->declarations; at != nullptr; at = at->next) in_scope_.pop_back();
    open_ = open_->parent;
    --depth_;
  }

  void characters(std::string_view text) {
    if (open_ == nullptr || text.empty()) return;
    Node* const last = open_->last_child;
    if (last != nullptr && !last->is_element()) {
      extend(*last, text);
      return;
    }
    Node* const node = make<Node>();
    node->parent = open_;
    node->text = keep(text);
    text_end_ = nullptr;
    attach(node);
  }

 private:
  bool admit(int declaration_count, int attribute_count) {
    if (!error_.empty()) return false;
    if (depth_ >= limits_.depth) {
      refuse(fmt::format("elements are nested more than {} deep", limits_.depth));
    } else if (++elements_ > limits_.elements) {
      refuse(fmt::format("more than {} elements", limits_.elements));
    } else if (static_cast<std::size_t>(attribute_count) + static_cast<std::size_t>(declaration_count) >
               limits_.attributes_per_element) {
      refuse(fmt::format("an element has more than {} attributes", limits_.attributes_per_element));
    } else if (in_scope_.size() + static_cast<std::size_t>(declaration_count) >
               limits::xml_namespaces_in_scope) {
      refuse(
          fmt::format("more than {} namespace declarations hold at once", limits::xml_namespaces_in_scope));
    }
    return error_.empty();
  }

  template <class T>
  T* make() {
    return new (arena_.allocate(sizeof(T), alignof(T))) T;
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto* const bytes = static_cast<char*>(arena_.allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  void attach(Node* node) {
    if (open_ == nullptr) {
      root_ = node;
    } else if (open_->last_child == nullptr) {
      open_->first_child = open_->last_child = node;
    } else {
      open_->last_child->next = node;
      open_->last_child = node;
    }
  }

  /// A text as a part of the input where it is one (it has no references), as a copy otherwise.
  std::string_view keep(std::string_view text) {
    bool const in_input = !std::less<>()(text.data(), input_.data()) &&
                          !std::less<>()(input_.data() + input_.size(), text.data() + text.size());
    return in_input ? text : copy(text);
  }

  /// libxml2 hands long character data over in pieces. Those that follow each other in the input are one;
  /// otherwise room for the next ones is kept behind the last, doubling.
  void extend(Node& node, std::string_view more) {
    std::size_t const size = node.text.size();
    if (more.data() == node.text.data() + size) {
      node.text = {node.text.data(), size + more.size()};
      return;
    }
    if (text_end_ == nullptr || static_cast<std::size_t>(text_end_ - node.text.data()) < size + more.size()) {
      std::size_t const room = 2 * (size + more.size());
      auto* const bytes = static_cast<char*>(arena_.allocate(room, 1));
      std::memcpy(bytes, node.text.data(), size);
      node.text = {bytes, size};
      text_end_ = bytes + room;
    }
    std::memcpy(const_cast<char*>(node.text.data()) + size, more.data(), more.size());
    node.text = {node.text.data(), size + more.size()};
  }

  void declare(Node& node, int count, xmlChar const** declarations) {
    for (int i = count - 1; i >= 0; --i) {
      xmlChar const** const at = declarations + std::ptrdiff_t{2} * i;  // prefix, namespace
      Binding* const binding = make<Binding>();
      binding->prefix = copy(view(at[0]));
      binding->ns = copy(view(at[1]));
      binding->next = node.declarations;
      node.declarations = binding;
      in_scope_.push_back({at[0], binding});
    }
  }

  /// The nearest declaration of a prefix is the one that holds; the parser refuses prefixes that have none.
  /// It keeps each name once, so that pointers compare.
  Binding const* binding_of(xmlChar const* prefix) const {
    for (auto at = in_scope_.rbegin(); at != in_scope_.rend(); ++at) {
      if (at->prefix == prefix) return at->binding;
    }
    return view(prefix) == "xml" ? &xml_prefix : nullptr;
  }

  void add_attributes(Node& node, int count, xmlChar const** attributes) {
    for (int i = count - 1; i >= 0; --i) {
      xmlChar const** const at =
          attributes + std::ptrdiff_t{5} * i;  // name, prefix, namespace, value, end of value
      Attribute* const attribute = make<Attribute>();
      attribute->name = copy(view(at[0]));
      if (at[1] != nullptr) attribute->binding = binding_of(at[1]);
      attribute->value =
          keep({reinterpret_cast<char const*>(at[3]), static_cast<std::size_t>(at[4] - at[3])});
      attribute->next = node.attributes;
      node.attributes = attribute;
    }
  }

  xmlParserCtxtPtr context_;
  std::pmr::monotonic_buffer_resource& arena_;
  std::string_view input_;
  Limits const& limits_;
  Node const* root_ = nullptr;
  Node* open_ = nullptr;
  struct Declaration {
    xmlChar const* prefix;
    Binding const* binding;
  };
  std::pmr::vector<Declaration> in_scope_;
  std::size_t depth_ = 0;
  std::size_t elements_ = 0;
  char const* text_end_ = nullptr;  ///< end of the room behind the last text, when it has any
  std::string error_;
};

Builder& builder(void* user_data) { return *static_cast<Builder*>(user_data); }

void on_start(void* user_data, xmlChar const* name, xmlChar const* prefix, xmlChar const*,
              int declaration_count, xmlChar const** declarations, int attribute_count, int,
              xmlChar const** attributes) {
  builder(user_data).start(name, prefix, declaration_count, declarations, attribute_count, attributes);
}

void on_end(void* user_data, xmlChar const*, xmlChar const*, xmlChar const*) { builder(user_data).end(); }

void on_characters(void* user_data, xmlChar const* text, int length) {
  builder(user_data).characters({reinterpret_cast<char const*>(text), static_cast<std::size_t>(length)});
}

void on_doctype(void* user_data, xmlChar const*, xmlChar const*, xmlChar const*) {
  builder(user_data).refuse("a document type declaration is not allowed");
}

void on_instruction(void* user_data, xmlChar const*, xmlChar const*) {
  builder(user_data).refuse("a processing instruction is not allowed");
}

void on_reference(void* user_data, xmlChar const*) {
  builder(user_data).refuse("an entity other than the five predefined ones is not allowed");
}

void on_error(void* user_data, xmlErrorPtr error) { builder(user_data).parser_error(*error); }

xmlSAXHandler make_handler() {
  xmlSAXHandler handler{};
  handler.initialized = XML_SAX2_MAGIC;
  handler.startElementNs = on_start;
  handler.endElementNs = on_end;
  handler.characters = on_characters;
  handler.ignorableWhitespace = on_characters;
  handler.internalSubset = on_doctype;
  handler.processingInstruction = on_instruction;
  handler.reference = on_reference;
  handler.serror = on_error;
  return handler;
}

struct FreeContext {
  void operator()(xmlParserCtxtPtr context) const { xmlFreeParserCtxt(context); }
};

/// The parser context of this thread: a new one costs more than reading a small message.
class ReusedContext {
 public:
  ReusedContext() {
    static std::once_flag initialised;
    std::call_once(initialised, xmlInitParser);
    if (kept_ != nullptr) return;
    kept_.reset(xmlNewParserCtxt());
    if (kept_ == nullptr) throw std::bad_alloc();
    *kept_->sax = make_handler();
  }
  ~ReusedContext() {
    // It remembers every name it met; those a client chose must not fill the memory of a thread that waits.
    constexpr int names_worth_keeping = 4096;
    if (xmlDictSize(kept_->dict) > names_worth_keeping) kept_.reset();
  }
  ReusedContext(ReusedContext const&) = delete;
  ReusedContext& operator=(ReusedContext const&) = delete;

  [[nodiscard]] xmlParserCtxtPtr get() const { return kept_.get(); }

 private:
  static thread_local std::unique_ptr<xmlParserCtxt, FreeContext> kept_;
};
thread_local std::unique_ptr<xmlParserCtxt, FreeContext> ReusedContext::kept_;

/// Counts the attributes of every tag before libxml2 sees them, because it compares each attribute of an
/// element with all others. Where this lexer and libxml2 would read differently, the text is not well-formed
/// and libxml2 stops there.
bool has_attribute_flood(std::string_view text, std::size_t allowed) {
  auto const equal_signs = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  if (equal_signs <= allowed) return false;
  std::size_t at = 0;
  while ((at = text.find('<', at)) != std::string_view::npos) {
    std::string_view const rest = text.substr(at);
    std::string_view const closer = rest.starts_with("<!--")        ? "-->"
                                    : rest.starts_with("<![CDATA[") ? "]]>"
                                                                    : std::string_view();
    if (!closer.empty()) {
      // The dashes that open a comment do not close it: "<!-->" is only its beginning.
      at = text.find(closer, at + std::string_view("<!--").size());
      if (at == std::string_view::npos) return false;
      continue;
    }
    std::size_t values = 0;
    while (++at < text.size() && text[at] != '>' && text[at] != '<') {
      if (text[at] != '"' && text[at] != '\'') continue;
      if (++values > allowed) return true;
      at = text.find(text[at], at + 1);
      if (at == std::string_view::npos) return false;
    }
  }
  return false;
}

/// A copy the parser can read: behind its end stands a NUL.
std::string_view copy_into(std::pmr::monotonic_buffer_resource& arena, std::string_view utf8) {
  auto* const bytes = static_cast<char*>(arena.allocate(utf8.size() + 1, 1));
  std::memcpy(bytes, utf8.data(), utf8.size());
  bytes[utf8.size()] = '\0';
  return {bytes, utf8.size()};
}

/// Parses `input` where it lies: an xmlParserInput without a buffer of its own is never refilled or moved.
void run_parser(xmlParserCtxtPtr context, Builder& builder, std::string_view input) {
  xmlCtxtReset(context);
  // NOENT: without it libxml2 leaves "&amp;" in attribute values as "&#38;". There is nothing else to expand:
  // a document type declaration stops the parser before anything in it is read.
  xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
  xmlParserInputPtr const stream = xmlNewInputStream(context);
  if (stream == nullptr) throw std::bad_alloc();
  stream->base = reinterpret_cast<xmlChar const*>(input.data());
  stream->cur = stream->base;
  stream->end = stream->base + input.size();
  if (inputPush(context, stream) < 0) {
    xmlFreeInputStream(stream);
    throw std::bad_alloc();
  }
  context->userData = &builder;
  xmlParseDocument(context);
  context->userData = nullptr;
}

std::string_view without_mark(std::string_view utf8) {
  return utf8.starts_with("\xEF\xBB\xBF") ? utf8.substr(3) : utf8;
}

bool may_start_a_document(char c) { return c == '<' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Result<Document> Document::parse(std::string_view utf8, Limits const& limits) {
  utf8 = without_mark(utf8);
  if (utf8.empty()) return fail("the XML document is empty");
  // libxml2 guesses other encodings from the first bytes; none of those guesses is wanted here.
  if (!may_start_a_document(utf8.front())) return fail("line 1: an XML document starts with '<'");
  if (utf8.find('\0') != std::string_view::npos) return fail("the XML document has a NUL character");
  if (utf8.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail("the XML document is larger than 2 GB");
  }
  if (has_attribute_flood(utf8, limits.attributes_per_element)) {
    return fail(fmt::format("an element has more than {} attributes", limits.attributes_per_element));
  }
  auto tree = std::make_unique<Tree>(2 * utf8.size() + limits::kilobyte);
  std::string_view const input = copy_into(tree->arena, utf8);
  ReusedContext const reused;
  xmlParserCtxtPtr const context = reused.get();
  Builder builder(context, tree->arena, input, limits);
  run_parser(context, builder, input);
  if (!builder.error().empty()) return fail(std::move(builder.error()));
  if (context->wellFormed == 0 || context->nsWellFormed == 0 || builder.root() == nullptr) {
    return fail("the XML document is not well-formed");
  }
  tree->root = builder.root();
  return Document(std::move(tree));
}

}  // namespace winrm::xml
