#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/support/fake_transport.hpp"

namespace winrm::client::testing {

/// One recorded conversation with a Windows host.
struct Recording {
  struct Message {
    std::string request;
    std::string response;
    bool is_fault = false;
  };
  std::vector<Message> messages;
};

/// Where the recordings are: WINRM_RECORDINGS, else ../shared/recordings/windows beside the sources; none
/// when that folder is not there.
[[nodiscard]] std::optional<std::filesystem::path> recordings_folder();

[[nodiscard]] Recording load_recording(std::filesystem::path const& file);

/// Answers requests with what the host answered to the next recorded request of the same action; the
/// MessageID of the request goes into RelatesTo. What was asked is kept.
class Replay {
 public:
  explicit Replay(Recording recording) : recording_(std::move(recording)) {}

  [[nodiscard]] HttpResult answer(http::ClientRequest const& request);
  [[nodiscard]] Transport transport() {
    return fake_transport([this](http::ClientRequest const& request) { return answer(request); });
  }

  /// The last parts of the actions asked, in order: "Create", "Command", …
  std::vector<std::string> actions;
  std::vector<std::string> requests;

 private:
  Recording recording_;
  std::vector<bool> used_;
};

/// The text of the first element of that local name in a message, whatever its prefix and attributes.
[[nodiscard]] std::string element_text(std::string_view xml, std::string_view local_name);

}  // namespace winrm::client::testing
