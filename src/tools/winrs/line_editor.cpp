#include "tools/winrs/line_editor.hpp"
#include "tools/common/descriptors.hpp"

#include <histedit.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <mutex>

namespace winrm::tools::winrs_tool {
namespace {

constexpr int history_lines = 1000;
/// A longer end of output is no prompt.
constexpr std::size_t prompt_limit = 1024;
constexpr char escape = '\x1b';
/// Stands on both sides of what takes no room on the terminal.
constexpr char invisible = '\1';
constexpr std::string_view to_begin_and_erase = "\r\x1b[J";

/// Characters are taken apart by the locale; one without UTF-8 would cut them.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
}

/// Where the escape sequence at the front ends: CSI at a letter, OSC at BEL (ECMA-48 5.4, 8.3.89).
std::size_t sequence_size(std::string_view text) {
  if (text.size() < 2) return text.size();
  bool const is_csi = text[1] == '[';
  if (!is_csi && text[1] != ']') return 2;
  for (std::size_t i = 2; i < text.size(); ++i)
    if (is_csi ? (text[i] >= '@' && text[i] <= '~') : text[i] == '\a') return i + 1;
  return text.size();
}

/// A prompt whose colours do not count as characters.
std::string with_marked_sequences(std::string_view prompt) {
  std::string out;
  while (!prompt.empty()) {
    auto const size = prompt.front() == escape ? sequence_size(prompt) : 1;
    bool const marked = prompt.front() == escape;
    if (marked) out += invisible;
    out += prompt.substr(0, size);
    if (marked) out += invisible;
    prompt.remove_prefix(size);
  }
  return out;
}

}  // namespace

class LineEditor::Impl {
 public:
  explicit Impl(std::filesystem::path file) : file_(std::move(file)), stop_(make_event()) {
    use_utf8();
    history_.reset(history_init());
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, history_lines);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    history(history_.get(), &event, H_LOAD, file_.c_str());
    editor_.reset(el_init("winrs", stdin, stdout, stderr));
    el_set(editor_.get(), EL_CLIENTDATA, this);
    el_set(editor_.get(), EL_EDITOR, "emacs");
    el_set(editor_.get(), EL_HIST, &history, history_.get());
    el_set(editor_.get(), EL_PROMPT_ESC, &Impl::prompt, invisible);
    el_set(editor_.get(), EL_GETCFN, &Impl::next_character);
    el_set(editor_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }

  ~Impl() {
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    HistEvent event;
    history(history_.get(), &event, H_SAVE, file_.c_str());
  }
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;

  std::optional<std::string> read_line() {
    std::unique_lock lock(mutex_);
    if (stopped_) return std::nullopt;
    if (!tail_.empty()) print(to_begin_and_erase);  // the editor writes it again, as its prompt
    editing_ = true;
    int size = 0;
    auto const* line = el_gets(editor_.get(), &size);
    editing_ = false;
    tail_.clear();
    if (stopped_ || line == nullptr || size <= 0) return std::nullopt;
    std::string text(line, static_cast<std::size_t>(size));
    bool const is_blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
    HistEvent event;
    if (!is_blank && text.front() != ' ') history(history_.get(), &event, H_ENTER, text.c_str());
    return text;
  }

  void show(std::string_view bytes) {
    std::lock_guard const lock(mutex_);
    auto const text = (editing_ ? tail_ : std::string{}).append(bytes);
    auto const line_feed = text.rfind('\n');
    auto const whole = line_feed == std::string::npos ? 0 : line_feed + 1;
    if (!editing_) {
      print(bytes);
      tail_ = whole > 0 ? text.substr(whole) : tail_ + text;
      if (tail_.size() > prompt_limit) tail_.clear();
      return;
    }
    print(to_begin_and_erase);
    bool const is_prompt = text.size() - whole <= prompt_limit;
    print(is_prompt ? std::string_view(text).substr(0, whole) : text + "\n");
    tail_ = is_prompt ? text.substr(whole) : std::string{};
    el_set(editor_.get(), EL_REFRESH);
  }

  void discard_line() {
    std::lock_guard const lock(mutex_);
    if (!editing_) return;
    auto const* line = el_wline(editor_.get());
    el_cursor(editor_.get(), static_cast<int>(line->lastchar - line->cursor));
    line = el_wline(editor_.get());
    el_deletestr(editor_.get(), static_cast<int>(line->cursor - line->buffer));
    print("^C\n");
    el_set(editor_.get(), EL_REFRESH);
  }

  void stop() {
    stopped_ = true;
    raise_event(stop_);
  }

 private:
  struct Closer {
    void operator()(EditLine* editor) const noexcept { el_end(editor); }
    void operator()(History* history) const noexcept { history_end(history); }
  };

  static Impl& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<Impl*>(self);
  }

  static char* prompt(EditLine* editor) {
    auto& self = of(editor);
    self.prompt_ = with_marked_sequences(self.tail_);
    return self.prompt_.data();
  }

  /// Called by read_line(), which holds the lock: others may write while nothing is typed.
  static int next_character(EditLine* editor, wchar_t* character) {
    auto& self = of(editor);
    std::mbstate_t state{};
    while (true) {
      self.mutex_.unlock();
      bool const readable = wait_readable(STDIN_FILENO, self.stop_);
      self.mutex_.lock();
      if (!readable) return 0;
      char byte = 0;
      auto const count = read(STDIN_FILENO, &byte, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return static_cast<int>(count);
      auto const used = std::mbrtowc(character, &byte, 1, &state);
      constexpr auto incomplete = static_cast<std::size_t>(-2);
      constexpr auto invalid = static_cast<std::size_t>(-1);
      if (used == invalid) {
        state = {};
        continue;
      }
      if (used != incomplete) return 1;
    }
  }

  static void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  std::filesystem::path file_;
  UniqueFd stop_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  ///< the editor and the terminal; free while read_line() waits for a key
  std::unique_ptr<History, Closer> history_;
  std::unique_ptr<EditLine, Closer> editor_;
  bool editing_ = false;
  std::string tail_;    ///< what the output ends with, after its last line feed
  std::string prompt_;  ///< the same as the editor takes it
};

LineEditor::LineEditor(std::filesystem::path history) : impl_(std::make_unique<Impl>(std::move(history))) {}
LineEditor::~LineEditor() = default;
std::optional<std::string> LineEditor::read_line() { return impl_->read_line(); }
void LineEditor::show(std::string_view bytes) { impl_->show(bytes); }
void LineEditor::discard_line() { impl_->discard_line(); }
void LineEditor::stop() { impl_->stop(); }

std::filesystem::path history_file() {
  auto const variable = [](char const* name) {
    auto const* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  auto state = variable("XDG_STATE_HOME");
  if (state.empty()) state = variable("HOME") / ".local/state";
  return state / "openwinrm/winrs_history";
}

}  // namespace winrm::tools::winrs_tool
