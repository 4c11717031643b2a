#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::xml {

/// Where escaped text is going. In an attribute value tabs and line feeds are escaped too: a reader would
/// turn them into spaces (XML 1.0 3.3.3).
enum class Place { content, attribute };

/// Appends `text` with & < > " and carriage returns escaped; valid in content and in attribute values.
/// Invalid UTF-8 and characters XML 1.0 forbids become U+FFFD. The one escaping function of the project.
void append_escaped(std::string& out, std::string_view text, Place place = Place::content);

/// Writes XML forward into one string. Names are qualified ("w:Items") and written as given: they come from
/// our own tables, never from the network. Elements without content are written <x></x> when opened and
/// closed, <x/> by empty(). Not thread-safe.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer(Writer const&) = delete;
  Writer& operator=(Writer const&) = delete;

  /// Opens <qname>. `qname` must stay alive until the matching close().
  Writer& open(std::string_view qname);
  /// Only between open() and the first content.
  Writer& attribute(std::string_view qname, std::string_view value);
  Writer& declare(std::string_view prefix, std::string_view ns);
  Writer& text(std::string_view value);
  /// Content that is already XML: the output of another Writer or of Element::serialize().
  Writer& raw(std::string_view xml);
  Writer& close();

  /// <qname>value</qname>
  Writer& element(std::string_view qname, std::string_view value);
  /// <qname/>
  Writer& empty(std::string_view qname);

  /// Bytes written to the string so far, for size budgets.
  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  [[nodiscard]] std::string& buffer() noexcept { return out_; }

 private:
  void finish_start_tag();

  std::string& out_;
  std::vector<std::string_view> open_;
  bool in_start_tag_ = false;
};

}  // namespace winrm::xml
