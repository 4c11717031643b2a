#include "providers/account/identifiers.hpp"

#include "base/sid.hpp"

namespace winrm::providers {

namespace {

cim::Reference reference(char const* class_name, std::string const& name, std::string const& domain) {
  return {"root/cimv2", class_name, {{"Domain", domain, {}}, {"Name", name, {}}}};
}

}  // namespace

std::string sid_of_user(uid_t uid) { return Sid::of_user(uid).text(); }
std::string sid_of_group(gid_t gid) { return Sid::of_group(gid).text(); }

bool is_system_account(system::User const& user, system::AccountPolicy const& policy) {
  constexpr uid_t root = 0;
  constexpr uid_t nobody = 65534;
  // DynamicUser= of systemd.exec(5).
  constexpr uid_t first_dynamic = 61184;
  constexpr uid_t last_dynamic = 65519;
  if (user.uid == root) return false;
  return user.uid < policy.first_user || user.uid == nobody ||
         (user.uid >= first_dynamic && user.uid <= last_dynamic);
}

cim::Reference reference_to_user(system::User const& user, system::AccountPolicy const& policy,
                                 std::string const& domain) {
  auto const* const class_name =
      is_system_account(user, policy) ? "Win32_SystemAccount" : "Win32_UserAccount";
  return reference(class_name, user.name, domain);
}

cim::Reference reference_to_group(std::string const& name, std::string const& domain) {
  return reference("Win32_Group", name, domain);
}

}  // namespace winrm::providers
