#include "auth/gss.hpp"
#include "auth/sealer.hpp"

namespace winrm::auth {

void preload_mechanisms() {
  OM_uint32 minor = 0;
  gss::OidSet mechanisms;
  (void)gss_indicate_mechs(&minor, mechanisms.address());
}

}  // namespace winrm::auth
