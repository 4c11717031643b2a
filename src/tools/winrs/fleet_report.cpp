#include "tools/winrs/fleet_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "base/unicode.hpp"
#include "tools/common/descriptors.hpp"
#include "tools/common/json_text.hpp"
#include "tools/common/printable.hpp"

namespace winrm::tools::winrs_tool {
namespace {

using State = client::FleetOutcome::State;

/// A line longer than this is shown in pieces: a host that writes no line feed takes no more memory.
constexpr std::size_t line_limit = 64 * 1024;
constexpr std::size_t names_in_summary = 20;

std::string_view name_of(State state) {
  switch (state) {
    case State::ended:
      return "ended";
    case State::failed:
      return "failed";
    case State::timed_out:
      return "timedOut";
    case State::flooded:
      return "flooded";
    case State::stopped:
      break;
  }
  return "stopped";
}

double seconds(Milliseconds time) { return std::chrono::duration<double>(time).count(); }

/// "web1, web2 and 7 more"
std::string listed(std::vector<std::string> names) {
  std::ranges::sort(names);
  auto const shown = std::min(names.size(), names_in_summary);
  auto text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

/// Output that is no UTF-8 goes in base64: a record loses nothing.
void append_output(std::string& json, std::string_view name, std::string_view bytes) {
  bool const is_text = unicode::is_valid_utf8(bytes);
  json += fmt::format(",\"{}{}\":", name, is_text ? "" : "Base64");
  append_json_text(json, is_text ? std::string(bytes) : base64::encode(bytes));
}

/// A sentence or two, without the blank lines of a message made for a screen of its own.
std::string one_line(std::string_view text) {
  auto line = printable(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

FleetReport::FleetReport(std::vector<std::string> names, FleetLayout layout, OutputForm form, Target target)
    : layout_(layout), target_(target) {
  hosts_.reserve(names.size());
  for (auto& name : names) hosts_.push_back({std::move(name), OutputDecoder(form), {}, {}});
}

void FleetReport::on_start(std::size_t) {
  std::lock_guard const lock(mutex_);
  ++started_;
}

void FleetReport::on_output(std::size_t index, std::string_view stream, std::string_view bytes) {
  auto& host = hosts_[index];
  take_text(host, stream == "stderr", host.decoder.decode(stream, bytes));
}

void FleetReport::take_text(Host& host, bool is_error, std::string text) {
  auto& kept = is_error ? host.err : host.out;
  kept += text;
  if (layout_ == FleetLayout::prefixed) show_lines(host, is_error, kept, false);
}

void FleetReport::show_lines(Host const& host, bool is_error, std::string& kept, bool is_last) {
  std::string shown;
  std::size_t begin = 0;
  for (auto end = kept.find('\n'); end != std::string::npos; end = kept.find('\n', begin)) {
    shown += fmt::format("{}: {}\n", host.name, std::string_view(kept).substr(begin, end - begin));
    begin = end + 1;
  }
  kept.erase(0, begin);
  if (kept.size() > line_limit || (is_last && !kept.empty()))
    shown += fmt::format("{}: {}\n", host.name, std::exchange(kept, {}));
  if (shown.empty()) return;
  std::lock_guard const lock(mutex_);
  write(is_error ? target_.err : target_.out, shown);
}

void FleetReport::on_end(std::size_t index, client::FleetOutcome const& outcome) {
  auto& host = hosts_[index];
  take_text(host, false, host.decoder.finish("stdout"));
  take_text(host, true, host.decoder.finish("stderr"));
  if (layout_ == FleetLayout::prefixed)
    for (bool const is_error : {false, true})
      show_lines(host, is_error, is_error ? host.err : host.out, true);
  std::lock_guard const lock(mutex_);
  count(host, outcome);
  if (layout_ == FleetLayout::json)
    show_record(host, outcome);
  else if (layout_ == FleetLayout::grouped)
    show_group(host, outcome);
  else
    show_failure(host, outcome);
  host.out = {};
  host.err = {};
}

void FleetReport::count(Host const& host, client::FleetOutcome const& outcome) {
  if (outcome.state != State::ended)
    failed_.push_back(host.name);
  else if (outcome.exit_code != 0)
    unsuccessful_.push_back(host.name);
  else
    ++succeeded_;
}

void FleetReport::show_group(Host const& host, client::FleetOutcome const& outcome) {
  auto const with_line_end = [](std::string const& text) {
    return text.empty() || text.ends_with('\n') ? text : text + '\n';
  };
  write(target_.out, fmt::format("==> {} <==\n{}", host.name, with_line_end(host.out)));
  write(target_.err, with_line_end(host.err));
  show_failure(host, outcome);
}

void FleetReport::show_failure(Host const& host, client::FleetOutcome const& outcome) {
  if (outcome.state != State::ended)
    write(target_.err, fmt::format("{}: Winrs error: {}\n", host.name, one_line(outcome.text)));
  else if (outcome.exit_code != 0)
    write(target_.err, fmt::format("{}: exit status {}\n", host.name, outcome.exit_code));
}

void FleetReport::show_record(Host const& host, client::FleetOutcome const& outcome) {
  std::string json = "{\"host\":";
  append_json_text(json, host.name);
  json += fmt::format(",\"state\":\"{}\"", name_of(outcome.state));
  if (outcome.state == State::ended) {
    json += fmt::format(",\"exitCode\":{}", outcome.exit_code);
  } else {
    json += ",\"error\":";
    append_json_text(json, one_line(outcome.text));
    if (outcome.error != 0)
      json += fmt::format(",\"errorCode\":\"0x{:08X}\"", client::to_hresult(outcome.error));
  }
  append_output(json, "stdout", host.out);
  append_output(json, "stderr", host.err);
  json += fmt::format(",\"seconds\":{:.3f}}}\n", seconds(outcome.time));
  write(target_.out, json);
}

void FleetReport::write(int fd, std::string_view text) {
  if (is_closed_) return;
  clear_progress();
  try {
    write_all(fd, text);
  } catch (OutputClosed const&) {
    is_closed_ = true;
    if (closed_) closed_();
  }
}

void FleetReport::on_tick() {
  if (!target_.progress) return;
  std::lock_guard const lock(mutex_);
  auto const done = succeeded_ + unsuccessful_.size() + failed_.size();
  auto const passed = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begun_);
  clear_progress();
  write(target_.err, fmt::format("{} of {} hosts done, {} at work, {} failed, {:.0f} s", done, hosts_.size(),
                                 started_ - std::min(started_, done), unsuccessful_.size() + failed_.size(),
                                 seconds(passed)));
  progress_shown_ = true;
}

void FleetReport::clear_progress() {
  constexpr std::string_view to_begin_and_erase = "\r\x1b[K";
  if (std::exchange(progress_shown_, false)) write(target_.err, to_begin_and_erase);
}

void FleetReport::finish() {
  std::lock_guard const lock(mutex_);
  clear_progress();
  if (layout_ == FleetLayout::json) return;
  auto text =
      fmt::format("{} host{}: {} succeeded", hosts_.size(), hosts_.size() == 1 ? "" : "s", succeeded_);
  if (!unsuccessful_.empty())
    text += fmt::format("; {} with an exit status other than 0 ({})", unsuccessful_.size(),
                        listed(unsuccessful_));
  if (!failed_.empty()) text += fmt::format("; {} failed ({})", failed_.size(), listed(failed_));
  write(target_.err, text + "\n");
}

int FleetReport::exit_status() const {
  if (failed_.size() == hosts_.size()) return fleet_exit::all_hosts_failed;
  if (!failed_.empty()) return fleet_exit::some_hosts_failed;
  return unsuccessful_.empty() ? fleet_exit::all_succeeded : fleet_exit::some_commands_failed;
}

}  // namespace winrm::tools::winrs_tool
