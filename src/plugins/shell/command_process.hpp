#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "engine/shell_plugin.hpp"
#include "plugins/shell/guard.hpp"
#include "plugins/shell/poller.hpp"

namespace winrm::plugins::shell {

/// A running command: its pipes and its guard. Reads on the poller's thread and hands on to the sink.
/// Thread-safe.
class CommandProcess final : public Poller::Handler, public std::enable_shared_from_this<CommandProcess> {
 public:
  /// This process's ends of the pipes, not blocking; one that is absent is not used.
  struct Pipes {
    UniqueFd input;
    std::array<UniqueFd, 2> output;  ///< stdout, stderr
  };

  CommandProcess(Poller& poller, GuardedProcess process, Pipes pipes,
                 std::shared_ptr<engine::CommandSink> sink);
  /// Begins to read.
  void watch();

  /// The process that holds the command; none when it is gone.
  [[nodiscard]] std::optional<pid_t> guard() const;
  std::size_t send(std::string_view bytes);
  void end_input();
  void signal(engine::Signal signal);
  void on_room();
  /// Kills all that runs; the sink hears nothing any more.
  void end();

  void ready(int tag) override;

 private:
  struct Stream {
    UniqueFd fd;
    Poller::Registration registration = 0;  ///< 0: not watched
    bool ended = false;
    bool drained = false;       ///< the last read found nothing
    std::size_t after_end = 0;  ///< bytes that were read since the command ended
  };

  void read_output(std::size_t index);
  void read_reports();
  void start_grace();
  void finish_if_drained();
  [[nodiscard]] bool is_flooded() const;
  void wait_for_room();
  void watch_output(std::size_t index);
  void unwatch(Poller::Registration& registration, int fd);

  Poller& poller_;
  std::shared_ptr<engine::CommandSink> const sink_;

  mutable std::mutex mutex_;
  GuardedProcess process_;
  Poller::Registration control_ = 0;
  UniqueFd input_;
  Poller::Registration input_wait_ = 0;
  std::array<Stream, 2> output_;
  UniqueFd grace_timer_;
  Poller::Registration grace_ = 0;
  bool grace_over_ = false;
  bool room_came_ = false;  ///< on_room() since the sink was last given output
  bool paused_ = false;
  std::size_t paused_by_ = 0;  ///< the stream that filled the sink
  bool ended_ = false;
  std::optional<unsigned> exit_code_;
  bool done_ = false;
};

}  // namespace winrm::plugins::shell
