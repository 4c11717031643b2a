#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace winrm::tools::winrs_tool::testing {

/// A service at the far end of a Unix socket with one shell, whose commands are played: "speak" writes to
/// both streams and ends with 3; "cat" gives back its input; "wait" ends with 9 on Ctrl-C; "deaf" ends for
/// terminate only; "flood" writes until the shell is deleted; "gone" answers Receive by closing the
/// connection.
class LocalService {
 public:
  explicit LocalService(std::filesystem::path folder);
  ~LocalService();
  LocalService(LocalService const&) = delete;
  LocalService& operator=(LocalService const&) = delete;

  /// A configuration file that makes this the local service.
  [[nodiscard]] std::filesystem::path configuration() const { return folder_ / "client.toml"; }
  /// The last parts of the actions asked so far: "Create", "Command", …; "Signal/ctrl_c" for signals.
  [[nodiscard]] std::vector<std::string> actions();
  /// Blocks until an action was asked; false after ten seconds.
  [[nodiscard]] bool wait_for(std::string const& action);
  /// The first request of that action.
  [[nodiscard]] std::string request_of(std::string const& action);
  [[nodiscard]] std::size_t connections();

 private:
  struct Reply {
    unsigned status = 200;
    std::string body;
    bool close = false;
  };

  void accept_all();
  void serve(int socket);
  Reply answer(std::string const& request);
  Reply receive(std::unique_lock<std::mutex>& lock);
  std::string receive_body(std::string_view chunks, int exit_code) const;

  std::filesystem::path folder_;
  UniqueFd listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> actions_;
  std::map<std::string, std::string> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::string command_;
  std::string input_;
  bool input_ended_ = false;
  bool interrupted_ = false;
  bool ended_ = false;
  std::thread acceptor_;
};

}  // namespace winrm::tools::winrs_tool::testing
