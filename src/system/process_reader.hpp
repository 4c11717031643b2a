#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/proc.hpp"

namespace winrm::system::proc {

/// Reads the files of many processes, one after the other, with one buffer for all of them: what an
/// enumeration of thousands of processes takes. Refers to the host. For one thread.
class ProcessReader {
 public:
  explicit ProcessReader(Host const& host) : host_(host) {}

  /// False when the process is gone.
  [[nodiscard]] bool stat(Pid pid, Stat& stat);
  [[nodiscard]] bool thread_stat(Pid pid, Pid thread, Stat& stat);
  [[nodiscard]] std::optional<Memory> memory(Pid pid);
  [[nodiscard]] std::optional<Io> io(Pid pid);
  [[nodiscard]] std::optional<std::string> command_line(Pid pid);
  /// The account it runs as (real user id).
  [[nodiscard]] std::optional<std::uint32_t> user(Pid pid);
  /// In ascending order; the first is the process itself.
  [[nodiscard]] std::vector<Pid> threads(Pid pid) const;

 private:
  [[nodiscard]] bool read(Pid pid, char const* file);

  Host const& host_;
  std::string content_;
};

}  // namespace winrm::system::proc
