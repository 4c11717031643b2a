#include "plugins/config/store.hpp"

#include <system_error>

#include "config/load.hpp"
#include "config/salvage.hpp"
#include "system/replace_file.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::config_resource {

namespace faults = wsman::faults;

namespace {

void overwrite(std::string const& file, std::string const& text) {
  try {
    system::replace_file(file, text);
  } catch (std::system_error const& error) {
    throw faults::internal_error(error.what());
  }
}

}  // namespace

UniqueFd Store::exclusively() const {
  try {
    return system::lock_for_change(file_.string());
  } catch (std::system_error const& error) {
    throw faults::internal_error(error.what());
  }
}

config::Settings Store::settings() const {
  auto settings = config::load(file_);
  if (!settings) throw faults::config_corrupted(settings.error().message);
  return std::move(*settings);
}

void Store::change(Edit const& edit) {
  auto const before = config::read_file(file_);
  if (!before) throw faults::config_corrupted(before.error().message);
  auto editor = config::FileEditor::open(*before, file_.string());
  if (!editor) throw faults::config_corrupted(editor.error().message);
  if (auto edited = edit(*editor); !edited) throw faults::schema_validation(edited.error().message);
  auto const checked = config::parse_with_policy(editor->text(), file_, config::policy_folder_of(file_));
  if (!checked) throw faults::schema_validation(checked.error().message);
  if (editor->text() != *before) use(editor->text(), *before);
}

void Store::rescue() {
  auto const before = config::read_file(file_);
  if (!before) throw faults::config_corrupted(before.error().message);
  if (config::parse(*before, file_.string())) return;
  overwrite(file_.string() + ".damaged", *before);
  use(config::salvage(*before, file_), *before);
}

/// Writes `text` and makes the service read it; what it refuses is taken back, unless somebody with an editor
/// has changed the file meanwhile.
void Store::use(std::string const& text, std::string const& before) {
  write(text);
  if (!reload_) return;
  if (auto const reloaded = reload_(); !reloaded) {
    if (auto const now = config::read_file(file_); now && *now == text) write(before);
    throw faults::schema_validation(reloaded.error().message);
  }
}

void Store::write(std::string const& text) const { overwrite(file_.string(), text); }

}  // namespace winrm::plugins::config_resource
