#pragma once

#include <fmt/format.h>

#include <string_view>

/// The logging facade: everything goes to stderr, one line an entry, as "winrmd[broker]: warning: text".
/// Never pass a Secret's content or a token. Text from the network is escaped before it is written.
namespace winrm::log {

enum class Level { debug, info, warning, error };

/// Names the process in every line ("front", "broker", "host alice") and sets the lowest level written.
void configure(std::string_view process, Level lowest = Level::info);

void write(Level level, std::string_view text);
[[nodiscard]] bool enabled(Level level) noexcept;

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace winrm::log
