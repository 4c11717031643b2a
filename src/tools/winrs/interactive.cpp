#include "tools/winrs/interactive.hpp"

#include <chrono>
#include <future>

#include "tools/winrs/line_editor.hpp"

namespace winrm::tools::winrs_tool {
namespace {

constexpr std::chrono::milliseconds interrupt_interval{10};

/// Sends what is typed, on a thread of its own.
class Typist {
 public:
  Typist(client::Session& session, client::Command& command, LineEditor& editor, SignalRelay& signals,
         std::function<std::string(std::string_view)> const& encode)
      : session_(session), command_(command), editor_(editor), signals_(signals), encode_(encode) {
    thread_ = std::async(std::launch::async, [this] { run(); });
  }
  Typist(Typist const&) = delete;
  Typist& operator=(Typist const&) = delete;
  ~Typist() {
    editor_.stop();
    while (thread_.wait_for(interrupt_interval) != std::future_status::ready) session_.interrupt();
  }

 private:
  void run() {
    try {
      while (auto const line = editor_.read_line()) {
        signals_.forget_interrupt();
        command_.send(encode_ ? encode_(*line) : *line, false);
      }
      command_.send({}, true);
    } catch (client::Failure const&) {
      // A shell that ended takes no more; a lost connection shows on the output's side.
    }
  }

  client::Session& session_;
  client::Command& command_;
  LineEditor& editor_;
  SignalRelay& signals_;
  std::function<std::string(std::string_view)> const& encode_;
  std::future<void> thread_;
};

}  // namespace

std::uint32_t converse(client::Session& session, client::Command& command, SignalRelay& signals,
                       OutputDecoder decoder, std::function<std::string(std::string_view)> const& encode) {
  LineEditor editor(history_file());
  signals.on_interrupt([&editor] { editor.discard_line(); });
  struct NotTold {
    SignalRelay& signals;
    ~NotTold() { signals.on_interrupt({}); }
  } const not_told{signals};
  Typist const typist(session, command, editor, signals, encode);
  while (true) {
    auto const received = command.receive();
    for (auto const& [stream, bytes] : received.chunks) editor.show(decoder.decode(stream, bytes));
    if (received.exit_code) return *received.exit_code;
  }
}

}  // namespace winrm::tools::winrs_tool
