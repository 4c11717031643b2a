#include "system/proc.hpp"

#include <algorithm>
#include <set>

#include "system/text.hpp"

namespace winrm::system::proc {

namespace {

std::string path_of(Pid pid, char const* file) {
  std::string path = "/proc/";
  path += std::to_string(pid);
  path += '/';
  path += file;
  return path;
}

std::optional<std::uint64_t> kilobytes(std::string_view text, std::string_view name) {
  auto value = text::value_of(text, name, ':');
  if (!value) return std::nullopt;
  return text::number(text::next_word(*value));
}

bool needs_quotes(std::string_view argument) {
  return argument.empty() || argument.find_first_of(" \t\n\"'\\$`") != std::string_view::npos;
}

void read_flags(std::string_view flags, Processors& processors) {
  for (auto flag = text::next_word(flags); !flag.empty(); flag = text::next_word(flags)) {
    if (flag == "hypervisor") processors.hypervisor = true;
    if (flag == "nx") processors.no_execute = true;
  }
}

void append_argument(std::string& line, std::string_view argument) {
  if (!line.empty()) line += ' ';
  if (!needs_quotes(argument)) {
    line += argument;
    return;
  }
  line += '\'';
  for (char const c : argument) {
    if (c == '\'') {
      line += "'\\''";
    } else {
      line += c;
    }
  }
  line += '\'';
}

}  // namespace

std::vector<Pid> pids(Host const& host) {
  std::vector<Pid> found;
  for (auto const& name : host.list("/proc").value_or(std::vector<std::string>())) {
    if (auto const pid = text::number<Pid>(name)) found.push_back(*pid);
  }
  std::ranges::sort(found);
  return found;
}

bool parse_stat(std::string_view text, Stat& stat) {
  // The name stands in parentheses and may hold any character, parentheses and blanks too.
  auto const open = text.find('(');
  auto const close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  stat.name.assign(text.substr(open + 1, close - open - 1));
  text.remove_prefix(close + 1);
  if (text.size() < 2) return false;
  stat.state = text[1];
  text.remove_prefix(2);

  // Fields are numbered as in proc(5), where the state is the third; one blank stands before each.
  std::size_t field = 3;
  auto const read = [&]<class Integer>(std::size_t wanted, Integer& into) {
    for (; field < wanted; ++field) {
      auto const blank = text.find(' ');
      if (blank == std::string_view::npos) return false;
      text.remove_prefix(blank + 1);
    }
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc() && end != text.data();
  };
  bool const is_read = read(4, stat.parent) && read(10, stat.minor_faults) && read(12, stat.major_faults) &&
                       read(14, stat.user_ticks) && read(15, stat.system_ticks) && read(19, stat.nice) &&
                       read(20, stat.threads) && read(22, stat.start_ticks) && read(23, stat.virtual_bytes) &&
                       read(24, stat.resident_pages);
  // No signal tells of a thread's end: -1.
  int exit_signal = 0;
  stat.is_thread = is_read && read(38, exit_signal) && exit_signal == -1;
  return is_read;
}

Memory parse_memory(std::string_view text) {
  Memory memory;
  memory.peak_virtual = kilobytes(text, "VmPeak");
  memory.peak_resident = kilobytes(text, "VmHWM");
  memory.resident_anonymous = kilobytes(text, "RssAnon");
  memory.swapped = kilobytes(text, "VmSwap");
  return memory;
}

Io parse_io(std::string_view text) {
  auto const count = [&](std::string_view name) {
    return text::number(text::value_of(text, name, ':').value_or("")).value_or(0);
  };
  return {count("rchar"), count("wchar"), count("syscr"), count("syscw")};
}

std::string join_command_line(std::string_view text) {
  // A process that rewrites its title leaves trailing zeros.
  auto rest = text.substr(0, text.find_last_not_of('\0') + 1);
  std::string line;
  while (!rest.empty()) {
    auto const end = rest.find('\0');
    auto const argument = rest.substr(0, end);
    // One string without any zero is a title (sshd, postgres), not an argument to be quoted.
    if (end == std::string_view::npos && line.empty()) return std::string(argument);
    append_argument(line, argument);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return line;
}

std::optional<Stat> stat(Host const& host, Pid pid) {
  std::string content;
  if (!host.read(path_of(pid, "stat"), content)) return std::nullopt;
  Stat stat;
  stat.pid = pid;
  if (!parse_stat(content, stat)) return std::nullopt;
  return stat;
}

std::optional<Memory> memory(Host const& host, Pid pid) {
  std::string content;
  if (!host.read(path_of(pid, "status"), content)) return std::nullopt;
  return parse_memory(content);
}

std::optional<Io> io(Host const& host, Pid pid) {
  std::string content;
  if (!host.read(path_of(pid, "io"), content)) return std::nullopt;
  return parse_io(content);
}

std::optional<std::string> command_line(Host const& host, Pid pid) {
  std::string content;
  if (!host.read(path_of(pid, "cmdline"), content)) return std::nullopt;
  return join_command_line(content);
}

std::optional<std::string> executable(Host const& host, Pid pid) {
  return host.link_target(path_of(pid, "exe"));
}

std::optional<std::uint32_t> open_files(Host const& host, Pid pid) {
  auto const names = host.list(path_of(pid, "fd"));
  if (!names) return std::nullopt;
  return static_cast<std::uint32_t>(names->size());
}

std::optional<std::uint32_t> session(Host const& host, Pid pid) {
  auto const id = number_in(host, path_of(pid, "sessionid"));
  // 4294967295 stands for "never set" (audit_setloginuid(3)).
  if (!id || *id >= UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*id);
}

std::optional<std::string> control_group(Host const& host, Pid pid) {
  constexpr std::string_view unified = "0::";
  std::string content;
  if (!host.read(path_of(pid, "cgroup"), content)) return std::nullopt;
  std::string_view rest = content;
  while (auto const line = text::next_line(rest)) {
    if (line->starts_with(unified)) return std::string(line->substr(unified.size()));
  }
  return std::nullopt;
}

std::optional<std::uint32_t> oom_score(Host const& host, Pid pid) {
  auto const score = number_in(host, path_of(pid, "oom_score"));
  if (!score) return std::nullopt;
  return static_cast<std::uint32_t>(*score);
}

std::optional<std::string> selinux_label(Host const& host, Pid pid) {
  // Other security modules write their own into the same file (proc_pid_attr(5)).
  if (!host.exists("/sys/fs/selinux/enforce")) return std::nullopt;
  std::string content;
  if (!host.read(path_of(pid, "attr/current"), content)) return std::nullopt;
  auto const label = content.substr(0, content.find_first_of(std::string_view("\0\n", 2)));
  if (label.empty()) return std::nullopt;
  return label;
}

namespace {

std::optional<MachineMemory> parse_meminfo(std::string_view rest) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;
  MachineMemory found;
  while (auto line = text::next_line(rest)) {
    auto const name = text::next_word(*line);
    auto const kilobytes = [&] { return text::number(text::next_word(*line)); };
    if (name == "MemTotal:") total = kilobytes();
    if (name == "MemAvailable:") available = kilobytes();
    if (name == "SwapTotal:") found.swap_total = kilobytes().value_or(0);
    if (name == "SwapFree:") found.swap_free = kilobytes().value_or(0);
  }
  if (!total || !available) return std::nullopt;
  found.total = *total;
  found.available = *available;
  return found;
}

std::optional<std::uint64_t> parse_number(std::string_view content) {
  return text::number(text::trim(content));
}

}  // namespace

std::optional<MachineMemory> machine_memory(Host const& host) {
  auto const found = parsed_file<parse_meminfo>(host, "/proc/meminfo");
  return found ? *found : std::nullopt;
}

std::optional<SystemTime> read_boot_time(Host const& host) {
  std::string content;
  if (!host.read("/proc/stat", content)) return std::nullopt;
  std::string_view rest = content;
  while (auto line = text::next_line(rest)) {
    if (text::next_word(*line) != "btime") continue;
    if (auto const seconds = text::number<std::int64_t>(text::next_word(*line))) {
      return SystemTime(std::chrono::seconds(*seconds));
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_in(Host const& host, std::string const& path) {
  if (path.starts_with("/proc/sys/")) {
    auto const found = parsed_file<parse_number>(host, path);
    return found ? *found : std::nullopt;
  }
  std::string content;
  if (!host.read(path, content)) return std::nullopt;
  return parse_number(content);
}

namespace {

std::optional<Processors> parse_cpuinfo(std::string_view rest) {
  Processors found;
  std::set<std::string_view> sockets;
  while (auto const line = text::next_line(rest)) {
    auto const colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    auto const name = text::trim(line->substr(0, colon));
    auto const value = text::trim(line->substr(colon + 1));
    if (name == "processor") ++found.logical;
    if (name == "physical id") sockets.insert(value);
    if (name == "flags") read_flags(value, found);
  }
  if (found.logical == 0) return std::nullopt;
  // ARM kernels name no sockets; a machine has at least one.
  found.sockets = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(sockets.size()));
  return found;
}

}  // namespace

std::optional<Processors> processors(Host const& host) {
  auto const found = parsed_file<parse_cpuinfo>(host, "/proc/cpuinfo");
  return found ? *found : std::nullopt;
}

}  // namespace winrm::system::proc
