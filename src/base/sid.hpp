#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace winrm {

/// A security identifier (MS-DTYP 2.4.2): who, to Windows. Immutable; cheap to compare.
class Sid {
 public:
  /// "S-1-5-32-544", or one of the two-letter names of MS-DTYP 2.5.1.1 ("BA"), in any case. Names that only
  /// mean something in a Windows domain ("DA") are kept, and are nobody here.
  [[nodiscard]] static Result<Sid> parse(std::string_view text);
  /// Unix ids in the authority that Samba made for them: S-1-22-1-uid and S-1-22-2-gid.
  [[nodiscard]] static Sid of_user(uid_t uid);
  [[nodiscard]] static Sid of_group(gid_t gid);

  static Sid everyone();                 ///< WD
  static Sid authenticated_users();      ///< AU
  static Sid interactive();              ///< IU: came over the socket of this machine
  static Sid network();                  ///< NU
  static Sid administrators();           ///< BA
  static Sid remote_management_users();  ///< RM

  /// "S-1-5-32-544"; "DA" for a name of a domain.
  [[nodiscard]] std::string const& text() const noexcept { return text_; }
  /// As a descriptor writes it: "BA" where there is such a name.
  [[nodiscard]] std::string_view sddl() const noexcept;

  friend bool operator==(Sid const&, Sid const&) = default;
  friend auto operator<=>(Sid const&, Sid const&) = default;

 private:
  explicit Sid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Everyone an identity is: itself, its groups, what it is for us. Empty: nobody.
using SidSet = std::vector<Sid>;

}  // namespace winrm
