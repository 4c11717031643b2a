#include "providers/account/classes.hpp"

#include "providers/areas.hpp"

namespace winrm::providers {

void add_account_classes(cim::Registry& registry) {
  add_user_account(registry);
  add_group(registry);
  add_logon_session(registry);
  add_user_profile(registry);
  add_account_associations(registry);
}

}  // namespace winrm::providers
