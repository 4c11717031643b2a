#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/call.hpp"
#include "wsman/selectors.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman {
struct SubscribeRequest;
}

namespace winrm::engine {

class EventSource;

/// wsman:EnumerationMode.
enum class EnumerationMode { object, epr, object_and_epr };
/// wsmb:PolymorphismMode.
enum class Polymorphism { include_subclass_properties, exclude_subclass_properties, none };

/// wsman:Filter or wsen:Filter of an Enumerate. `element` lives as long as the call.
struct Filter {
  std::string dialect;   ///< the URI as sent; XPath when the element had none
  std::string text;      ///< character content
  xml::Element element;  ///< the Filter element, for structured dialects
};

/// What an Enumerate asks of a plug-in; batching is the engine's.
struct EnumerateRequest {
  EnumerationMode mode = EnumerationMode::object;
  Polymorphism polymorphism = Polymorphism::include_subclass_properties;
  std::optional<Filter> filter;
};

/// One item of an enumeration, as XML ready for wsman:Items. `object` is filled unless the mode is epr;
/// `reference` (a whole a:EndpointReference element) unless it is object.
struct Item {
  std::string object;
  std::string reference;
};

/// How long a source may look for its next item: until a point in time, and while somebody waits for it.
/// `call` outlives it.
class TimeLimit {
 public:
  TimeLimit(Call const& call, Deadline until) : call_(call), until_(until) {}
  [[nodiscard]] bool is_over() const { return call_.answered() || SteadyClock::now() >= until_; }

 private:
  Call const& call_;
  Deadline until_;
};

/// Thrown by ItemSource::next_within(): the time was over before there was an item.
struct TimeIsOver {};

/// The items of one enumeration, made as they are asked for: memory does not grow with their number. Lives in
/// the host of its account; used by one thread at a time; destroyed when released, finished or expired.
class ItemSource {
 public:
  virtual ~ItemSource() = default;
  /// False at the end. Throws wsman::Fault.
  virtual bool next(Item& item) = 0;
  /// The same for a source that may pass over much before it finds an item: throws TimeIsOver when `limit` is
  /// over, and goes on from there when it is asked again. The others take no notice of the limit.
  virtual bool next_within(Item& item, TimeLimit const& limit);
};

/// A set of resources. Operations run on the host's worker threads, several at once, as the call's account;
/// they write the content of the SOAP Body, or throw wsman::Fault. What is not overridden answers
/// wsa:ActionNotSupported.
class Plugin {
 public:
  virtual ~Plugin() = default;
  /// As f:ProviderFault names it: "WMI Provider".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Whether this plug-in answers for a resource URI (without case).
  [[nodiscard]] virtual bool serves(std::string_view resource_uri) const = 0;

  virtual void get(Call const& call, xml::Writer& body);
  virtual void put(Call const& call, xml::Writer& body);
  virtual void create(Call const& call, xml::Writer& body);
  virtual void remove(Call const& call, xml::Writer& body);
  /// An action of the resource's own: `<ResourceURI>/<method>`.
  virtual void invoke(Call const& call, std::string_view method, xml::Writer& body);
  [[nodiscard]] virtual std::unique_ptr<ItemSource> enumerate(Call const& call,
                                                              EnumerateRequest const& request);
  /// The events behind a Subscribe's bookmark that its filter admits. Quick: what takes time is for
  /// EventSource::open(). Never null.
  [[nodiscard]] virtual std::unique_ptr<EventSource> subscribe(Call const& call,
                                                               wsman::SubscribeRequest const& request);
};

}  // namespace winrm::engine
