#pragma once

#include <functional>
#include <string>

namespace winrm::tools::winrm_tool {

/// Shows a text to a person and gives what they made of it. Throws UsageError.
using TextEdit = std::function<std::string(std::string const& text)>;

/// True when VISUAL or EDITOR names an editor, or when a person sits at a terminal.
[[nodiscard]] bool has_text_editor(bool at_terminal);

/// TextEdit in the program that VISUAL or EDITOR names, else editor, nano or vi, on a file that only this
/// user can read.
[[nodiscard]] std::string edit_text(std::string const& text);

}  // namespace winrm::tools::winrm_tool
