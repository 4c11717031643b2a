#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tools/winrcp/progress.hpp"
#include "tools/winrcp/remote.hpp"

namespace winrm::tools::winrcp_tool {

/// Copies files and folders to or from one far side, several at once. Every file is compared by its SHA-256
/// at the end. What is there already and looks the same (size and time) is compared only; the beginning of a
/// large file that an earlier run left behind is not sent again.
class Copy {
 public:
  /// `cancelled` ends it between two messages. All must outlive it.
  Copy(Remote const& remote, Progress& progress, unsigned parallel, std::atomic<bool> const& cancelled)
      : remote_(remote), progress_(progress), parallel_(parallel), cancelled_(cancelled) {}

  /// `target` is what the copy will be called. Throw CopyError and client::Failure when nothing can be done
  /// at all; what went wrong with single files is in failures().
  void upload(std::string const& source, std::string const& target);
  void download(std::string const& source, std::string const& target);

  [[nodiscard]] std::vector<std::string> const& failures() const { return failures_; }
  /// The paths of links, devices and the like that were passed over.
  [[nodiscard]] std::vector<std::string> const& skipped() const { return skipped_; }

 private:
  using Files = std::vector<Entry>;
  using Job = std::function<void()>;
  /// What there is to do, by the way it is done.
  struct Plan {
    Files compared;              ///< there already, as it seems
    std::vector<Files> batches;  ///< small ones, together
    Files single;
  };
  /// How each way is done for one pair of folders.
  struct Ways {
    std::function<void(Files const&)> compare;
    std::function<void(Files const&)> batch;
    std::function<void(Entry const&)> single;
  };

  [[nodiscard]] Plan plan(Tree const& source, Tree const& target) const;
  void carry_out(Plan plan, Ways const& ways);
  void run(std::vector<Job> jobs);
  void record(std::string text);
  /// Adds what `source` has to what there is to do.
  void count(std::string const& source, Tree const& tree);
  void check_cancelled() const;

  void send_file(std::string const& source, std::string const& target, Entry const& entry);
  void send_batch(std::string const& source, std::string const& target, Files const& files);
  void fetch_file(std::string const& source, std::string const& target, Entry const& entry);
  void fetch_batch(std::string const& source, std::string const& target, Files const& files);
  /// The files of `files` whose content differs.
  [[nodiscard]] Files differing(std::string const& here, std::string const& there, Files const& files);

  Remote const& remote_;
  Progress& progress_;
  unsigned const parallel_;
  std::atomic<bool> const& cancelled_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::string> skipped_;
};

}  // namespace winrm::tools::winrcp_tool
