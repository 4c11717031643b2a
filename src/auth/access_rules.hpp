#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/security_descriptor.hpp"
#include "config/settings.hpp"

namespace winrm::auth {

/// Which security descriptor rules which resource (windows-surface 1.5). Immutable; thread-safe.
class AccessRules {
 public:
  /// Administrators may do everything and nobody else anything: what holds while there is no other word.
  AccessRules();
  /// `root` for what no entry of `own` fits. The entries add to those that the service ships, and replace
  /// those of the same resource.
  [[nodiscard]] static Result<AccessRules> make(std::string_view root,
                                                std::vector<config::ResourceSecurity> const& own);

  /// The descriptor of the longest resource that `resource_uri` is or lies below, without case.
  [[nodiscard]] security::Descriptor const& descriptor_of(std::string_view resource_uri) const;
  /// True when `who` may do at least one thing with at least one resource.
  [[nodiscard]] bool admits(SidSet const& who) const;

 private:
  struct Rule {
    std::string uri;
    bool exact_match;
    security::Descriptor descriptor;
  };
  AccessRules(security::Descriptor root, std::vector<Rule> rules)
      : root_(std::move(root)), rules_(std::move(rules)) {}

  security::Descriptor root_;
  std::vector<Rule> rules_;  ///< the longest first
};

/// The descriptors that the service ships: of CIM classes and of remote shells, for administrators, users at
/// this machine and remote management users.
[[nodiscard]] std::vector<config::ResourceSecurity> shipped_security();

/// True when `resource_uri` is `uri` or lies below it ("/" or "?" follows), without case.
[[nodiscard]] bool is_at_or_below(std::string_view resource_uri, std::string_view uri);

}  // namespace winrm::auth
