#include "tools/winrm/text_editor.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

#include "tools/common/switches.hpp"

extern char** environ;

namespace winrm::tools::winrm_tool {
namespace {

char const* named_editor() {
  for (auto const* variable : {"VISUAL", "EDITOR"})
    if (auto const* value = std::getenv(variable); value != nullptr && *value != '\0') return value;
  return nullptr;
}

/// A file of this user's, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& text)
      : path_((std::filesystem::temp_directory_path() / "winrm-sddl-XXXXXX").string()) {
    int const fd = ::mkstemp(path_.data());
    if (fd < 0)
      throw UsageError(fmt::format("No file can be made in {}: {}.",
                                   std::filesystem::temp_directory_path().string(), std::strerror(errno)));
    ::close(fd);
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;

  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] std::string text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_;
};

/// "vim -u NONE" as words, without a shell.
std::vector<std::string> words_of(std::string const& command) {
  std::istringstream stream(command);
  return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

/// Runs the editor until the person leaves it; 0 or why not, as errno.
int run_editor(std::vector<std::string> words, std::string const& file) {
  if (words.empty()) return ENOENT;
  words.push_back(file);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (int const error = ::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ))
    return error;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return errno;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ECANCELED;
}

}  // namespace

bool has_text_editor(bool at_terminal) { return at_terminal || named_editor() != nullptr; }

std::string edit_text(std::string const& text) {
  TemporaryFile const file(text);
  std::vector<std::string> candidates{"editor", "nano", "vi"};
  if (auto const* named = named_editor()) candidates = {named};
  for (auto const& candidate : candidates) {
    int const error = run_editor(words_of(candidate), file.path());
    if (error == 0) return file.text();
    if (error == ECANCELED) throw UsageError("The editor was left with an error: nothing is changed.");
    if (error != ENOENT)
      throw UsageError(fmt::format("The editor {} cannot be run: {}.", candidate, std::strerror(error)));
  }
  throw UsageError("No editor was found: set EDITOR, or give the descriptor with -sddl.");
}

}  // namespace winrm::tools::winrm_tool
