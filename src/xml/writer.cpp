#include "xml/writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/unicode.hpp"

namespace winrm::xml {
namespace {

enum class Class : unsigned char { plain, markup, line, forbidden, high };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> classes{};
  for (std::size_t c = 0; c < 0x20; ++c) classes[c] = Class::forbidden;
  for (std::size_t c = 0x80; c < 0x100; ++c) classes[c] = Class::high;
  for (char const c : {'&', '<', '>', '"', '\r'}) classes[static_cast<unsigned char>(c)] = Class::markup;
  for (char const c : {'\t', '\n'}) classes[static_cast<unsigned char>(c)] = Class::line;
  return classes;
}
constexpr std::array<Class, 256> classes = make_classes();

Class class_of(char c) { return classes[static_cast<unsigned char>(c)]; }

constexpr std::size_t block_size = 16;
using Block __attribute__((vector_size(block_size))) = signed char;

/// Whether a whole block can be copied as it is: most text can, and is looked at 16 characters at a time.
bool is_plain_block(char const* at) {
  Block block;
  std::memcpy(&block, at, block_size);
  // As signed numbers, control characters and everything beyond ASCII are below the space.
  auto const special = (block < ' ') | (block == '&') | (block == '<') | (block == '>') | (block == '"');
  std::array<std::uint64_t, 2> halves;
  static_assert(sizeof halves == sizeof special);
  std::memcpy(halves.data(), &special, sizeof special);
  return (halves[0] | halves[1]) == 0;
}

std::string_view reference_for(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\r':
      return "&#13;";
    case '\n':
      return "&#10;";
    default:
      return "&#9;";
  }
}

bool is_xml_text(std::string_view run) {
  return unicode::is_valid_utf8(run) && run.find("\xEF\xBF\xBE") == std::string_view::npos &&
         run.find("\xEF\xBF\xBF") == std::string_view::npos;
}

/// Up to a block further, as long as the characters are plain.
std::size_t skip_plain(std::string_view text, std::size_t at) {
  std::size_t const end = std::min(text.size(), at + block_size);
  while (at < end && class_of(text[at]) == Class::plain) ++at;
  return at;
}

std::size_t end_of_high_run(std::string_view text, std::size_t at) {
  while (at < text.size() && class_of(text[at]) == Class::high) ++at;
  return at;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Place place) {
  std::size_t written = 0;
  std::size_t at = 0;
  auto const flush = [&] { out.append(text.data() + written, at - written); };
  while (at < text.size()) {
    while (text.size() - at >= block_size && is_plain_block(text.data() + at)) at += block_size;
    if (at == text.size()) break;
    Class const kind = class_of(text[at]);
    if (kind == Class::plain || (kind == Class::line && place == Place::content)) {
      at = skip_plain(text, at + 1);
      continue;
    }
    if (kind == Class::high) {
      std::size_t const end = end_of_high_run(text, at);
      std::string_view const run = text.substr(at, end - at);
      if (!is_xml_text(run)) {
        flush();
        out += unicode::sanitize_for_xml(run);
        written = end;
      }
      at = end;
      continue;
    }
    flush();
    out += kind == Class::forbidden ? std::string_view("\xEF\xBF\xBD") : reference_for(text[at]);
    written = ++at;
  }
  flush();
}

void Writer::finish_start_tag() {
  if (!in_start_tag_) return;
  out_ += '>';
  in_start_tag_ = false;
}

Writer& Writer::open(std::string_view qname) {
  finish_start_tag();
  out_ += '<';
  out_ += qname;
  open_.push_back(qname);
  in_start_tag_ = true;
  return *this;
}

Writer& Writer::attribute(std::string_view qname, std::string_view value) {
  out_ += ' ';
  out_ += qname;
  out_ += "=\"";
  append_escaped(out_, value, Place::attribute);
  out_ += '"';
  return *this;
}

Writer& Writer::declare(std::string_view prefix, std::string_view ns) {
  out_ += prefix.empty() ? " xmlns" : " xmlns:";
  out_ += prefix;
  out_ += "=\"";
  append_escaped(out_, ns, Place::attribute);
  out_ += '"';
  return *this;
}

Writer& Writer::text(std::string_view value) {
  finish_start_tag();
  append_escaped(out_, value);
  return *this;
}

Writer& Writer::raw(std::string_view xml) {
  finish_start_tag();
  out_ += xml;
  return *this;
}

Writer& Writer::close() {
  finish_start_tag();
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Writer& Writer::element(std::string_view qname, std::string_view value) {
  finish_start_tag();
  out_ += '<';
  out_ += qname;
  out_ += '>';
  append_escaped(out_, value);
  out_ += "</";
  out_ += qname;
  out_ += '>';
  return *this;
}

Writer& Writer::empty(std::string_view qname) {
  finish_start_tag();
  out_ += '<';
  out_ += qname;
  out_ += "/>";
  return *this;
}

}  // namespace winrm::xml
