#include "client/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "client/target.hpp"
#include "wsman/actions.hpp"
#include "wsman/encoding.hpp"
#include "wsman/request_writer.hpp"
#include "xml/names.hpp"

namespace winrm::client {
namespace {

constexpr unsigned http_bad_request = 400;
constexpr unsigned http_forbidden = 403;
constexpr unsigned http_not_found = 404;
constexpr unsigned http_too_large = 413;
constexpr unsigned http_server_error = 500;
constexpr unsigned http_unavailable = 503;

std::uint32_t code_of_status(unsigned status) {
  switch (status) {
    case http_bad_request:
      return code::http_bad_request;
    case http_forbidden:
      return code::access_denied;
    case http_not_found:
      return code::http_not_found;
    case http_too_large:
      return code::http_request_too_large;
    case http_server_error:
      return code::http_server_error;
    case http_unavailable:
      return code::http_service_unavailable;
    default:
      return code::unknown_http_status;
  }
}

constexpr Milliseconds first_pause{50};
constexpr Milliseconds longest_pause{5000};

bool is_network_loss(Failure const& failure) { return failure.kind() == Failure::Kind::transport; }

bool is_soap(std::string_view content_type) {
  return unicode::starts_with_ignoring_case(content_type, "application/soap+xml") ||
         unicode::starts_with_ignoring_case(content_type, "text/xml");
}

bool is_html(std::string_view content_type) {
  return unicode::starts_with_ignoring_case(content_type, "text/html");
}

/// The detail as `winrm -format:xml` shows it.
std::string fault_xml(wsman::Answer const& answer) {
  auto const detail = answer.body().child(ns::soap, "Detail");
  if (auto const wsman_fault = detail.child(ns::fault, "WSManFault")) return wsman_fault.serialize();
  return detail ? detail.serialize() : std::string{};
}

}  // namespace

class Session::Impl {
 public:
  Impl(SessionOptions options, Transport transport)
      : options_(std::move(options)),
        plan_(plan_authentication(options_)),
        transport_(std::move(transport)),
        url_(url_of(options_.endpoint)),
        session_id_("uuid:" + make_uuid()) {}

  wsman::Answer exchange(std::string message, std::string_view message_id, http::HeaderList const& headers,
                         Repeat repeat, Milliseconds timeout) {
    auto const deadline = SteadyClock::now() + timeout + Milliseconds(options_.policy.network_delay_ms);
    auto const wire = wsman::encode_message(std::move(message), options_.encoding);
    auto answer = read(repeat == Repeat::patiently ? post_patiently(wire, headers, timeout)
                                                   : post(wire, headers, repeat, deadline));
    // Some quota faults of Windows relate to nothing; everything else must answer what was asked.
    if (!message_id.empty() && !answer.relates_to.empty() &&
        !unicode::equals_ignoring_case(answer.relates_to, message_id))
      throw Failure(Failure::Kind::protocol, code::response_invalid,
                    fmt::format("{} answered another request (it relates to {}, and {} was asked).", url_,
                                answer.relates_to, message_id));
    if (answer.fault) {
      auto text = answer.fault->text.empty() ? answer.fault->reason : answer.fault->text;
      throw Failure::from_fault(answer.fault->code, std::move(text), fault_xml(answer));
    }
    return answer;
  }

  void interrupt() {
    std::lock_guard const lock(mutex_);
    for (auto* connection : busy_) connection->interrupt();
    ++interruptions_;
    interrupted_.notify_all();
  }

  SessionOptions const options_;
  AuthenticationPlan const plan_;
  Transport const transport_;
  std::string const url_;
  std::string const session_id_;

 private:
  /// Takes a connection for one request and gives it back when it is still good.
  class Lease {
   public:
    explicit Lease(Impl& session) : session_(session) {
      std::lock_guard const lock(session_.mutex_);
      while (!connection_ && !session_.idle_.empty()) {
        connection_ = std::move(session_.idle_.back());
        session_.idle_.pop_back();
        if (!connection_->is_open()) connection_.reset();
      }
      if (connection_) session_.busy_.push_back(connection_.get());
    }
    Lease(Lease const&) = delete;
    Lease& operator=(Lease const&) = delete;
    ~Lease() {
      std::lock_guard const lock(session_.mutex_);
      std::erase(session_.busy_, connection_.get());
      if (good_) session_.idle_.push_back(std::move(connection_));
    }

    [[nodiscard]] bool was_idle() const { return connection_ != nullptr; }
    void open(Deadline deadline) {
      auto fresh = open_connection(session_.options_, session_.plan_, session_.transport_, deadline);
      std::lock_guard const lock(session_.mutex_);
      std::erase(session_.busy_, connection_.get());
      connection_ = std::move(fresh);
      session_.busy_.push_back(connection_.get());
    }
    Reply post(std::string_view message, http::HeaderList const& headers, Deadline deadline) {
      auto reply = connection_->post(message, headers, deadline);
      good_ = connection_->is_open();
      return reply;
    }

   private:
    Impl& session_;
    std::unique_ptr<Connection> connection_;
    bool good_ = false;
  };

  Reply post(std::string_view message, http::HeaderList const& headers, Repeat repeat, Deadline deadline) {
    Lease lease(*this);
    if (lease.was_idle()) {
      try {
        return lease.post(message, headers, deadline);
      } catch (Failure const& failure) {
        // A 401 means that nothing was done, so asking again is always safe.
        bool const forgotten = failure.kind() == Failure::Kind::authentication;
        bool const closed =
            failure.kind() == Failure::Kind::transport && failure.code() == code::destination_unreachable;
        if (!forgotten && !(closed && repeat == Repeat::once)) throw;
      }
    }
    lease.open(deadline);
    return lease.post(message, headers, deadline);
  }

  Deadline deadline_in(Milliseconds timeout) const {
    return SteadyClock::now() + timeout + Milliseconds(options_.policy.network_delay_ms);
  }

  void tell(NetworkEvent event) const {
    if (options_.on_network) options_.on_network(event);
  }

  /// The same bytes until they are answered: the service knows them by their MessageID.
  Reply post_patiently(std::string_view message, http::HeaderList const& headers, Milliseconds timeout) {
    std::optional<Deadline> end;
    Milliseconds pause = first_pause;
    while (true) {
      try {
        auto reply = post(message, headers, Repeat::once, deadline_in(timeout));
        if (end) tell(NetworkEvent::reconnected);
        return reply;
      } catch (Failure const& failure) {
        if (!is_network_loss(failure)) throw;
        tell(end ? NetworkEvent::retrying : NetworkEvent::lost);
        if (!end) end = SteadyClock::now() + options_.reconnect_time;
        if (SteadyClock::now() + pause > *end) throw;
      }
      wait(pause);
      pause = std::min(2 * pause, longest_pause);
    }
  }

  void wait(Milliseconds pause) {
    std::unique_lock lock(mutex_);
    auto const before = interruptions_;
    if (interrupted_.wait_for(lock, pause, [&] { return interruptions_ != before; }))
      throw Failure(Failure::Kind::interrupted, code::operation_aborted,
                    "The operation was ended while the connection was lost.");
  }

  wsman::Answer read(Reply reply) const {
    if (reply.body.empty() || !is_soap(reply.content_type)) throw not_soap(reply);
    auto const encoding = wsman::encoding_of_content_type(reply.content_type);
    if (!encoding) throw unreadable(encoding.error().message);
    auto const text = wsman::decode_message(reply.body, *encoding);
    if (!text) throw unreadable(text.error().message);
    auto answer = wsman::Answer::parse(*text);
    if (!answer) throw unreadable(answer.error().message);
    return std::move(*answer);
  }

  Failure not_soap(Reply const& reply) const {
    auto const code = is_html(reply.content_type) && code_of_status(reply.status) == code::unknown_http_status
                          ? code::html_error
                          : code_of_status(reply.status);
    return Failure(
        Failure::Kind::protocol, code,
        fmt::format(
            "{} {} answered with HTTP status {}{}.", describe_code(code), url_, reply.status,
            reply.content_type.empty() ? " and no message" : fmt::format(" and {}", reply.content_type)));
  }

  Failure unreadable(std::string_view why) const {
    return Failure(Failure::Kind::protocol, code::response_invalid,
                   fmt::format("{} {}: {}", describe_code(code::response_invalid), url_, why));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<Connection*> busy_;
  std::condition_variable interrupted_;
  std::uint64_t interruptions_ = 0;
};

Session::Session(SessionOptions options, Transport transport)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(transport))) {}

Session::~Session() = default;

SessionOptions const& Session::options() const noexcept { return impl_->options_; }
std::string const& Session::url() const noexcept { return impl_->url_; }
void Session::interrupt() { impl_->interrupt(); }

wsman::Answer Session::identify() {
  http::HeaderList headers;
  if (impl_->plan_.method == AuthenticationPlan::Method::none)
    headers.emplace_back("WSMANIDENTIFY", "unauthenticated");
  return impl_->exchange(wsman::write_identify_request(), {}, headers, Repeat::once,
                         impl_->options_.operation_timeout);
}

wsman::Answer Session::exchange(std::string_view action, ResourceLocator const& resource,
                                std::string_view body, Repeat repeat, std::optional<Milliseconds> timeout) {
  auto const& options = impl_->options_;
  wsman::RequestHeaders headers(impl_->url_, std::string(action), resource.resource_uri);
  headers.max_envelope_size = options.max_envelope_size;
  headers.operation_timeout = timeout.value_or(options.operation_timeout);
  headers.locale = options.locale;
  headers.session_id = impl_->session_id_;
  headers.selectors = resource.selectors;
  headers.options = resource.options;
  headers.fragment = resource.fragment;
  wsman::RequestWriter request(headers);
  if (!resource.header.empty()) request.header(resource.header);
  request.body().raw(body);
  auto const message_id = request.message_id();
  return impl_->exchange(request.finish(), message_id, {}, repeat, headers.operation_timeout);
}

wsman::Answer Session::get(ResourceLocator const& resource) {
  return exchange(wsman::action::get, resource, {}, Repeat::once);
}

wsman::Answer Session::put(ResourceLocator const& resource, std::string_view body) {
  return exchange(wsman::action::put, resource, body);
}

wsman::Answer Session::create(ResourceLocator const& resource, std::string_view body) {
  return exchange(wsman::action::create, resource, body);
}

void Session::remove(ResourceLocator const& resource) {
  static_cast<void>(exchange(wsman::action::remove, resource, {}));
}

wsman::Answer Session::invoke(ResourceLocator const& resource, std::string_view method,
                              std::string_view body) {
  return exchange(fmt::format("{}/{}", resource.resource_uri, method), resource, body);
}

}  // namespace winrm::client
