#include "system/process_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "system/text.hpp"

namespace winrm::system::proc {

namespace {

/// "620/task/621/stat" at its longest.
class Path {
 public:
  Path& operator<<(Pid number) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    return *this;
  }
  Path& operator<<(char const* text) {
    auto const room = static_cast<std::size_t>(text_.data() + text_.size() - end_) - 1;
    end_ = std::copy_n(text, std::min(std::strlen(text), room), end_);
    return *this;
  }
  [[nodiscard]] char const* text() {
    *end_ = '\0';
    return text_.data();
  }

 private:
  std::array<char, 64> text_{};
  char* end_ = text_.data();
};

}  // namespace

bool ProcessReader::read(Pid pid, char const* file) {
  Path path;
  path << pid << "/" << file;
  return host_.read_proc(path.text(), content_);
}

bool ProcessReader::stat(Pid pid, Stat& stat) {
  stat.pid = pid;
  return read(pid, "stat") && parse_stat(content_, stat);
}

bool ProcessReader::thread_stat(Pid pid, Pid thread, Stat& stat) {
  stat.pid = thread;
  Path path;
  path << pid << "/task/" << thread << "/stat";
  return host_.read_proc(path.text(), content_) && parse_stat(content_, stat);
}

std::optional<Memory> ProcessReader::memory(Pid pid) {
  if (!read(pid, "status")) return std::nullopt;
  return parse_memory(content_);
}

std::optional<Io> ProcessReader::io(Pid pid) {
  if (!read(pid, "io")) return std::nullopt;
  return parse_io(content_);
}

std::optional<std::string> ProcessReader::command_line(Pid pid) {
  if (!read(pid, "cmdline")) return std::nullopt;
  return join_command_line(content_);
}

std::optional<std::uint32_t> ProcessReader::user(Pid pid) {
  if (!read(pid, "status")) return std::nullopt;
  auto ids = text::value_of(content_, "Uid", ':').value_or("");
  return text::number<std::uint32_t>(text::next_word(ids));
}

std::vector<Pid> ProcessReader::threads(Pid pid) const {
  std::vector<Pid> found;
  for (auto const& name :
       host_.list("/proc/" + std::to_string(pid) + "/task").value_or(std::vector<std::string>())) {
    if (auto const thread = text::number<Pid>(name)) found.push_back(*thread);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace winrm::system::proc
