#pragma once

#include "cim/registry.hpp"

namespace winrm::providers {

void add_user_account(cim::Registry& registry);
void add_group(cim::Registry& registry);
void add_logon_session(cim::Registry& registry);
void add_user_profile(cim::Registry& registry);
void add_account_associations(cim::Registry& registry);

}  // namespace winrm::providers
