#pragma once

#include <string>
#include <string_view>

#include "client/session.hpp"
#include "tools/winrm/text_editor.hpp"

namespace winrm::tools::winrm_tool {

/// winrm configSDDL: changes RootSDDL (`subject` is "default") or the descriptor of a resource URI, which
/// always counts for all that lies below it. `edit` gets the descriptor as lines with comments, and may be
/// null. Gives the descriptor as it is afterwards. Throws UsageError and client::Failure (0x80338000 when no
/// plug-in has the resource, 0x803381BF when the resource may have no descriptor, 0x8033815C for bad SDDL).
[[nodiscard]] std::string config_sddl(client::Session& session, std::string_view subject,
                                      TextEdit const& edit);

/// A descriptor as a person edits it: an entry on each line, and what they mean. And back: without comments
/// and blanks.
[[nodiscard]] std::string editable_sddl(std::string_view sddl, std::string_view of);
[[nodiscard]] std::string edited_sddl(std::string_view text);

}  // namespace winrm::tools::winrm_tool
