#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.hpp"

namespace winrm::tools::winrcp_tool {

/// How far a copy is. Thread-safe.
struct Progress {
  std::atomic<std::uint64_t> total_bytes{0};
  std::atomic<std::uint64_t> done_bytes{0};
  std::atomic<std::uint64_t> total_files{0};
  std::atomic<std::uint64_t> done_files{0};
  std::atomic<bool> waiting{false};  ///< the connection is lost
};

/// "  45 %  123.4 MB of 274.0 MB  56.7 MB/s  3 of 9 files" and what is left of the time.
[[nodiscard]] std::string progress_text(Progress const& progress, Milliseconds elapsed);

/// Shows it on standard error, when that is a terminal, in one line that is written over and over.
class ProgressLine {
 public:
  ProgressLine(Progress const& progress, bool wanted);
  /// Wipes the line.
  ~ProgressLine();
  ProgressLine(ProgressLine const&) = delete;
  ProgressLine& operator=(ProgressLine const&) = delete;

 private:
  void run();

  Progress const& progress_;
  SteadyClock::time_point const begun_ = SteadyClock::now();
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace winrm::tools::winrcp_tool
