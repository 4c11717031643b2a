#include "tools/winrcp/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace winrm::tools::winrcp_tool {
namespace {

constexpr double megabyte = 1e6;
constexpr Milliseconds redraw_interval{200};
constexpr std::string_view wipe_line = "\r\x1b[K";

}  // namespace

std::string progress_text(Progress const& progress, Milliseconds elapsed) {
  auto const total = static_cast<double>(progress.total_bytes.load());
  auto const done = std::min(static_cast<double>(progress.done_bytes.load()), total);
  auto const seconds = std::max(static_cast<double>(elapsed.count()) / 1000, 0.001);
  auto const rate = done / seconds;
  auto text = fmt::format("{:3.0f} %  {:.1f} MB of {:.1f} MB  {:.1f} MB/s  {} of {} files",
                          total > 0 ? 100 * done / total : 100, done / megabyte, total / megabyte,
                          rate / megabyte, progress.done_files.load(), progress.total_files.load());
  if (progress.waiting) return text + "  connection lost, waiting";
  if (rate > 0 && done < total) text += fmt::format("  {:.0f} s left", (total - done) / rate);
  return text;
}

ProgressLine::ProgressLine(Progress const& progress, bool wanted) : progress_(progress) {
  if (wanted && isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { run(); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
  fmt::print(stderr, "{}", wipe_line);
}

void ProgressLine::run() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, redraw_interval, [&] { return stopping_; })) {
    auto const elapsed = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begun_);
    fmt::print(stderr, "{}{}", wipe_line, progress_text(progress_, elapsed));
    std::fflush(stderr);
  }
}

}  // namespace winrm::tools::winrcp_tool
