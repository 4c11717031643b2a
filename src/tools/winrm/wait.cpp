#include "tools/winrm/wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "client/failure.hpp"
#include "client/session.hpp"
#include "tools/winrm/session_copy.hpp"

namespace winrm::tools::winrm_tool {
namespace {

using client::Failure;

constexpr Milliseconds pause_between_attempts{1000};
constexpr Milliseconds longest_attempt{10'000};

/// Why the host is not there yet; nothing when it is.
std::optional<std::string> attempt(client::SessionOptions const& options, client::Transport const& transport,
                                   Milliseconds left) {
  auto asked = copy_of(options);
  asked.authentication = client::Authentication::none;
  asked.credentials.reset();
  asked.operation_timeout = std::min(left, longest_attempt);
  asked.policy.network_delay_ms = 0;
  try {
    static_cast<void>(client::Session(std::move(asked), transport).identify());
    return std::nullopt;
  } catch (Failure const& failure) {
    switch (failure.kind()) {
      case Failure::Kind::transport:
      case Failure::Kind::protocol:
        return failure.text();
      case Failure::Kind::authentication:
      case Failure::Kind::fault:
        return std::nullopt;
      case Failure::Kind::usage:
      case Failure::Kind::policy:
      case Failure::Kind::interrupted:
        break;
    }
    throw;
  }
}

}  // namespace

bool wait_for_host(client::SessionOptions const& options, client::Transport const& transport,
                   Milliseconds patience, std::function<void(std::string_view)> const& say) {
  auto const start = SteadyClock::now();
  auto const deadline = start + patience;
  auto const url = client::Session(copy_of(options), transport).url();
  while (true) {
    auto const left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
    auto const missing = attempt(options, transport, std::max(left, Milliseconds(1)));
    auto const now = SteadyClock::now();
    auto const seconds = std::chrono::duration<double>(now - start).count();
    if (!missing) {
      say(fmt::format("{} answers (after {:.1f} s).\n", url, seconds));
      return true;
    }
    if (now + pause_between_attempts >= deadline) {
      say(fmt::format("{} did not answer in {:.1f} s: {}\n", url, seconds, *missing));
      return false;
    }
    std::this_thread::sleep_for(pause_between_attempts);
  }
}

}  // namespace winrm::tools::winrm_tool
