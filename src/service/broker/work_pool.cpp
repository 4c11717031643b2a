#include "service/broker/work_pool.hpp"

#include <sys/eventfd.h>

#include <utility>

namespace winrm::service::broker {

WorkPool::WorkPool(std::size_t threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  available_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkPool::submit(Work work) {
  {
    std::lock_guard const lock(mutex_);
    if (waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  available_.notify_one();
  return true;
}

void WorkPool::run_completions() {
  std::vector<Completion> ready;
  {
    std::lock_guard const lock(mutex_);
    ::eventfd_t drained = 0;
    ::eventfd_read(wake_.get(), &drained);
    ready = std::exchange(completions_, {});
  }
  for (Completion const& completion : ready) completion();
}

void WorkPool::work() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      available_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Completion completion = work();
    std::lock_guard const lock(mutex_);
    completions_.push_back(std::move(completion));
    ::eventfd_write(wake_.get(), 1);
  }
}

}  // namespace winrm::service::broker
