#include "system/kernel_counters.hpp"

#include "system/text.hpp"

namespace winrm::system::counters {

namespace {

/// The next word as a number; 0 where the kernel writes fewer columns.
std::uint64_t next_number(std::string_view& line) { return text::number(text::next_word(line)).value_or(0); }

void skip_words(std::string_view& line, int count) {
  for (int i = 0; i < count; ++i) text::next_word(line);
}

ProcessorTimes processor_times(std::string_view name, std::string_view line) {
  ProcessorTimes times;
  times.name = name;
  times.user = next_number(line);
  times.nice = next_number(line);
  times.system = next_number(line);
  times.idle = next_number(line);
  times.io_wait = next_number(line);
  times.irq = next_number(line);
  times.soft_irq = next_number(line);
  return times;
}

}  // namespace

std::optional<Machine> machine(Host const& host) {
  std::string content;
  if (!host.read("/proc/stat", content)) return std::nullopt;
  Machine found;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto const name = text::next_word(*line);
    if (name.starts_with("cpu")) found.processors.push_back(processor_times(name.substr(3), *line));
    if (name == "intr") found.interrupts = next_number(*line);
    if (name == "softirq") found.soft_interrupts = next_number(*line);
    if (name == "ctxt") found.context_switches = next_number(*line);
    if (name == "procs_running") found.running = next_number(*line);
  }
  return found;
}

Numbers interrupts_by_processor(Host const& host, std::string const& path) {
  constexpr std::string_view prefix = "CPU";
  std::string content;
  if (!host.read(path, content)) return {};
  std::string_view rest = content;
  auto header = text::next_line(rest).value_or("");
  std::vector<std::string_view> names;
  for (auto name = text::next_word(header); name.starts_with(prefix); name = text::next_word(header))
    names.push_back(name.substr(prefix.size()));
  std::vector<std::uint64_t> counts(names.size());
  while (auto line = text::next_line(rest)) {
    text::next_word(*line);  // its number or name
    for (auto& count : counts) {
      auto const value = text::number(text::next_word(*line));
      if (!value) break;  // a line for the whole machine has one number
      count += *value;
    }
  }
  Numbers by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name.emplace(names[i], counts[i]);
  return by_name;
}

Numbers numbers_in(Host const& host, std::string const& path) {
  Numbers numbers;
  std::string content;
  if (!host.read(path, content)) return numbers;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    auto name = text::next_word(*line);
    if (name.ends_with(':')) name.remove_suffix(1);
    if (auto const value = text::number(text::next_word(*line))) numbers.emplace(name, *value);
  }
  return numbers;
}

std::optional<std::uint64_t> find(Numbers const& numbers, std::string_view name) {
  auto const found = numbers.find(name);
  if (found == numbers.end()) return std::nullopt;
  return found->second;
}

std::vector<Disk> disks(Host const& host) {
  std::vector<Disk> found;
  std::string content;
  if (!host.read("/proc/diskstats", content)) return found;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    Disk disk;
    disk.number = text::next_word(*line);
    disk.number += ':';
    disk.number += text::next_word(*line);
    disk.name = text::next_word(*line);
    if (disk.name.empty()) continue;
    disk.reads = next_number(*line);
    skip_words(*line, 1);  // merged
    disk.sectors_read = next_number(*line);
    disk.read_milliseconds = next_number(*line);
    disk.writes = next_number(*line);
    skip_words(*line, 1);
    disk.sectors_written = next_number(*line);
    disk.write_milliseconds = next_number(*line);
    disk.in_progress = next_number(*line);
    disk.busy_milliseconds = next_number(*line);
    disk.queue_milliseconds = next_number(*line);
    found.push_back(std::move(disk));
  }
  return found;
}

std::vector<Interface> interfaces(Host const& host) {
  std::vector<Interface> found;
  std::string content;
  if (!host.read("/proc/net/dev", content)) return found;
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) {
    auto const colon = line->rfind(':');  // an alias has one in its name
    if (colon == std::string_view::npos) continue;
    auto words = line->substr(colon + 1);
    Interface interface;
    interface.name = text::trim(line->substr(0, colon));
    interface.bytes_received = next_number(words);
    interface.packets_received = next_number(words);
    interface.receive_errors = next_number(words);
    interface.receive_drops = next_number(words);
    skip_words(words, 4);  // fifo, frame, compressed, multicast
    interface.bytes_sent = next_number(words);
    interface.packets_sent = next_number(words);
    interface.send_errors = next_number(words);
    interface.send_drops = next_number(words);
    found.push_back(std::move(interface));
  }
  return found;
}

std::optional<std::uint64_t> threads(Host const& host) {
  std::string content;
  if (!host.read("/proc/loadavg", content)) return std::nullopt;
  std::string_view rest = content;
  skip_words(rest, 3);
  auto const counts = text::next_word(rest);  // running/all
  auto const slash = counts.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return text::number(counts.substr(slash + 1));
}

}  // namespace winrm::system::counters
