// XML from clients: whatever is accepted can be read everywhere, keeps to the limits, and its serialization
// is read back as the same document.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/unicode.hpp"
#include "xml/document.hpp"
#include "xml/writer.hpp"

using winrm::xml::Document;
using winrm::xml::Element;

namespace {

void compare(Element const& a, Element const& b, std::size_t depth) {
  if (depth > winrm::limits::xml_depth) std::abort();
  if (!a.is(b.ns(), b.local_name()) || a.text() != b.text() || a.child_count() != b.child_count())
    std::abort();
  if (!winrm::unicode::is_valid_utf8(a.text())) std::abort();
  Element other = b.first_child();
  for (Element const child : a.children()) {
    compare(child, other, depth + 1);
    other = other.next_sibling();
  }
}

void check_writer(std::string_view bytes) {
  std::string out;
  winrm::xml::Writer(out).open("t").attribute("v", bytes).text(bytes).close();
  auto const document = Document::parse(out);
  if (!document || document->root().text() != document->root().attribute("", "v")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  check_writer(bytes);
  auto const document = Document::parse(bytes);
  if (!document) return 0;
  auto const again = Document::parse(document->root().serialize());
  if (!again) std::abort();
  compare(document->root(), again->root(), 1);
  return 0;
}
