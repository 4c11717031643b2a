#pragma once

#include <functional>
#include <istream>
#include <string_view>

#include "client/session.hpp"

namespace winrm::tools::winrm_tool {

struct QuickConfigOptions {
  bool https = false;
  bool quiet = false;   ///< ask nothing
  bool running = true;  ///< the service answers now
};

/// Makes this machine ready for remote management (windows-surface 2.7): the service runs now and after a
/// start of the machine, a listener is on every address, and the firewall lets its port through. Says what is
/// missing and asks before it changes anything. `session` is to the local service, or to its files while none
/// runs. Throws UsageError and client::Failure (0x80338115 without a certificate for HTTPS).
void quick_config(client::Session& session, QuickConfigOptions const& options, std::istream* answers,
                  std::function<void(std::string_view)> const& say);

}  // namespace winrm::tools::winrm_tool
