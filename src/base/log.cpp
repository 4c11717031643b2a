#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cerrno>
#include <memory>
#include <string>

#include "base/unicode.hpp"

namespace winrm::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger(std::string_view process, Level lowest) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  std::string name = program_invocation_short_name;
  if (!process.empty()) name += fmt::format("[{}]", process);
  auto logger = std::make_shared<spdlog::logger>(std::move(name), std::move(sink));
  logger->set_pattern("%n: %l: %v");
  logger->set_level(to_spdlog(lowest));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = make_logger({}, Level::info);
  return instance;
}

/// One line, printable: what comes from the network must not forge entries or drive a terminal.
std::string printable(std::string_view text) {
  bool const valid = unicode::is_valid_utf8(text);
  std::string out;
  out.reserve(text.size());
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

void configure(std::string_view process, Level lowest) { logger() = make_logger(process, lowest); }

void write(Level level, std::string_view text) { logger()->log(to_spdlog(level), printable(text)); }

bool enabled(Level level) noexcept { return logger()->should_log(to_spdlog(level)); }

}  // namespace winrm::log
