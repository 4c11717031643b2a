#include "service/host/event_delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/unicode.hpp"
#include "client/authentication.hpp"
#include "client/connection.hpp"
#include "client/failure.hpp"
#include "client/target.hpp"
#include "wsman/encoding.hpp"
#include "wsman/eventing_faults.hpp"
#include "wsman/eventing_uris.hpp"

namespace winrm::service::host {

namespace {

namespace faults = wsman::faults;
using engine::DeliveryFailure;
using unicode::equals_ignoring_case;
using unicode::starts_with_ignoring_case;

/// How many connections of all sinks are being made.
using Connecting = std::shared_ptr<std::atomic<std::size_t>>;

/// A place among them, until the last copy goes. Subscriptions come and go faster than the attempts of a sink
/// that never answers end. Throws DeliveryFailure.
std::shared_ptr<void const> take_place(Connecting const& connecting) {
  auto const release = [connecting](void const*) { connecting->fetch_sub(1); };
  bool const is_free = connecting->fetch_add(1) < limits::connections_being_made;
  std::shared_ptr<void const> place(nullptr, release);
  if (!is_free) throw DeliveryFailure("too many connections are being made");
  return place;
}

/// What connections to one sink have in common. They refer to it, so that it outlives them.
struct Target {
  client::SessionOptions options;
  client::AuthenticationPlan plan;
  Connecting connecting;
};

/// A connection that is being made: connecting knows a deadline, but cannot be interrupted, so a thread of
/// its own lets whoever waits leave before it ends.
struct Attempt {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  bool given_up = false;
  std::unique_ptr<client::Connection> connection;
  std::string failure;
};

void connect(std::shared_ptr<Target const> const& target, std::shared_ptr<Attempt> const& attempt,
             Deadline deadline) {
  std::unique_ptr<client::Connection> connection;
  std::string failure;
  try {
    connection = client::open_connection(target->options, target->plan, client::Transport(), deadline);
  } catch (std::exception const& error) {
    failure = error.what();
  }
  std::lock_guard const lock(attempt->mutex);
  attempt->connection = std::move(connection);
  attempt->failure = std::move(failure);
  attempt->done = true;
  attempt->changed.notify_all();
}

class HttpSink final : public engine::EventSink {
 public:
  explicit HttpSink(std::shared_ptr<Target const> target) : target_(std::move(target)) {}

  std::string post(std::string const& message, Deadline deadline) override {
    auto const bytes = wsman::encode_message(message, target_->options.encoding);
    if (is_connected()) {
      try {
        return read(exchange(bytes, deadline));
      } catch (client::Failure const&) {
        // A connection that lay idle was closed at the other end: what was sent on it reached nobody, or is
        // delivered twice, which acknowledgements allow for.
        disconnect();
      }
    }
    open(deadline);
    try {
      return read(exchange(bytes, deadline));
    } catch (client::Failure const& failure) {
      disconnect();
      throw DeliveryFailure(failure.text());
    }
  }

  void interrupt() override {
    std::lock_guard const lock(mutex_);
    interrupted_ = true;
    if (connection_) connection_->interrupt();
    if (attempt_) {
      std::lock_guard const inner(attempt_->mutex);
      attempt_->given_up = true;
      attempt_->changed.notify_all();
    }
  }

 private:
  [[nodiscard]] bool is_connected() {
    std::lock_guard const lock(mutex_);
    if (connection_ && !connection_->is_open()) connection_.reset();
    return connection_ != nullptr;
  }

  void disconnect() {
    std::lock_guard const lock(mutex_);
    connection_.reset();
  }

  void open(Deadline deadline) {
    auto const attempt = std::make_shared<Attempt>();
    {
      std::lock_guard const lock(mutex_);
      if (interrupted_) throw DeliveryFailure("the subscription ends");
      attempt_ = attempt;
    }
    start_connecting(attempt, deadline);
    std::unique_lock waiting(attempt->mutex);
    bool const in_time =
        attempt->changed.wait_until(waiting, deadline, [&] { return attempt->done || attempt->given_up; });
    auto connection = std::move(attempt->connection);
    auto const failure = attempt->failure;
    bool const given_up = attempt->given_up;
    waiting.unlock();
    std::lock_guard const lock(mutex_);
    attempt_.reset();
    if (given_up || interrupted_) throw DeliveryFailure("the subscription ends");
    if (!in_time) throw DeliveryFailure("it did not answer in time");
    if (!connection) throw DeliveryFailure(failure);
    connection_ = std::move(connection);
  }

  void start_connecting(std::shared_ptr<Attempt> const& attempt, Deadline deadline) try {
    std::thread([place = take_place(target_->connecting), target = target_, attempt, deadline] {
      connect(target, attempt, deadline);
    }).detach();
  } catch (std::system_error const&) {
    throw DeliveryFailure("this host can start no more threads, and connecting needs one");
  }

  /// Throws client::Failure.
  client::Reply exchange(std::string const& bytes, Deadline deadline) {
    client::Connection* connection = nullptr;
    {
      std::lock_guard const lock(mutex_);
      if (interrupted_) throw DeliveryFailure("the subscription ends");
      connection = connection_.get();
    }
    return connection->post(bytes, {}, deadline);
  }

  [[nodiscard]] static std::string read(client::Reply const& reply) {
    constexpr unsigned first_success = 200;
    constexpr unsigned first_redirection = 300;
    if (reply.status < first_success || reply.status >= first_redirection)
      throw DeliveryFailure(fmt::format("it answered with HTTP status {}", reply.status));
    if (reply.body.empty()) return {};
    auto const encoding = wsman::encoding_of_content_type(reply.content_type);
    if (!encoding) return {};  // no SOAP: as good as no body
    auto text = wsman::decode_message(reply.body, *encoding);
    if (!text) throw DeliveryFailure(text.error().message);
    return std::string(*text);
  }

  std::shared_ptr<Target const> const target_;
  std::mutex mutex_;
  bool interrupted_ = false;
  std::unique_ptr<client::Connection> connection_;
  std::shared_ptr<Attempt> attempt_;
};

http::Endpoint endpoint_of(std::string const& address, config::Client const& policy) {
  if (!starts_with_ignoring_case(address, "http://") && !starts_with_ignoring_case(address, "https://"))
    throw faults::invalid_notify_to(fmt::format(
        "Events go to addresses that begin with http:// or https://, not to '{}'.", address.substr(0, 256)));
  try {
    auto endpoint = client::parse_target(address, false, policy);
    auto const path = address.find('/', address.find("://") + 3);
    endpoint.path = path == std::string::npos ? "/" : address.substr(path);
    return endpoint;
  } catch (client::Failure const& failure) {
    throw faults::invalid_notify_to(failure.text());
  }
}

client::Authentication authentication_of(std::string const& profile) {
  if (profile.empty()) return client::Authentication::none;
  if (equals_ignoring_case(profile, wsman::kerberos_profile) ||
      equals_ignoring_case(profile, wsman::https_kerberos_profile))
    return client::Authentication::kerberos;
  throw faults::policy_cannot_comply(fmt::format(
      "The log-on '{}' at the address of the subscription is not supported: use {}, or HTTPS without "
      "a log-on.",
      profile.substr(0, 256), wsman::kerberos_profile));
}

class HttpSinks final : public engine::EventSinks {
 public:
  explicit HttpSinks(SharedClientPolicy policy) : policy_(std::move(policy)) {}

  std::unique_ptr<engine::EventSink> open(wsman::SinkReference const& reference,
                                          wsman::Encoding encoding) override {
    auto target = std::make_shared<Target>();
    target->connecting = connecting_;
    auto& options = target->options;
    options.policy = policy_->get();
    options.endpoint = endpoint_of(reference.address, options.policy);
    options.endpoint.answer_bytes = limits::delivery_answer_bytes;
    options.authentication = authentication_of(reference.profile);
    options.encoding = encoding;
    bool const clear = !options.endpoint.tls && options.authentication == client::Authentication::none;
    if (clear && !options.policy.allow_unencrypted)
      throw faults::insecure_address(
          fmt::format("Events would go to '{}' in clear text. Use https://, or the log-on {}, or set "
                      "AllowUnencrypted = true "
                      "in the [Client] table of the event source's configuration.",
                      reference.address, wsman::kerberos_profile));
    try {
      target->plan = client::plan_authentication(options);
    } catch (client::Failure const& failure) {
      throw faults::policy_cannot_comply(failure.text());
    }
    return std::make_unique<HttpSink>(std::move(target));
  }

 private:
  SharedClientPolicy const policy_;
  Connecting const connecting_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace

std::shared_ptr<engine::EventSinks> make_event_sinks(SharedClientPolicy policy) {
  return std::make_shared<HttpSinks>(std::move(policy));
}

}  // namespace winrm::service::host
