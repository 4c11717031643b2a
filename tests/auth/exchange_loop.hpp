#pragma once

#include <string>
#include <string_view>

#include "auth/exchange.hpp"

namespace winrm::auth::testing {

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

/// A folder that goes away with its object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace winrm::auth::testing
