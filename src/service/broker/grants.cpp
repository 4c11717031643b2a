#include "service/broker/grants.hpp"

#include "base/uuid.hpp"

namespace winrm::service::broker {

GrantTable::Key GrantTable::key_of(auth::Principal const& principal) {
  return {principal.name(), principal.account().name, principal.scheme(), principal.sids()};
}

std::string GrantTable::give(auth::Principal const& principal) {
  auto const [entry, is_new] = by_principal_.try_emplace(key_of(principal));
  if (is_new) {
    entry->second = make_uuid() + make_uuid();  // 244 random bits
    grants_.emplace(entry->second, Grant{principal, 0});
  }
  ++grants_.find(entry->second)->second.holders;
  return entry->second;
}

auth::Principal const* GrantTable::find(std::string_view grant) const {
  auto const it = grants_.find(grant);
  return it == grants_.end() ? nullptr : &it->second.principal;
}

void GrantTable::release(std::string_view grant) {
  auto const it = grants_.find(grant);
  if (it == grants_.end() || --it->second.holders > 0) return;
  by_principal_.erase(key_of(it->second.principal));
  grants_.erase(it);
}

void GrantTable::clear() {
  grants_.clear();
  by_principal_.clear();
}

}  // namespace winrm::service::broker
