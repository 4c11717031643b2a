#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "auth/principal.hpp"

namespace winrm::service::broker {

/// Verified identities that the front may act for. A grant is unguessable, stands for one principal and lives
/// as long as a connection of that principal. Loop thread only.
class GrantTable {
 public:
  /// The grant of an equal principal gets one more holder.
  [[nodiscard]] std::string give(auth::Principal const& principal);
  [[nodiscard]] auth::Principal const* find(std::string_view grant) const;
  /// One holder less. Unknown grants are ignored.
  void release(std::string_view grant);
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return grants_.size(); }

 private:
  using Key = std::tuple<std::string, std::string, auth::Scheme, SidSet>;
  struct Grant {
    auth::Principal principal;
    std::size_t holders = 0;
  };
  [[nodiscard]] static Key key_of(auth::Principal const& principal);

  std::map<std::string, Grant, std::less<>> grants_;
  std::map<Key, std::string> by_principal_;
};

}  // namespace winrm::service::broker
