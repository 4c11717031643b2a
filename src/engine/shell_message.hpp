#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "engine/shell_plugin.hpp"
#include "wsman/request.hpp"
#include "xml/writer.hpp"

/// Reading and writing of the shell messages (MS-WSMV 3.1.4.5 and 3.1.4.12 to 17, wire reference 8).
namespace winrm::engine {

/// What becomes of output that nobody receives while a shell is disconnected.
enum class BufferMode {
  block,  ///< it waits, and so does the command when the buffer is full
  drop    ///< the oldest goes
};

struct ShellBody {
  ShellStart start;  ///< shell_id is "" when the client chose none
  std::optional<Milliseconds> idle_timeout;
  BufferMode buffer_mode = BufferMode::block;
};

struct DisconnectBody {
  std::optional<Milliseconds> idle_timeout;
  std::optional<BufferMode> buffer_mode;
};

struct ReceiveBody {
  std::string command_id;
  std::vector<std::string> streams;
};

struct SendPart {
  std::string stream;
  std::string bytes;
  bool end = false;
};

struct SendBody {
  std::string command_id;
  std::vector<SendPart> parts;
};

struct SignalBody {
  std::string command_id;
  Signal signal = Signal::terminate;
};

/// These throw wsman::Fault. `plugin` is the name a ProviderFault gives.
[[nodiscard]] ShellBody read_shell(wsman::Request const& request);
[[nodiscard]] CommandStart read_command_line(wsman::Request const& request, std::string_view plugin);
[[nodiscard]] ReceiveBody read_receive(wsman::Request const& request, std::string_view plugin);
[[nodiscard]] SendBody read_send(wsman::Request const& request, std::string_view plugin, bool compressed);
[[nodiscard]] SignalBody read_signal(wsman::Request const& request, std::string_view plugin);

[[nodiscard]] DisconnectBody read_disconnect(wsman::Request const& request);
/// rsp:Reconnect and rsp:Connect: the command that is meant, "" for the shell itself.
[[nodiscard]] std::string read_command_of(wsman::Request const& request);

/// GUIDs compare without case; upper case is how Windows writes them.
[[nodiscard]] std::string canonical_id(std::string_view id);

enum class CommandState { running, done };

/// What one answer to a Receive carries.
struct ReceiveContent {
  struct Part {
    std::string stream;
    std::string storage;
    std::size_t skip = 0;  ///< of storage: sent by an earlier answer
    [[nodiscard]] std::string_view bytes() const { return std::string_view(storage).substr(skip); }
  };
  std::vector<Part> parts;
  std::vector<std::string> ended_streams;
  CommandState state = CommandState::running;
  std::uint32_t exit_code = 0;
};

/// Output bytes that fit into an answer of `envelope_budget` bytes, and what each part takes of them.
[[nodiscard]] std::size_t output_capacity(std::size_t envelope_budget);
inline constexpr std::size_t part_overhead = 192;

[[nodiscard]] std::string write_receive_response(wsman::Request const& request, std::string_view command_id,
                                                 ReceiveContent const& content, bool compressed);
/// An answer whose body is one empty element: rsp:SendResponse, rsp:SignalResponse.
[[nodiscard]] std::string write_empty_response(wsman::Request const& request, std::string_view element);

}  // namespace winrm::engine
