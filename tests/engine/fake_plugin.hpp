#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "engine/plugin.hpp"

namespace winrm::engine::test {

inline constexpr std::string_view fake_uri = "http://example.test/fake";

/// A plug-in whose answers the test decides.
class FakePlugin final : public Plugin {
 public:
  struct Script {
    std::function<void(Call const&, xml::Writer&)> on_get = [](Call const&, xml::Writer& body) {
      body.element("p:Thing", "got");
    };
    std::size_t items = 0;
    std::size_t item_bytes = 0;  ///< of padding
    std::string padding = "x";
    std::chrono::milliseconds item_delay{0};
    std::function<void()> on_item = [] {};
    std::size_t fail_at = std::string::npos;
    std::atomic<int> open_sources{0};
    EnumerateRequest last_request;
    std::string last_method;
  };

  explicit FakePlugin(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  [[nodiscard]] std::string_view name() const override { return "Fake"; }
  [[nodiscard]] bool serves(std::string_view uri) const override { return uri == fake_uri; }
  void get(Call const& call, xml::Writer& body) override { script_->on_get(call, body); }
  void invoke(Call const&, std::string_view method, xml::Writer& body) override {
    script_->last_method = method;
    body.element("p:Result", method);
  }
  std::unique_ptr<ItemSource> enumerate(Call const&, EnumerateRequest const& request) override {
    script_->last_request = request;
    return std::make_unique<Source>(script_, request.mode);
  }

 private:
  class Source final : public ItemSource {
   public:
    Source(std::shared_ptr<Script> script, EnumerationMode mode) : script_(std::move(script)), mode_(mode) {
      ++script_->open_sources;
    }
    ~Source() override { --script_->open_sources; }
    bool next(Item& item) override {
      if (at_ == script_->fail_at) throw wsman::faults::internal_error("The fake source fails here.");
      if (at_ == script_->items) return false;
      script_->on_item();
      if (script_->item_delay.count() > 0) std::this_thread::sleep_for(script_->item_delay);
      item = {};
      std::string const number = std::to_string(at_++);
      std::string pad;
      while (pad.size() < script_->item_bytes) pad += script_->padding;
      if (mode_ != EnumerationMode::epr) item.object = "<p:Thing Id=\"" + number + "\">" + pad + "</p:Thing>";
      if (mode_ != EnumerationMode::object) {
        item.reference = "<a:EndpointReference><a:Address>" + number + "</a:Address></a:EndpointReference>";
      }
      return true;
    }

   private:
    std::shared_ptr<Script> const script_;
    EnumerationMode const mode_;
    std::size_t at_ = 0;
  };
  std::shared_ptr<Script> const script_;
};

}  // namespace winrm::engine::test
