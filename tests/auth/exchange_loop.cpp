#include "auth/exchange_loop.hpp"

namespace winrm::auth {

LoopResult run_loop(Initiator& initiator, Acceptor& acceptor) {
  LoopResult result;
  std::string from_service;
  for (result.rounds = 1; result.rounds < 10; ++result.rounds) {
    auto sent = initiator.step(from_service);
    if (sent.outcome == InitiatorStep::Outcome::failed) {
      result.reason = sent.reason;
      return result;
    }
    result.initiator_done = sent.outcome == InitiatorStep::Outcome::done;
    if (sent.token.empty()) return result;
    auto answered = acceptor.step(sent.token);
    if (answered.outcome == AcceptorStep::Outcome::deny) {
      result.reason = answered.reason;
      return result;
    }
    if (answered.outcome == AcceptorStep::Outcome::accept) {
      result.accepted = true;
      result.client = std::move(*answered.client);
      if (result.initiator_done) return result;
    }
    from_service = answered.token;
  }
  return result;
}

}  // namespace winrm::auth
