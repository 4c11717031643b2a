#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace winrm::wsman::testing {

/// One recorded exchange with a Windows host. Either side may be absent.
struct Exchange {
  std::string file;
  std::string request;
  std::string response;
};

/// Where the recorded conversations are: the environment variable WINRM_RECORDINGS, or beside the source
/// folder. None when there is no such folder.
std::optional<std::filesystem::path> recordings_folder();

/// Every exchange of every *.yml there.
std::vector<Exchange> read_recordings(std::filesystem::path const& folder);

}  // namespace winrm::wsman::testing
