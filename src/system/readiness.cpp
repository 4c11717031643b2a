#include "system/readiness.hpp"

#include <systemd/sd-daemon.h>

namespace winrm::system {

void tell_service_manager_ready() {
  constexpr int keep_from_children = 1;
  ::sd_notify(keep_from_children, "READY=1");
}

}  // namespace winrm::system
