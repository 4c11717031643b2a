#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::wsman {

struct EndpointReference;

/// One wsman:Selector: a text value, or an endpoint reference for keys of reference type.
struct Selector {
  std::string name;
  std::string value;
  std::vector<EndpointReference> reference;  ///< empty, or exactly one
};

/// In the order of the message. Names compare without case (MS-WSMV 3.1.4.1.5).
class SelectorSet {
 public:
  void add(Selector selector);
  void add(std::string name, std::string value);
  [[nodiscard]] Selector const* find(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> value_of(std::string_view name) const;
  [[nodiscard]] bool empty() const noexcept { return selectors_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return selectors_.size(); }
  [[nodiscard]] auto begin() const noexcept { return selectors_.begin(); }
  [[nodiscard]] auto end() const noexcept { return selectors_.end(); }

 private:
  std::vector<Selector> selectors_;
};

/// wsa:EndpointReference as WS-Management uses it: an address, a resource URI and selectors.
struct EndpointReference {
  std::string address;
  std::string resource_uri;
  SelectorSet selectors;
};

/// One wsman:Option.
struct Option {
  std::string name;
  std::string value;
  std::string type;
  bool must_comply = false;
  bool nil = false;
};

/// Names compare without case.
class OptionSet {
 public:
  void add(Option option) { options_.push_back(std::move(option)); }
  [[nodiscard]] Option const* find(std::string_view name) const;
  /// "TRUE", "True", "1" … ; `otherwise` when absent or not a boolean.
  [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
  [[nodiscard]] bool empty() const noexcept { return options_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return options_.size(); }
  [[nodiscard]] auto begin() const noexcept { return options_.begin(); }
  [[nodiscard]] auto end() const noexcept { return options_.end(); }

 private:
  std::vector<Option> options_;
};

}  // namespace winrm::wsman
