#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/activity.hpp"
#include "engine/call.hpp"
#include "engine/output_buffer.hpp"
#include "engine/shell_message.hpp"
#include "engine/shell_plugin.hpp"

namespace winrm::engine {

/// What is known of a command when it starts.
struct CommandFacts {
  std::string id;
  std::string line;
  std::vector<std::string> output_streams;
  std::string started_by;   ///< MessageID of the request
  bool compressed = false;  ///< its streams are xpress blocks on the wire
};

/// One command of a shell as its clients see it: output that waits, long polls that wait for output, input
/// that waits for room. A long poll holds no thread: the call is kept and answered by whoever brings what it
/// waits for. Thread-safe.
class Command final : public std::enable_shared_from_this<Command> {
 public:
  Command(CommandFacts facts, std::shared_ptr<Activity> activity);
  [[nodiscard]] CommandFacts const& facts() const noexcept { return facts_; }
  [[nodiscard]] CommandState state() const;
  /// The client has been told of the end.
  [[nodiscard]] bool end_was_told() const;
  /// A call waits for this command.
  [[nodiscard]] bool awaited() const;

  /// Where a plug-in puts output. It does not keep the command alive.
  [[nodiscard]] std::shared_ptr<CommandSink> sink();
  /// What runs the command; given right after it was started.
  void attach(std::unique_ptr<RunningCommand> running);

  /// The answer is kept until a Receive with another MessageID shows that it arrived: a client that lost its
  /// connection repeats the message as it was, and gets the same answer again.
  void receive(std::shared_ptr<Call> const& call, std::vector<std::string> streams);
  /// Input of a message that was taken already is not taken twice.
  void send(std::shared_ptr<Call> const& call, std::vector<SendPart> parts);
  void signal(Signal signal);
  /// The shell was disconnected: what waits is answered, output is held back or dropped from now on.
  void disconnect(BufferMode mode);
  void reconnect();
  /// Ends the processes and answers the waiting calls with `fault`.
  void stop(wsman::Fault const& fault);

 private:
  class Sink;
  struct LongPoll {
    std::shared_ptr<Call> call;
    std::vector<std::string> streams;
  };
  /// A long poll and what answers it.
  struct Delivery {
    std::shared_ptr<Call> call;
    std::shared_ptr<ReceiveContent const> content;
  };
  /// An answer that its client may not have got.
  struct Unconfirmed {
    std::string message_id;
    std::vector<std::string> streams;
    std::shared_ptr<ReceiveContent const> content;
  };
  struct PendingSend {
    std::shared_ptr<Call> call;  ///< null when its client went away in the middle of it
    std::string message_id;
    std::vector<SendPart> parts;
    std::size_t part = 0;    ///< the one to go on with
    std::size_t offset = 0;  ///< in its bytes
    bool begun = false;
  };

  bool output(std::string_view stream, std::string_view bytes);
  void end_of_stream(std::string_view stream);
  void done(std::uint32_t exit_code);

  /// With the lock held: claims the long polls that can be answered and takes their content.
  [[nodiscard]] std::vector<Delivery> claim_ready();
  [[nodiscard]] ReceiveContent take_content(LongPoll const& poll);
  /// Without the lock.
  void deliver(std::vector<Delivery> deliveries);
  void resume_output();
  void pump_input();
  /// With the lock held: throws faults::quota_limit when too much input waits already.
  void require_room_for(std::vector<SendPart> const& parts) const;
  /// With the lock held: whether `call` repeats a Send that was taken (answered) or is being taken (goes on
  /// for it). `answer` is what to do without the lock.
  [[nodiscard]] bool repeats_send(std::shared_ptr<Call> const& call, std::function<void()>& answer);
  /// The call of a send was cancelled or, with `timed_out`, must be answered now.
  void give_up_send(Call const* waiting, bool timed_out);

  CommandFacts const facts_;
  std::shared_ptr<Activity> const activity_;

  mutable std::mutex mutex_;
  std::shared_ptr<RunningCommand> running_;
  OutputBuffer output_;
  bool output_paused_ = false;
  bool drops_output_ = false;
  std::vector<std::string> ended_streams_;  ///< ended, the client was not told yet
  std::vector<std::string> told_streams_;
  std::optional<std::uint32_t> exit_code_;
  bool end_was_told_ = false;
  bool stopped_ = false;
  std::vector<LongPoll> polls_;
  std::vector<Unconfirmed> unconfirmed_;
  std::list<PendingSend> sends_;
  std::deque<std::string> taken_sends_;  ///< MessageIDs
  bool pumping_ = false;
  bool room_again_ = false;
};

}  // namespace winrm::engine
