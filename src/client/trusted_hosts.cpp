#include "client/trusted_hosts.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/unicode.hpp"

namespace winrm::client {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view without_brackets(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

bool is_pattern_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '*';
}

bool is_ipv6_pattern(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef:.*%") == std::string_view::npos &&
         text.find(':') != std::string_view::npos;
}

/// Iterative, so that a long row of '*' costs no more than text times pattern.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star) {
      p = *star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

template <int family, std::size_t bytes>
std::optional<std::array<std::uint8_t, bytes>> address(std::string_view host) {
  std::array<std::uint8_t, bytes> binary{};
  std::string const text(host);
  if (inet_pton(family, text.c_str(), binary.data()) != 1) return std::nullopt;
  return binary;
}

std::string_view without_zone(std::string_view host) { return host.substr(0, host.find('%')); }

}  // namespace

Result<TrustedHosts> TrustedHosts::parse(std::string_view list) {
  TrustedHosts hosts;
  while (!list.empty()) {
    auto const comma = list.find(',');
    auto const entry = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    if (entry.empty()) continue;

    auto pattern = unicode::to_lower_ascii(entry);
    if (pattern == "<local>") {
      hosts.local_names_ = true;
      continue;
    }
    auto const bare = std::string(without_brackets(pattern));
    bool const in_brackets = bare.size() != pattern.size();
    bool const valid =
        in_brackets ? is_ipv6_pattern(bare) : std::all_of(bare.begin(), bare.end(), is_pattern_character);
    if (!valid)
      return fail(
          fmt::format("TrustedHosts: \"{}\" is not a host name, an address or a pattern with '*' "
                      "(IPv6 addresses stand in brackets)",
                      entry));
    hosts.patterns_.push_back(bare);
  }
  return hosts;
}

bool TrustedHosts::trusts(std::string_view host) const {
  auto const name = unicode::to_lower_ascii(without_brackets(host));
  if (local_names_ && name.find_first_of(".:") == std::string::npos) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](std::string const& pattern) { return matches(pattern, name); });
}

bool is_loopback(std::string_view host) {
  auto const name = without_brackets(host);
  if (unicode::equals_ignoring_case(name, "localhost")) return true;
  if (auto const v4 = address<AF_INET, 4>(name)) return v4->front() == 127;
  if (auto const v6 = address<AF_INET6, 16>(name)) {
    std::array<std::uint8_t, 16> loopback{};
    loopback.back() = 1;
    return *v6 == loopback;
  }
  return false;
}

bool is_ip_address(std::string_view host) {
  auto const name = without_zone(without_brackets(host));
  return address<AF_INET, 4>(name).has_value() || address<AF_INET6, 16>(name).has_value();
}

}  // namespace winrm::client
