#include "system/bounded_usage.hpp"

#include <sys/statvfs.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace winrm::system {

std::optional<FileSystemUsage> ask_kernel(std::string const& mount_point) {
  struct statvfs info {};
  if (::statvfs(mount_point.c_str(), &info) != 0) return std::nullopt;
  FileSystemUsage usage;
  usage.block_size = info.f_frsize;
  usage.total = info.f_blocks * info.f_frsize;
  usage.available = info.f_bavail * info.f_frsize;
  usage.longest_name = static_cast<std::uint32_t>(info.f_namemax);
  return usage;
}

/// Shared by those who wait and by the threads that ask, which may outlive them.
struct BoundedUsage::Questions {
  struct Question {
    Deadline give_up;
    bool answered = false;
    std::optional<FileSystemUsage> usage;
  };
  std::mutex mutex;
  std::condition_variable answered;
  std::map<std::string, std::shared_ptr<Question>> open;
};

BoundedUsage::BoundedUsage(Ask ask, Milliseconds patience)
    : ask_(ask), patience_(patience), questions_(std::make_shared<Questions>()) {}
BoundedUsage::~BoundedUsage() = default;

std::optional<FileSystemUsage> BoundedUsage::ask(std::string const& mount_point) const {
  std::unique_lock lock(questions_->mutex);
  auto& open = questions_->open[mount_point];
  if (!open) {
    open = std::make_shared<Questions::Question>();
    open->give_up = SteadyClock::now() + patience_;
    std::thread([ask = ask_, questions = questions_, question = open, mount_point] {
      auto const usage = ask(mount_point);
      std::lock_guard const answer_lock(questions->mutex);
      question->usage = usage;
      question->answered = true;
      questions->open.erase(mount_point);
      questions->answered.notify_all();
    }).detach();
  }
  auto const question = open;
  questions_->answered.wait_until(lock, question->give_up, [&] { return question->answered; });
  return question->usage;
}

}  // namespace winrm::system
