#pragma once

#include <string>
#include <string_view>

#include "auth/exchange.hpp"

namespace winrm::auth {

/// How an exchange between our initiator and our acceptor ended.
struct LoopResult {
  bool accepted = false;
  bool initiator_done = false;
  AcceptedClient client;
  std::string reason;  ///< of whichever side stopped
  std::size_t rounds = 0;
};

/// Carries tokens to and fro until one side ends.
[[nodiscard]] LoopResult run_loop(Initiator& initiator, Acceptor& acceptor);

}  // namespace winrm::auth
