#include "wsman/recordings.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace winrm::wsman::testing {
namespace {

/// A YAML scalar on one line: plain, or in single quotes with '' for one.
std::string read_scalar(std::string text) {
  if (text.size() < 2 || text.front() != '\'') return text;
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\'') ++i;
  }
  return out;
}

std::optional<std::string> value_of(std::string const& line, std::string const& key) {
  if (!line.starts_with(key)) return std::nullopt;
  return read_scalar(line.substr(key.size()));
}

}  // namespace

std::optional<std::filesystem::path> recordings_folder() {
  char const* const named = std::getenv("WINRM_RECORDINGS");
  std::filesystem::path const folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(WINRM_SOURCE_DIR) / "../shared/recordings/windows";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

std::vector<Exchange> read_recordings(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Exchange> exchanges;
  for (auto const& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (auto request = value_of(line, "- request: ")) {
        exchanges.push_back({file.filename().string(), std::move(*request), {}});
      } else if (auto response = value_of(line, "  response: ")) {
        exchanges.back().response = std::move(*response);
      }
    }
  }
  return exchanges;
}

}  // namespace winrm::wsman::testing
