#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <string>

#include "base/unique_fd.hpp"
#include "client/shell.hpp"
#include "tools/winrs/output_decoder.hpp"

namespace winrm::tools::winrs_tool {

/// What a command reads: first `lead`, then our standard input as it comes and to its end, changed by
/// `encode` when there is one.
struct InputSource {
  std::string lead;
  std::function<std::string(std::string_view)> encode;
};

/// Sends input to a command on a thread of its own.
class InputPump {
 public:
  InputPump(client::Session& session, client::Command& command, InputSource source);
  /// Stops, even in the middle of a Send.
  ~InputPump();
  InputPump(InputPump const&) = delete;
  InputPump& operator=(InputPump const&) = delete;

 private:
  void run();

  client::Session& session_;
  client::Command& command_;
  InputSource source_;
  UniqueFd stop_;
  std::future<void> thread_;
};

/// Sends `lead` and closes the command's input at once when ours is at its end already (winrs … </dev/null);
/// true then. Saves the second connection that an InputPump needs.
[[nodiscard]] bool send_empty_input(client::Command& command, std::string const& lead);

/// Writes what a command produced to our standard output and error, until it ends; its exit code. Throws
/// client::Failure and OutputClosed.
[[nodiscard]] std::uint32_t copy_output(client::Command& command, OutputDecoder decoder);

}  // namespace winrm::tools::winrs_tool
