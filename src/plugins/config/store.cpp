#include "plugins/config/store.hpp"

#include <system_error>

#include "config/load.hpp"
#include "system/replace_file.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::config_resource {

namespace faults = wsman::faults;

config::Settings Store::settings() const {
  auto settings = config::load(file_);
  if (!settings) throw faults::config_corrupted(settings.error().message);
  return std::move(*settings);
}

void Store::change(Edit const& edit) {
  std::lock_guard const lock(changing_);
  auto const before = config::read_file(file_);
  if (!before) throw faults::config_corrupted(before.error().message);
  auto editor = config::FileEditor::open(*before, file_.string());
  if (!editor) throw faults::config_corrupted(editor.error().message);
  if (auto edited = edit(*editor); !edited) throw faults::schema_validation(edited.error().message);
  auto const checked = config::parse_with_policy(editor->text(), file_, config::policy_folder_of(file_));
  if (!checked) throw faults::schema_validation(checked.error().message);
  if (editor->text() == *before) return;
  write(editor->text());
  if (!reload_) return;
  if (auto const reloaded = reload_(); !reloaded) {
    write(*before);
    throw faults::schema_validation(reloaded.error().message);
  }
}

void Store::write(std::string const& text) const {
  try {
    system::replace_file(file_.string(), text);
  } catch (std::system_error const& error) {
    throw faults::internal_error(error.what());
  }
}

}  // namespace winrm::plugins::config_resource
