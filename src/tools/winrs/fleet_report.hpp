#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "client/fleet.hpp"
#include "tools/winrs/output_decoder.hpp"

namespace winrm::tools::winrs_tool {

/// How the output of many hosts is shown.
enum class FleetLayout {
  prefixed,  ///< each line as it comes, with its host in front
  grouped,   ///< all of a host together, once it ended
  json,      ///< one object a host and line, once it ended
};

/// Exit statuses of a fleet's run.
namespace fleet_exit {
inline constexpr int all_succeeded = 0;
inline constexpr int some_commands_failed =
    1;                                       ///< every host ran the command; some with another status than 0
inline constexpr int some_hosts_failed = 2;  ///< some hosts did not run it to its end
inline constexpr int all_hosts_failed = 3;   ///< none did
}  // namespace fleet_exit

/// Shows a fleet's run: output to `out`, failures and the summary to `err`, and a progress line when `err` is
/// a terminal. Nothing of a host's output is kept but an unfinished line, or its whole until it ends.
class FleetReport : public client::FleetObserver {
 public:
  struct Target {
    int out = 1;
    int err = 2;
    bool progress = false;
  };
  FleetReport(std::vector<std::string> names, FleetLayout layout, OutputForm form, Target target);

  /// Called once when nobody reads our output any more.
  void on_closed(std::function<void()> told) { closed_ = std::move(told); }
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

  void on_start(std::size_t host) override;
  void on_output(std::size_t host, std::string_view stream, std::string_view bytes) override;
  void on_end(std::size_t host, client::FleetOutcome const& outcome) override;
  void on_tick() override;

  /// The last lines; call it when the run is over.
  void finish();
  [[nodiscard]] int exit_status() const;

 private:
  struct Host {
    std::string name;
    OutputDecoder decoder;
    std::string out;  ///< an unfinished line, or everything
    std::string err;
  };

  void take_text(Host& host, bool is_error, std::string text);
  void show_lines(Host const& host, bool is_error, std::string& kept, bool is_last);
  void show_group(Host const& host, client::FleetOutcome const& outcome);
  void show_record(Host const& host, client::FleetOutcome const& outcome);
  void show_failure(Host const& host, client::FleetOutcome const& outcome);
  void count(Host const& host, client::FleetOutcome const& outcome);
  void write(int fd, std::string_view text);
  void clear_progress();

  FleetLayout const layout_;
  Target const target_;
  std::vector<Host> hosts_;  ///< each used by its own thread alone
  std::function<void()> closed_;
  std::atomic<bool> is_closed_{false};

  std::mutex mutex_;  ///< the streams, and what follows
  bool progress_shown_ = false;
  Deadline const begun_ = SteadyClock::now();
  std::size_t started_ = 0;
  std::size_t succeeded_ = 0;
  std::vector<std::string> unsuccessful_;  ///< commands with another exit status than 0
  std::vector<std::string> failed_;        ///< hosts that did not run the command to its end
};

}  // namespace winrm::tools::winrs_tool
