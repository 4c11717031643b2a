#include "base/sid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/unicode.hpp"

namespace winrm {

namespace {

struct NamedSid {
  std::string_view name;
  std::string_view sid;  ///< empty: relative to a Windows domain, which this machine has none of
};

/// MS-DTYP 2.5.1.1, sid-token, with the values of 2.4.2.4.
constexpr auto named_sids = std::to_array<NamedSid>({
    {"AC", "S-1-15-2-1"},
    {"AN", "S-1-5-7"},
    {"AO", "S-1-5-32-548"},
    {"AP", ""},
    {"AS", "S-1-18-1"},
    {"AU", "S-1-5-11"},
    {"BA", "S-1-5-32-544"},
    {"BG", "S-1-5-32-546"},
    {"BO", "S-1-5-32-551"},
    {"BU", "S-1-5-32-545"},
    {"CA", ""},
    {"CD", "S-1-5-32-574"},
    {"CG", "S-1-3-1"},
    {"CN", ""},
    {"CO", "S-1-3-0"},
    {"CY", "S-1-5-32-569"},
    {"DA", ""},
    {"DC", ""},
    {"DD", ""},
    {"DG", ""},
    {"DU", ""},
    {"EA", ""},
    {"ED", "S-1-5-9"},
    {"EK", ""},
    {"ER", "S-1-5-32-573"},
    {"ES", "S-1-5-32-576"},
    {"HA", "S-1-5-32-578"},
    {"HI", "S-1-16-12288"},
    {"IS", "S-1-5-32-568"},
    {"IU", "S-1-5-4"},
    {"KA", ""},
    {"LA", ""},
    {"LG", ""},
    {"LS", "S-1-5-19"},
    {"LU", "S-1-5-32-559"},
    {"LW", "S-1-16-4096"},
    {"ME", "S-1-16-8192"},
    {"MP", "S-1-16-8448"},
    {"MS", "S-1-5-32-577"},
    {"MU", "S-1-5-32-558"},
    {"NO", "S-1-5-32-556"},
    {"NS", "S-1-5-20"},
    {"NU", "S-1-5-2"},
    {"OW", "S-1-3-4"},
    {"PA", ""},
    {"PO", "S-1-5-32-550"},
    {"PS", "S-1-5-10"},
    {"PU", "S-1-5-32-547"},
    {"RA", "S-1-5-32-575"},
    {"RC", "S-1-5-12"},
    {"RD", "S-1-5-32-555"},
    {"RE", "S-1-5-32-552"},
    {"RM", "S-1-5-32-580"},
    {"RO", ""},
    {"RS", ""},
    {"RU", "S-1-5-32-554"},
    {"SA", ""},
    {"SI", "S-1-16-16384"},
    {"SO", "S-1-5-32-549"},
    {"SS", "S-1-18-2"},
    {"SU", "S-1-5-6"},
    {"SY", "S-1-5-18"},
    {"UD", "S-1-5-84-0-0-0-0-0"},
    {"WD", "S-1-1-0"},
    {"WR", "S-1-5-33"},
});

constexpr std::uint64_t largest_authority = 0xFFFF'FFFF'FFFF;
constexpr std::uint64_t largest_sub_authority = 0xFFFF'FFFF;
constexpr std::size_t most_sub_authorities = 15;

std::optional<std::uint64_t> read_number(std::string_view text, std::uint64_t largest) {
  int base = 10;
  if (unicode::starts_with_ignoring_case(text, "0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > largest)
    return std::nullopt;
  return value;
}

/// "5-32-544" as numbers; empty when it is not an authority and one to fifteen sub-authorities.
std::vector<std::uint64_t> read_parts(std::string_view text) {
  std::vector<std::uint64_t> parts;
  while (true) {
    auto const dash = text.find('-');
    auto const value =
        read_number(text.substr(0, dash), parts.empty() ? largest_authority : largest_sub_authority);
    if (!value || parts.size() > most_sub_authorities) return {};
    parts.push_back(*value);
    if (dash == std::string_view::npos) break;
    text.remove_prefix(dash + 1);
  }
  return parts.size() < 2 ? std::vector<std::uint64_t>{} : parts;
}

/// MS-DTYP 2.4.2.1: an authority that does not fit 32 bits is written in hexadecimal.
std::string written(std::vector<std::uint64_t> const& parts) {
  auto text = parts.front() > largest_sub_authority ? fmt::format("S-1-0x{:012X}", parts.front())
                                                    : fmt::format("S-1-{}", parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) text += fmt::format("-{}", parts[i]);
  return text;
}

}  // namespace

Result<Sid> Sid::parse(std::string_view text) {
  constexpr std::string_view first_revision = "S-1-";
  if (unicode::starts_with_ignoring_case(text, first_revision)) {
    auto const parts = read_parts(text.substr(first_revision.size()));
    if (!parts.empty()) return Sid(written(parts));
  }
  auto const named = std::ranges::find_if(
      named_sids, [&](NamedSid const& row) { return unicode::equals_ignoring_case(row.name, text); });
  if (named == named_sids.end())
    return fail(fmt::format(
        "\"{}\" is no account: write a security identifier (S-1-22-1-UID for an account of this machine, "
        "S-1-22-2-GID for a group) or a name such as BA, RM, IU, AU or WD",
        text.substr(0, 80)));
  return Sid(std::string(named->sid.empty() ? named->name : named->sid));
}

Sid Sid::of_user(uid_t uid) { return Sid(fmt::format("S-1-22-1-{}", uid)); }
Sid Sid::of_group(gid_t gid) { return Sid(fmt::format("S-1-22-2-{}", gid)); }
Sid Sid::everyone() { return Sid("S-1-1-0"); }
Sid Sid::authenticated_users() { return Sid("S-1-5-11"); }
Sid Sid::interactive() { return Sid("S-1-5-4"); }
Sid Sid::network() { return Sid("S-1-5-2"); }
Sid Sid::administrators() { return Sid("S-1-5-32-544"); }
Sid Sid::remote_management_users() { return Sid("S-1-5-32-580"); }

std::string_view Sid::sddl() const noexcept {
  auto const named = std::ranges::find(named_sids, std::string_view(text_), &NamedSid::sid);
  return named == named_sids.end() ? std::string_view(text_) : named->name;
}

}  // namespace winrm
