#include "auth/access_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/unicode.hpp"

namespace winrm::auth {

namespace {

/// As Windows gives the session configuration of PowerShell (windows-surface 4.5).
constexpr std::string_view shipped_descriptor =
    "O:NSG:BAD:P(A;;GA;;;BA)(A;;GA;;;IU)(A;;GA;;;RM)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)";
constexpr std::array<std::string_view, 4> shipped_resources{
    "http://schemas.microsoft.com/wbem/wsman/1/wmi", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema",
    "http://schemas.dmtf.org/wbem/wscim/1/*", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"};

security::Descriptor administrators_only() { return *security::Descriptor::parse("D:P(A;;GA;;;BA)"); }

Result<security::Descriptor> readable(std::string_view sddl, std::string_view of) {
  return security::Descriptor::parse(sddl).map_error([&](Error const& error) {
    return Error{fmt::format("the security descriptor of {}: {}", of, error.message)};
  });
}

constexpr std::array<security::AccessMask, 3> each_right{security::generic_read, security::generic_write,
                                                         security::generic_execute};

bool allows_something(security::Descriptor const& descriptor, SidSet const& who) {
  return std::ranges::any_of(each_right, [&](auto const right) { return descriptor.allows(who, right); });
}

}  // namespace

AccessRules::AccessRules() : AccessRules(administrators_only(), {}) {}

Result<AccessRules> AccessRules::make(std::string_view root,
                                      std::vector<config::ResourceSecurity> const& own) {
  auto root_descriptor = readable(root, "Service.RootSDDL");
  if (!root_descriptor) return tl::unexpected(root_descriptor.error());
  std::vector<Rule> rules;
  // Policy stands behind the file's own entries, and these behind what is shipped: the last one counts.
  auto all = shipped_security();
  all.insert(all.end(), own.begin(), own.end());
  for (auto const& entry : all) {
    auto descriptor = readable(entry.sddl, entry.uri);
    if (!descriptor) return tl::unexpected(descriptor.error());
    std::erase_if(rules, [&](Rule const& rule) {
      return rule.exact_match == entry.exact_match && unicode::equals_ignoring_case(rule.uri, entry.uri);
    });
    rules.push_back({entry.uri, entry.exact_match, std::move(*descriptor)});
  }
  // Of two of one length, the exact one is about less.
  std::ranges::stable_sort(rules, [](Rule const& a, Rule const& b) {
    return a.uri.size() != b.uri.size() ? a.uri.size() > b.uri.size() : a.exact_match > b.exact_match;
  });
  return AccessRules(std::move(*root_descriptor), std::move(rules));
}

security::Descriptor const& AccessRules::descriptor_of(std::string_view resource_uri) const {
  for (auto const& rule : rules_) {
    bool const fits = rule.exact_match ? unicode::equals_ignoring_case(resource_uri, rule.uri)
                                       : is_at_or_below(resource_uri, rule.uri);
    if (fits) return rule.descriptor;
  }
  return root_;
}

bool AccessRules::admits(SidSet const& who) const {
  return allows_something(root_, who) || std::ranges::any_of(rules_, [&](Rule const& rule) {
           return allows_something(rule.descriptor, who);
         });
}

std::vector<config::ResourceSecurity> shipped_security() {
  std::vector<config::ResourceSecurity> entries;
  for (auto const uri : shipped_resources)
    entries.push_back({std::string(uri), std::string(shipped_descriptor), false, {}});
  return entries;
}

bool is_at_or_below(std::string_view resource_uri, std::string_view uri) {
  if (!unicode::starts_with_ignoring_case(resource_uri, uri)) return false;
  auto const rest = resource_uri.substr(uri.size());
  return rest.empty() || uri.ends_with('/') || rest.front() == '/' || rest.front() == '?';
}

}  // namespace winrm::auth
