#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/session.hpp"
#include "xml/document.hpp"

namespace winrm::client {

/// How an enumeration answers.
struct EnumerateOptions {
  enum class Mode { object, epr, object_and_epr };
  enum class Polymorphism { include_sub_class_properties, exclude_sub_class_properties, none };

  Mode mode = Mode::object;
  std::optional<Polymorphism> polymorphism;  ///< not sent when absent
  std::string filter_dialect;                ///< a dialect URI, "" for no filter
  std::string filter_xml;                    ///< what stands in wsman:Filter: escaped text, or XML
  std::uint32_t max_elements = 1000;         ///< in one answer; at least 1
};

/// One enumeration, pulled as its items are read. Not thread-safe. `session` must outlive it.
class Enumerator {
 public:
  /// Sends Enumerate. Throws Failure.
  Enumerator(Session& session, ResourceLocator resource, EnumerateOptions const& options);
  /// Releases what was not read to its end.
  ~Enumerator();
  Enumerator(Enumerator const&) = delete;
  Enumerator& operator=(Enumerator const&) = delete;

  /// The next item (an instance, an EndpointReference, or a wsman:Item of both), valid until the next call;
  /// none at the end. Throws Failure.
  [[nodiscard]] std::optional<xml::Element> next();
  /// True when next() would answer without asking the service: print what there is before it does.
  [[nodiscard]] bool is_ready() const noexcept { return static_cast<bool>(upcoming_) || context_.empty(); }

 private:
  void take(wsman::Answer answer);
  void pull();

  Session& session_;
  ResourceLocator resource_;
  std::uint32_t max_elements_;
  std::optional<wsman::Answer> batch_;
  xml::Element upcoming_;
  std::string context_;  ///< "" once the service has no more
};

}  // namespace winrm::client
