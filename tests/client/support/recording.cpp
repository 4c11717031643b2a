#include "client/support/recording.hpp"

#include <cstdlib>
#include <fstream>

namespace winrm::client::testing {
namespace {

constexpr std::string_view request_key = "- request: ";
constexpr std::string_view response_key = "  response: ";
constexpr std::string_view error_key = "    code: 500";

/// The recordings' scalars stand on one line, plain or in single quotes.
std::string scalar(std::string_view text) {
  if (!text.starts_with('\'')) return std::string(text);
  std::string out;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text.substr(i, 2) == "''") ++i;
  }
  return out;
}

std::string last_part(std::string_view uri) { return std::string(uri.substr(uri.rfind('/') + 1)); }

void replace_first(std::string& text, std::string_view what, std::string_view with) {
  if (auto const at = text.find(what); at != std::string::npos && !what.empty())
    text.replace(at, what.size(), with);
}

}  // namespace

std::optional<std::filesystem::path> recordings_folder() {
  auto const* named = std::getenv("WINRM_RECORDINGS");
  std::filesystem::path folder =
      named != nullptr ? named : std::filesystem::path(WINRM_SOURCE_DIR) / "../shared/recordings/windows";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

Recording load_recording(std::filesystem::path const& file) {
  Recording recording;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(request_key)) {
      recording.messages.emplace_back();
      recording.messages.back().request = scalar(std::string_view(line).substr(request_key.size()));
    } else if (line.starts_with(response_key) && !recording.messages.empty()) {
      recording.messages.back().response = scalar(std::string_view(line).substr(response_key.size()));
    } else if (line.starts_with(error_key) && !recording.messages.empty()) {
      recording.messages.back().is_fault = true;
    }
  }
  return recording;
}

std::string element_text(std::string_view xml, std::string_view local_name) {
  for (auto at = xml.find(local_name); at != std::string_view::npos; at = xml.find(local_name, at + 1)) {
    auto const after = at + local_name.size();
    bool const name_ends = after < xml.size() && (xml[after] == '>' || xml[after] == ' ');
    if (at == 0 || (xml[at - 1] != ':' && xml[at - 1] != '<') || !name_ends) continue;
    auto const start = xml.find('>', after);
    if (start == std::string_view::npos) return {};
    return std::string(xml.substr(start + 1, xml.find('<', start) - start - 1));
  }
  return {};
}

HttpResult Replay::answer(http::ClientRequest const& request) {
  auto const action = element_text(request.body, "Action");
  actions.push_back(last_part(action));
  requests.push_back(request.body);
  used_.resize(recording_.messages.size(), false);
  for (std::size_t i = 0; i < recording_.messages.size(); ++i) {
    auto const& message = recording_.messages[i];
    if (used_[i] || element_text(message.request, "Action") != action) continue;
    used_[i] = true;
    auto body = message.response;
    replace_first(body, element_text(body, "RelatesTo"), element_text(request.body, "MessageID"));
    return soap(std::move(body), message.is_fault ? 500 : 200);
  }
  http::ClientResponse nothing;
  nothing.status = 404;
  return nothing;
}

}  // namespace winrm::client::testing
