#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sid.hpp"

/// Security descriptors in their text form, SDDL (MS-DTYP 2.5.1): who may do what.
namespace winrm::security {

/// Bits of an access mask (MS-DTYP 2.4.3) that WS-Management resources know.
using AccessMask = std::uint32_t;
inline constexpr AccessMask generic_all = 0x1000'0000;
inline constexpr AccessMask generic_execute = 0x2000'0000;
inline constexpr AccessMask generic_write = 0x4000'0000;
inline constexpr AccessMask generic_read = 0x8000'0000;

enum class AceType { allow, deny, audit, alarm, object_allow, object_deny, object_audit, object_alarm };

/// One access control entry.
struct Ace {
  AceType type = AceType::allow;
  std::uint8_t flags = 0;
  AccessMask mask = 0;
  std::string object_guid;
  std::string inherit_guid;
  Sid sid;
};

struct Acl {
  std::string control;  ///< "P", "PAI", "", as written
  std::vector<Ace> entries;
};

/// What becomes of one attempt (Descriptor::audits).
enum class Attempt { failure, success };

class Descriptor {
 public:
  /// Anything that is not whole SDDL is an error that says where; so are conditional entries and
  /// integrity labels, which are not evaluated here. At most limits::sddl_bytes.
  [[nodiscard]] static Result<Descriptor> parse(std::string_view sddl);

  /// The same, as this service writes it: short names of accounts, rights by name.
  [[nodiscard]] std::string sddl() const;

  /// True when the entries allow every right of `wanted` to one who is all of `who`. In their order, as
  /// Windows does: the first that speaks about a right decides it, and what none allows is denied. Without a
  /// list (D:) nobody is let in, other than on Windows. Entries for inheritance only and for a kind of object
  /// do not allow anything; the latter do deny.
  [[nodiscard]] bool allows(SidSet const& who, AccessMask wanted) const;
  /// Whether the S: part asks to record such an attempt.
  [[nodiscard]] bool audits(SidSet const& who, AccessMask wanted, Attempt attempt) const;

  [[nodiscard]] std::optional<Sid> const& owner() const noexcept { return owner_; }
  [[nodiscard]] std::optional<Sid> const& group() const noexcept { return group_; }
  [[nodiscard]] std::optional<Acl> const& access_list() const noexcept { return access_; }
  [[nodiscard]] std::optional<Acl> const& audit_list() const noexcept { return audit_; }

 private:
  std::optional<Sid> owner_;
  std::optional<Sid> group_;
  std::optional<Acl> access_;
  std::optional<Acl> audit_;
};

/// A descriptor that can rule a resource: valid, and with a list of who is let in.
[[nodiscard]] bool is_usable_descriptor(std::string_view sddl);

}  // namespace winrm::security
