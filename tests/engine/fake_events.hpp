#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "engine/event_sink.hpp"
#include "engine/event_source.hpp"
#include "engine/plugin.hpp"
#include "wsman/eventing_faults.hpp"

namespace winrm::engine::test {

inline constexpr std::string_view events_uri = "http://example.test/events";

/// Where the test puts events that its subscriptions find.
class FakeFeed {
 public:
  void add(std::string text) {
    {
      std::lock_guard const lock(mutex_);
      events_.push_back("<Event xmlns=\"urn:fake\">" + text + "</Event>");
    }
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(news_.get(), &one, sizeof one);
  }
  [[nodiscard]] std::optional<std::string> at(std::size_t index) const {
    std::lock_guard const lock(mutex_);
    return index < events_.size() ? std::optional(events_[index]) : std::nullopt;
  }
  void drain() const {
    std::uint64_t count = 0;
    [[maybe_unused]] auto const read = ::read(news_.get(), &count, sizeof count);
  }
  [[nodiscard]] int fd() const { return news_.get(); }

  std::optional<wsman::Fault> open_fault;
  std::optional<wsman::Fault> next_fault;
  /// When longer than nothing: there are events without end that the filter refuses, each so late.
  Milliseconds search_step{0};
  std::atomic<int> open_sources{0};
  std::thread::id opened_on;
  std::thread::id destroyed_on;

 private:
  UniqueFd news_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  mutable std::mutex mutex_;
  std::vector<std::string> events_;
};

/// Every event of the feed; a bookmark is the number of events before it.
class FakeEventPlugin final : public Plugin {
 public:
  explicit FakeEventPlugin(std::shared_ptr<FakeFeed> feed) : feed_(std::move(feed)) {}
  [[nodiscard]] std::string_view name() const override { return "Fake events"; }
  [[nodiscard]] bool serves(std::string_view uri) const override { return uri == events_uri; }
  std::unique_ptr<EventSource> subscribe(Call const&, wsman::SubscribeRequest const& request) override {
    std::size_t const first = request.bookmark ? std::stoul(request.bookmark->element.trimmed_text()) : 0;
    return std::make_unique<Source>(feed_, first);
  }

 private:
  class Source final : public EventSource {
   public:
    Source(std::shared_ptr<FakeFeed> feed, std::size_t first) : feed_(std::move(feed)), next_(first) {
      ++feed_->open_sources;
    }
    ~Source() override {
      feed_->destroyed_on = std::this_thread::get_id();
      --feed_->open_sources;
    }
    void open() override {
      feed_->opened_on = std::this_thread::get_id();
      if (feed_->open_fault) throw wsman::Fault(*feed_->open_fault);
    }
    Step next(Event& event) override {
      if (feed_->next_fault) throw wsman::Fault(*feed_->next_fault);
      if (feed_->search_step > Milliseconds::zero()) {
        std::this_thread::sleep_for(feed_->search_step);
        return Step::searching;
      }
      auto found = feed_->at(next_);
      if (!found) {
        feed_->drain();
        found = feed_->at(next_);
      }
      if (!found) return Step::nothing;
      event = {.xml = *found, .bookmark = "<At>" + std::to_string(++next_) + "</At>"};
      return found->find("unwanted") == std::string::npos ? Step::event : Step::searching;
    }
    [[nodiscard]] int wait_fd() const override { return feed_->fd(); }
    [[nodiscard]] Milliseconds wait_limit() const override { return Milliseconds(20); }

   private:
    std::shared_ptr<FakeFeed> const feed_;
    std::size_t next_;
  };
  std::shared_ptr<FakeFeed> const feed_;
};

/// Keeps what is posted to every address.
class FakeSinks final : public EventSinks {
 public:
  struct Posted {
    std::string address;
    std::string message;
  };
  /// What a sink answers; throws DeliveryFailure for one that is out of reach.
  using Respond = std::function<std::string(Posted const&)>;

  explicit FakeSinks(Respond respond = acknowledge) : respond_(std::move(respond)) {}

  std::unique_ptr<EventSink> open(wsman::SinkReference const& reference, wsman::Encoding) override {
    if (!reference.address.starts_with("http://")) throw wsman::faults::invalid_notify_to("no such address");
    return std::make_unique<Sink>(*this, reference.address);
  }
  /// Waits for the message with this number (from 0); fails after ten seconds.
  [[nodiscard]] Posted wait_for(std::size_t index) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return posted_.size() > index; }))
      throw std::runtime_error("no message " + std::to_string(index) + " was posted");
    return posted_[index];
  }
  [[nodiscard]] std::size_t count() const {
    std::lock_guard const lock(mutex_);
    return posted_.size();
  }

  static std::string acknowledge(Posted const& posted) {
    auto const begin = posted.message.find("<a:MessageID>") + 13;
    auto const id = posted.message.substr(begin, posted.message.find('<', begin) - begin);
    return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
           "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><s:Header>"
           "<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack</a:Action><a:RelatesTo>" +
           id + "</a:RelatesTo></s:Header><s:Body/></s:Envelope>";
  }

 private:
  class Sink final : public EventSink {
   public:
    Sink(FakeSinks& owner, std::string address) : owner_(owner), address_(std::move(address)) {}
    std::string post(std::string const& message, Deadline) override {
      if (interrupted_) throw DeliveryFailure("interrupted");
      Posted const posted{address_, message};
      {
        std::lock_guard const lock(owner_.mutex_);
        owner_.posted_.push_back(posted);
      }
      owner_.arrived_.notify_all();
      return owner_.respond_(posted);
    }
    void interrupt() override { interrupted_ = true; }

   private:
    FakeSinks& owner_;
    std::string const address_;
    std::atomic<bool> interrupted_{false};
  };

  Respond const respond_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Posted> posted_;
};

}  // namespace winrm::engine::test
