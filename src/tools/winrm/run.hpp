#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "client/connection.hpp"
#include "client/settings.hpp"
#include "tools/winrm/format.hpp"
#include "tools/winrm/text_editor.hpp"

namespace winrm::tools::winrm_tool {

/// Where a run of the tool meets the outside; tests put their own here.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  client::Transport transport;
  Result<client::ClientSettings> (*load_settings)() = &client::load_settings;
  std::istream* input = nullptr;  ///< null: there is none to read
  bool input_is_terminal = true;  ///< then it is not read unasked
  TextStyle style{};              ///< of text, on a terminal
  TextEdit edit = nullptr;        ///< how a person changes a text; null: there is nobody to ask
};

/// The tool without main(): 0 success or help, 1 any failure. A closed output (EPIPE) ends it quietly
/// with 0; one that cannot be written is a failure.
[[nodiscard]] int run(std::vector<std::string> const& arguments, Surroundings const& surroundings);

}  // namespace winrm::tools::winrm_tool
