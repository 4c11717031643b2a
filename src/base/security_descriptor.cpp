#include "base/security_descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

#include "base/limits.hpp"
#include "base/unicode.hpp"

namespace winrm::security {

namespace {

constexpr std::uint8_t inherit_only = 0x08;
constexpr std::uint8_t audit_success = 0x40;
constexpr std::uint8_t audit_failure = 0x80;

template <class Value>
struct Token {
  std::string_view name;
  Value value;
};

// MS-DTYP 2.5.1.1; in the order in which rights and flags are written.
constexpr auto ace_types = std::to_array<Token<AceType>>({
    {"A", AceType::allow},
    {"D", AceType::deny},
    {"AU", AceType::audit},
    {"AL", AceType::alarm},
    {"OA", AceType::object_allow},
    {"OD", AceType::object_deny},
    {"OU", AceType::object_audit},
    {"OL", AceType::object_alarm},
});
constexpr auto ace_flags = std::to_array<Token<std::uint8_t>>({
    {"OI", 0x01},
    {"CI", 0x02},
    {"NP", 0x04},
    {"IO", inherit_only},
    {"ID", 0x10},
    {"SA", audit_success},
    {"FA", audit_failure},
});
constexpr auto rights = std::to_array<Token<AccessMask>>({
    {"GA", generic_all}, {"GX", generic_execute}, {"GW", generic_write}, {"GR", generic_read},
    {"FA", 0x001F'01FF}, {"KA", 0x000F'003F},     {"FR", 0x0012'0089},   {"FW", 0x0012'0116},
    {"FX", 0x0012'00A0}, {"KR", 0x0002'0019},     {"KW", 0x0002'0006},   {"KX", 0x0002'0019},
    {"RC", 0x0002'0000}, {"SD", 0x0001'0000},     {"WD", 0x0004'0000},   {"WO", 0x0008'0000},
    {"CC", 0x0000'0001}, {"DC", 0x0000'0002},     {"LC", 0x0000'0004},   {"SW", 0x0000'0008},
    {"RP", 0x0000'0010}, {"WP", 0x0000'0020},     {"DT", 0x0000'0040},   {"LO", 0x0000'0080},
    {"CR", 0x0000'0100},
});

template <class Value>
Token<Value> const* find(std::span<Token<Value> const> tokens, std::string_view name) {
  auto const found = std::ranges::find_if(
      tokens, [&](Token<Value> const& token) { return unicode::equals_ignoring_case(token.name, name); });
  return found == tokens.end() ? nullptr : &*found;
}

/// Names of two letters each, one behind the other.
template <class Value>
std::optional<Value> read_names(std::span<Token<Value> const> tokens, std::string_view text) {
  Value value = 0;
  for (; !text.empty(); text.remove_prefix(2)) {
    auto const* token = text.size() < 2 ? nullptr : find(tokens, text.substr(0, 2));
    if (token == nullptr) return std::nullopt;
    value = static_cast<Value>(value | token->value);
  }
  return value;
}

std::optional<AccessMask> read_rights(std::string_view text) {
  bool const is_number = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!is_number) return read_names<AccessMask>(rights, text);
  int base = text.front() == '0' ? 8 : 10;
  if (unicode::starts_with_ignoring_case(text, "0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  AccessMask mask = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return mask;
}

bool is_guid(std::string_view text) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.empty()) return true;
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '-' ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  return true;
}

/// "P", "AR" and "AI", in any order.
bool is_control(std::string_view text) {
  while (!text.empty()) {
    auto const length = unicode::starts_with_ignoring_case(text, "P") ? std::size_t{1} : std::size_t{2};
    auto const word = text.substr(0, length);
    if (length == 2 && !unicode::equals_ignoring_case(word, "AR") &&
        !unicode::equals_ignoring_case(word, "AI"))
      return false;
    text.remove_prefix(std::min(length, text.size()));
  }
  return true;
}

std::array<std::string_view, 6> split_fields(std::string_view text, std::size_t& count) {
  std::array<std::string_view, 6> fields;
  count = 0;
  while (true) {
    auto const semicolon = text.find(';');
    if (count < fields.size()) fields[count] = text.substr(0, semicolon);
    ++count;
    if (semicolon == text.npos) return fields;
    text.remove_prefix(semicolon + 1);
  }
}

Result<Ace> read_ace(std::string_view text) {
  std::size_t count = 0;
  auto const [type, flags, mask, object, inherited, account] = split_fields(text, count);
  auto const wrong = [&](std::string_view what) {
    return fail(fmt::format("in the entry ({}): {}", text.substr(0, 200), what));
  };
  if (count != 6) return wrong("it needs six fields: TYPE;FLAGS;RIGHTS;OBJECT;INHERITED OBJECT;ACCOUNT");
  auto const* known_type = find<AceType>(ace_types, type);
  if (known_type == nullptr)
    return wrong(
        "its type is none of A (allow), D (deny) and AU (audit); conditional entries and labels are not "
        "known");
  auto const known_flags = read_names<std::uint8_t>(ace_flags, flags);
  if (!known_flags) return wrong("its flags are not made of OI, CI, NP, IO, ID, SA and FA");
  auto const known_rights = read_rights(mask);
  if (!known_rights) return wrong("its rights are not made of names such as GA, GR, GW and GX, nor a number");
  if (!is_guid(object) || !is_guid(inherited)) return wrong("an object is a GUID or empty");
  auto sid = Sid::parse(account);
  if (!sid) return wrong(sid.error().message);
  return Ace{known_type->value,   *known_flags,           *known_rights,
             std::string(object), std::string(inherited), std::move(*sid)};
}

Result<Acl> read_acl(std::string_view text) {
  Acl acl;
  auto const first = std::min(text.find('('), text.size());
  if (!is_control(text.substr(0, first)))
    return fail(fmt::format("\"{}\" is none of the flags P, AR and AI of a list", text.substr(0, first)));
  for (char const c : text.substr(0, first)) acl.control += static_cast<char>(c & ~0x20);
  text.remove_prefix(first);
  while (!text.empty()) {
    auto const end = text.find(')');
    if (text.front() != '(' || end == text.npos)
      return fail(
          fmt::format("an entry is written in parentheses, which are missing at \"{}\"", text.substr(0, 40)));
    auto ace = read_ace(text.substr(1, end - 1));
    if (!ace) return tl::unexpected(ace.error());
    acl.entries.push_back(std::move(*ace));
    text.remove_prefix(end + 1);
  }
  return acl;
}

/// Where the next of O:, G:, D: and S: begins. None of them is a part of an account's name or of an entry.
std::size_t end_of_part(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ':' && depth == 0) return i - (i > 0 ? 1 : 0);
  }
  return text.size();
}

std::string written_mask(AccessMask mask) {
  std::string names;
  for (auto const& right : rights) {
    if ((mask & right.value) != right.value) continue;
    names += right.name;
    mask &= ~right.value;
  }
  return mask == 0 ? names : std::string{};
}

std::string written_acl(char part, Acl const& acl) {
  auto out = fmt::format("{}:{}", part, acl.control);
  for (auto const& ace : acl.entries) {
    std::string flags;
    for (auto const& flag : ace_flags)
      if ((ace.flags & flag.value) != 0) flags += flag.name;
    auto const mask = written_mask(ace.mask);
    out += fmt::format("({};{};{};{};{};{})",
                       std::ranges::find(ace_types, ace.type, &Token<AceType>::value)->name, flags,
                       mask.empty() && ace.mask != 0 ? fmt::format("0x{:x}", ace.mask) : mask,
                       ace.object_guid, ace.inherit_guid, ace.sid.sddl());
  }
  return out;
}

/// GA is every right (MS-DTYP 2.5.3.2: generic rights are mapped before the check).
AccessMask mapped(AccessMask mask) {
  return (mask & generic_all) != 0 ? mask | generic_read | generic_write | generic_execute : mask;
}

bool is_about(Ace const& ace, SidSet const& who) {
  return (ace.flags & inherit_only) == 0 && std::ranges::find(who, ace.sid) != who.end();
}

}  // namespace

Result<Descriptor> Descriptor::parse(std::string_view sddl) {
  if (sddl.size() > limits::sddl_bytes)
    return fail(fmt::format("a security descriptor is at most {} bytes long", limits::sddl_bytes));
  Descriptor descriptor;
  auto rest = sddl;
  // The parts stand in this order, each at most once.
  for (char const part : std::string_view("OGDS")) {
    if (rest.size() < 2 || rest[1] != ':' || (rest[0] & ~0x20) != part) continue;
    rest.remove_prefix(2);
    auto const text = rest.substr(0, end_of_part(rest));
    rest.remove_prefix(text.size());
    if (part == 'O' || part == 'G') {
      auto sid = Sid::parse(text);
      if (!sid) return tl::unexpected(sid.error());
      (part == 'O' ? descriptor.owner_ : descriptor.group_) = std::move(*sid);
    } else {
      auto acl = read_acl(text);
      if (!acl) return tl::unexpected(acl.error());
      (part == 'D' ? descriptor.access_ : descriptor.audit_) = std::move(*acl);
    }
  }
  if (!rest.empty() || sddl.empty())
    return fail(
        fmt::format("a security descriptor is O:OWNER G:GROUP D:(ENTRY)… S:(ENTRY)… without blanks; "
                    "it is not from \"{}\" on",
                    rest.substr(0, 40)));
  return descriptor;
}

std::string Descriptor::sddl() const {
  std::string out;
  if (owner_) out += fmt::format("O:{}", owner_->sddl());
  if (group_) out += fmt::format("G:{}", group_->sddl());
  if (access_) out += written_acl('D', *access_);
  if (audit_) out += written_acl('S', *audit_);
  return out;
}

bool Descriptor::allows(SidSet const& who, AccessMask wanted) const {
  auto missing = mapped(wanted) & ~generic_all;
  if (!access_ || missing == 0) return false;
  for (auto const& ace : access_->entries) {
    if (!is_about(ace, who)) continue;
    bool const denies = ace.type == AceType::deny || ace.type == AceType::object_deny;
    if (denies && (mapped(ace.mask) & missing) != 0) return false;
    if (ace.type == AceType::allow) missing &= ~mapped(ace.mask);
    if (missing == 0) return true;
  }
  return false;
}

bool Descriptor::audits(SidSet const& who, AccessMask wanted, Attempt attempt) const {
  if (!audit_) return false;
  auto const flag = attempt == Attempt::success ? audit_success : audit_failure;
  return std::ranges::any_of(audit_->entries, [&](Ace const& ace) {
    return ace.type == AceType::audit && (ace.flags & flag) != 0 &&
           (mapped(ace.mask) & mapped(wanted)) != 0 && is_about(ace, who);
  });
}

bool is_usable_descriptor(std::string_view sddl) {
  auto const descriptor = Descriptor::parse(sddl);
  return descriptor && descriptor->access_list();
}

}  // namespace winrm::security
