#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dispatcher.hpp"
#include "engine/support.hpp"
#include "plugins/shell/quota.hpp"

namespace winrm::plugins::shell::test {

using engine::test::Pending;
using engine::test::Reply;
using engine::test::RequestText;

/// What a client has of a command when it is over.
struct Outcome {
  std::string standard_output;
  std::string standard_error;
  std::string exit_code;  ///< "" while it runs
  std::vector<std::string> ended_streams;
  std::size_t answers = 0;
};

/// A client of the command shell: a dispatcher with the real plug-in.
class Conversation {
 public:
  explicit Conversation(engine::EngineSettings settings = {}, ShellQuota quota = {});

  [[nodiscard]] engine::Dispatcher& dispatcher() { return *dispatcher_; }

  [[nodiscard]] static RequestText create_request(std::string_view body_content = {});
  /// A request on a shell.
  [[nodiscard]] static RequestText request(std::string_view action, std::string const& shell,
                                           std::string body);

  /// These fail the test when the answer is a fault.
  std::string open(RequestText const& create);
  /// Without the profile of whoever runs the tests.
  std::string open() { return open(create_request().with_option("WINRS_NOPROFILE", "TRUE", true)); }
  std::string run(std::string const& shell, std::string_view command,
                  std::vector<std::string> const& arguments = {}, bool skip_shell = false);
  Outcome wait(std::string const& shell, std::string const& command);
  Outcome run_to_end(std::string const& shell, std::string_view command);

  Reply command(std::string const& shell, std::string_view command,
                std::vector<std::string> const& arguments = {}, bool skip_shell = false);
  Pending receive(std::string const& shell, std::string const& command, std::string_view timeout = "PT20S",
                  std::string_view streams = "stdout stderr");
  Pending send(std::string const& shell, std::string const& command, std::string_view bytes, bool end = false,
               std::string_view timeout = "PT20S");
  Reply signal(std::string const& shell, std::string const& command, std::string_view name);
  Reply remove(std::string const& shell);

  /// Adds what an answer to Receive carries.
  static void collect(Reply const& reply, Outcome& outcome);

 private:
  std::unique_ptr<engine::Dispatcher> dispatcher_;
};

}  // namespace winrm::plugins::shell::test
