#include "engine/dispatcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/changeable.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"
#include "engine/enumerations.hpp"
#include "engine/fault_answer.hpp"
#include "engine/open_calls.hpp"
#include "engine/shells.hpp"
#include "engine/subscriptions.hpp"
#include "engine/timer.hpp"
#include "wsman/actions.hpp"
#include "wsman/encoding.hpp"
#include "wsman/eventing_uris.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

EnumerationSettings enumeration_settings(EngineSettings const& settings) {
  return {.max_batch_items = settings.max_batch_items, .idle_timeout = settings.enumeration_timeout};
}

ShellSettings shell_settings(EngineSettings const& settings) {
  return {.allowed = settings.allow_remote_shells,
          .idle_timeout = settings.shell_idle_timeout,
          .max_shells = settings.max_shells_per_user};
}

bool is_this_machine(std::string_view address) {
  return address == "local" || address == "::1" || address.starts_with("127.");
}

namespace action = wsman::action;
namespace faults = wsman::faults;
using unicode::equals_ignoring_case;
using unicode::starts_with_ignoring_case;

std::string fragment_header(wsman::FragmentTransfer const& fragment) {
  std::string header;
  xml::Writer writer(header);
  writer.open("w:FragmentTransfer")
      .attribute("s:mustUnderstand", "true")
      .attribute("Dialect", fragment.dialect);
  writer.text(fragment.path).close();
  return header;
}

/// The method of a `<ResourceURI>/<method>` action, or "".
std::string_view method_of(std::string_view action_uri, std::string_view resource_uri) {
  if (resource_uri.empty() || !starts_with_ignoring_case(action_uri, resource_uri)) return {};
  std::string_view const rest = action_uri.substr(resource_uri.size());
  if (rest.size() < 2 || rest.front() != '/') return {};
  return rest.substr(1);
}

constexpr security::AccessMask no_right = 0;
/// As winrm/config/plugin lists the remote shells.
constexpr std::string_view shells_plugin = "Shell cmd";

std::string_view name_of(security::AccessMask right) {
  if (right == security::generic_read) return "read";
  if (right == security::generic_write) return "change";
  return "run";
}

/// Input and output of a command that was recorded when it was started.
bool continues_a_command(std::string_view wanted) {
  return equals_ignoring_case(wanted, action::shell_send) ||
         equals_ignoring_case(wanted, action::shell_receive) ||
         equals_ignoring_case(wanted, action::shell_signal);
}

/// The audit entries of the descriptor (row Z7).
void record_attempt(Call const& call, security::Descriptor const& descriptor, security::AccessMask right,
                    bool allowed) {
  using security::Attempt;
  auto const& request = call.request();
  if (allowed && continues_a_command(request.action)) return;
  if (!descriptor.audits(call.principal().sids(), right, allowed ? Attempt::success : Attempt::failure))
    return;
  auto const line = fmt::format("audit: {} {} ({}) from {}: {} of {}", allowed ? "allowed" : "denied",
                                call.principal().name(), auth::scheme_name(call.principal().scheme()),
                                call.client().address, request.action.substr(request.action.rfind('/') + 1),
                                request.resource_uri.substr(0, 300));
  if (allowed)
    log::info("{}", line);
  else
    log::warning("{}", line);
}

/// Only Get and Put know fragments here. The others do not leave the header out of account: DSP0226 7.7.
void require_no_fragment(wsman::Request const& request) {
  bool const may_have_one =
      equals_ignoring_case(request.action, action::get) || equals_ignoring_case(request.action, action::put);
  if (request.fragment && !may_have_one) throw faults::fragment_transfer_not_supported();
}

bool is_identify(std::string_view utf8) {
  // Only a message that names the namespace is worth a second reading.
  return utf8.find(ns::identity) != std::string_view::npos && wsman::is_identify(utf8);
}

/// MS-WSMV 3.1.4.1.7: the service's limit holds for every operation but Pull, which waits for events.
Deadline deadline_of(wsman::Request const& request, Milliseconds max_timeout) {
  Milliseconds timeout = request.operation_timeout.value_or(max_timeout);
  if (!equals_ignoring_case(request.action, action::pull)) timeout = std::min(timeout, max_timeout);
  return SteadyClock::now() + timeout;
}

}  // namespace

class Dispatcher::Impl {
 public:
  Impl(EngineSettings settings, std::vector<std::unique_ptr<Plugin>> plugins,
       std::vector<std::unique_ptr<ShellPlugin>> shell_plugins, ShellSeat* seat,
       std::shared_ptr<EventSinks> sinks);
  ~Impl();

  std::shared_ptr<Call> dispatch(Message message, auth::Principal const& principal, ClientFacts const& client,
                                 Completion completion);
  [[nodiscard]] bool idle() const {
    return calls_.empty() && enumerations_.empty() && shells_.empty() && subscriptions_.empty();
  }
  void change_settings(EngineSettings const& settings);
  void shutdown();

 private:
  /// What serves one action, and the right to the resource that it needs (windows-surface 1.5, Z3).
  struct Route {
    std::string_view action;
    security::AccessMask right;
    void (Impl::*serve)(std::shared_ptr<Call> const&);
  };
  static std::vector<Route> const& routes();

  std::shared_ptr<Call> open_call(Message message, auth::Principal const& principal,
                                  ClientFacts const& client, Completion completion);
  void serve(std::shared_ptr<Call> const& call);
  void route(std::shared_ptr<Call> const& call);
  void require_access(Call const& call, security::AccessMask right) const;

  void get(std::shared_ptr<Call> const& call);
  void put(std::shared_ptr<Call> const& call);
  void create(std::shared_ptr<Call> const& call);
  void remove(std::shared_ptr<Call> const& call);
  void enumerate(std::shared_ptr<Call> const& call);
  void pull(std::shared_ptr<Call> const& call) {
    if (!subscriptions_.pull(call)) enumerations_.pull(*call);
  }
  void release(std::shared_ptr<Call> const& call) {
    if (!subscriptions_.release(*call)) enumerations_.release(*call);
  }
  void subscribe(std::shared_ptr<Call> const& call);
  void renew(std::shared_ptr<Call> const& call) { subscriptions_.renew(*call); }
  void get_status(std::shared_ptr<Call> const& call) { subscriptions_.get_status(*call); }
  void unsubscribe(std::shared_ptr<Call> const& call) { subscriptions_.unsubscribe(*call); }
  void command(std::shared_ptr<Call> const& call) { shells_.command(call); }
  void send(std::shared_ptr<Call> const& call) { shells_.send(call); }
  void receive(std::shared_ptr<Call> const& call) { shells_.receive(call); }
  void signal(std::shared_ptr<Call> const& call) { shells_.signal(call); }
  void disconnect(std::shared_ptr<Call> const& call) { shells_.disconnect(*call); }
  void reconnect(std::shared_ptr<Call> const& call) { shells_.reconnect(*call); }
  void connect(std::shared_ptr<Call> const& call) { shells_.connect(*call); }
  void end(std::shared_ptr<Call> const& call) { call->reply_without_body(); }
  void invoke(std::shared_ptr<Call> const& call);

  /// Throws when no plug-in serves the request's resource.
  Plugin& plugin_for(Call const& call) const;
  bool is_disabled(std::string_view plugin) const;
  template <class Write>
  void answer(Call& call, Write write) const;

  Changeable<EngineSettings> settings_;
  std::vector<std::unique_ptr<Plugin>> const plugins_;
  Timer timer_;
  OpenCalls calls_;
  Enumerations enumerations_;
  Shells shells_;
  Subscriptions subscriptions_;
};

Dispatcher::Impl::Impl(EngineSettings settings, std::vector<std::unique_ptr<Plugin>> plugins,
                       std::vector<std::unique_ptr<ShellPlugin>> shell_plugins, ShellSeat* seat,
                       std::shared_ptr<EventSinks> sinks)
    : settings_(settings),
      plugins_(std::move(plugins)),
      calls_(timer_, settings.max_operations_per_user),
      enumerations_(timer_, enumeration_settings(settings)),
      shells_(timer_, shell_settings(settings), std::move(shell_plugins), seat),
      subscriptions_(std::move(sinks)) {}

void Dispatcher::Impl::change_settings(EngineSettings const& settings) {
  settings_.set(settings);
  calls_.change_limit(settings.max_operations_per_user);
  enumerations_.change(enumeration_settings(settings));
  shells_.change(shell_settings(settings));
}

Dispatcher::Impl::~Impl() {
  shutdown();
  timer_.stop();
}

void Dispatcher::Impl::shutdown() {
  wsman::Fault const stopping = faults::operation_aborted("The service is stopping.");
  subscriptions_.begin_shutdown();  // before abort_all(): a waiting Pull is told what its subscription is
  calls_.abort_all(stopping);
  shells_.clear(stopping);
  enumerations_.clear();
  subscriptions_.finish_shutdown();
}

std::shared_ptr<Call> Dispatcher::Impl::dispatch(Message message, auth::Principal const& principal,
                                                 ClientFacts const& client, Completion completion) {
  std::shared_ptr<Call> call = open_call(std::move(message), principal, client, std::move(completion));
  if (call) serve(call);
  return call;
}

std::shared_ptr<Call> Dispatcher::Impl::open_call(Message message, auth::Principal const& principal,
                                                  ClientFacts const& client, Completion completion) {
  wsman::Encoding const encoding = message.encoding;
  std::string message_id;
  auto const settings = settings_.get();
  try {
    if (message.bytes.size() > settings.max_envelope_bytes) {
      throw faults::service_envelope_limit(message.bytes.size(), settings.max_envelope_bytes);
    }
    auto const utf8 = wsman::decode_message(message.bytes, encoding);
    if (!utf8) throw faults::invalid_xml(utf8.error().message);
    if (is_identify(*utf8)) {
      completion({.message = wsman::encode_message(wsman::write_identify_response(true), encoding)});
      return nullptr;
    }
    wsman::Request request = wsman::Request::parse(*utf8, encoding);
    message_id = request.message_id;
    if (!settings.allow_remote_access && !is_this_machine(client.address))
      throw faults::remote_access_disabled();
    OpenCalls::Ticket const ticket = calls_.enter();
    Deadline const deadline = deadline_of(request, settings.max_timeout);
    auto call = std::make_shared<Call>(std::move(request), principal, client, deadline,
                                       [this, ticket, done = std::move(completion)](Answer answer) {
                                         calls_.leave(ticket);
                                         done(std::move(answer));
                                       });
    call->limit_envelope(settings.max_envelope_bytes);
    calls_.watch(ticket, call);
    return call;
  } catch (wsman::Fault const& fault) {
    completion(answer_with_fault(fault, message_id, client, encoding));
  } catch (std::exception const& error) {
    completion(
        answer_with_fault(unexpected_failure(error, "reading a message"), message_id, client, encoding));
  }
  return nullptr;
}

void Dispatcher::Impl::serve(std::shared_ptr<Call> const& call) {
  try {
    route(call);
  } catch (wsman::Fault const& fault) {
    call->fault(fault);
  } catch (std::exception const& error) {
    call->fault(unexpected_failure(error, call->request().action));
  }
}

std::vector<Dispatcher::Impl::Route> const& Dispatcher::Impl::routes() {
  static std::vector<Route> const table{
      {action::get, security::generic_read, &Impl::get},
      {action::put, security::generic_write, &Impl::put},
      {action::create, security::generic_write, &Impl::create},
      {action::remove, security::generic_write, &Impl::remove},
      {action::enumerate, security::generic_read, &Impl::enumerate},
      {action::pull, security::generic_read, &Impl::pull},
      {action::release, security::generic_read, &Impl::release},
      {action::subscribe, security::generic_read, &Impl::subscribe},
      {action::renew, security::generic_read, &Impl::renew},
      {action::get_status, security::generic_read, &Impl::get_status},
      {action::unsubscribe, security::generic_read, &Impl::unsubscribe},
      {action::shell_command, security::generic_execute, &Impl::command},
      {action::shell_send, security::generic_execute, &Impl::send},
      {action::shell_receive, security::generic_execute, &Impl::receive},
      {action::shell_signal, security::generic_execute, &Impl::signal},
      {action::shell_disconnect, security::generic_execute, &Impl::disconnect},
      {action::shell_reconnect, security::generic_execute, &Impl::reconnect},
      {action::shell_connect, security::generic_execute, &Impl::connect},
      {action::end, no_right, &Impl::end},
  };
  return table;
}

void Dispatcher::Impl::route(std::shared_ptr<Call> const& call) {
  std::string const& wanted = call->request().action;
  auto const found = std::ranges::find_if(
      routes(), [&](Route const& route) { return equals_ignoring_case(route.action, wanted); });
  bool const known = found != routes().end();
  require_access(*call, known ? found->right : security::generic_execute);
  require_no_fragment(call->request());
  if (known) {
    (this->*found->serve)(call);
  } else {
    invoke(call);
  }
}

/// Before anything looks at the resource: nobody learns what there is who may not use it.
void Dispatcher::Impl::require_access(Call const& call, security::AccessMask right) const {
  if (right == no_right) return;
  auto const& resource = call.request().resource_uri;
  // A remote shell runs programs, whoever makes it or ends it.
  if (right == security::generic_write && shells_.serves(resource)) right = security::generic_execute;
  auto const settings = settings_.get();
  auto const& descriptor = settings.access->descriptor_of(resource);
  auto const& who = call.principal().sids();
  bool const allowed = descriptor.allows(who, right);
  record_attempt(call, descriptor, right, allowed);
  if (!allowed)
    throw faults::access_denied(fmt::format(
        "Access is denied. The security descriptor of {} does not let {} {} it. An administrator can add the "
        "account to the group winrm, or change the descriptor with winrm configSDDL.",
        resource, call.principal().name(), name_of(right)));
}

Plugin& Dispatcher::Impl::plugin_for(Call const& call) const {
  std::string const& resource = call.request().resource_uri;
  for (auto const& plugin : plugins_) {
    if (plugin->serves(resource) && !is_disabled(plugin->name())) return *plugin;
  }
  throw faults::resource_not_found(resource);
}

bool Dispatcher::Impl::is_disabled(std::string_view plugin) const {
  auto const settings = settings_.get();
  return std::ranges::any_of(settings.disabled_plugins,
                             [&](std::string const& name) { return equals_ignoring_case(name, plugin); });
}

template <class Write>
void Dispatcher::Impl::answer(Call& call, Write write) const {
  wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
  // DSP0226 7.7: an answer that is a fragment says of what.
  if (auto const& fragment = call.request().fragment) response.header(fragment_header(*fragment));
  write(response.body());
  call.reply(response.finish());
}

void Dispatcher::Impl::get(std::shared_ptr<Call> const& call) {
  if (shells_.serves(call->request().resource_uri)) {
    shells_.get(*call);
    return;
  }
  Plugin& plugin = plugin_for(*call);
  answer(*call, [&](xml::Writer& body) { plugin.get(*call, body); });
}

void Dispatcher::Impl::put(std::shared_ptr<Call> const& call) {
  if (shells_.serves(call->request().resource_uri)) {
    throw faults::action_not_supported(call->request().action);
  }
  Plugin& plugin = plugin_for(*call);
  answer(*call, [&](xml::Writer& body) { plugin.put(*call, body); });
}

void Dispatcher::Impl::create(std::shared_ptr<Call> const& call) {
  if (shells_.serves(call->request().resource_uri)) {
    if (is_disabled(shells_plugin)) throw faults::resource_not_found(call->request().resource_uri);
    shells_.create(*call);
    return;
  }
  Plugin& plugin = plugin_for(*call);
  answer(*call, [&](xml::Writer& body) { plugin.create(*call, body); });
}

void Dispatcher::Impl::remove(std::shared_ptr<Call> const& call) {
  if (shells_.serves(call->request().resource_uri)) {
    shells_.remove(*call);
    return;
  }
  Plugin& plugin = plugin_for(*call);
  answer(*call, [&](xml::Writer& body) { plugin.remove(*call, body); });
}

void Dispatcher::Impl::enumerate(std::shared_ptr<Call> const& call) {
  if (shells_.serves(call->request().resource_uri)) {
    enumerations_.enumerate(
        *call, [&](EnumerateRequest const& request) { return shells_.enumerate(*call, request); });
    return;
  }
  Plugin& plugin = plugin_for(*call);
  enumerations_.enumerate(*call,
                          [&](EnumerateRequest const& request) { return plugin.enumerate(*call, request); });
}

void Dispatcher::Impl::subscribe(std::shared_ptr<Call> const& call) {
  auto const& resource = call->request().resource_uri;
  if (resource.empty())
    throw faults::invalid_resource_uri(
        "The Subscribe has no ResourceURI header: it says whose events are meant.");
  if (shells_.serves(resource)) throw faults::action_not_supported(call->request().action);
  Plugin& plugin = plugin_for(*call);
  subscriptions_.subscribe(
      call, [&](wsman::SubscribeRequest const& request) { return plugin.subscribe(*call, request); });
}

void Dispatcher::Impl::invoke(std::shared_ptr<Call> const& call) {
  wsman::Request const& request = call->request();
  std::string_view const method = method_of(request.action, request.resource_uri);
  if (method.empty() || shells_.serves(request.resource_uri)) {
    throw faults::action_not_supported(request.action);
  }
  Plugin& plugin = plugin_for(*call);
  answer(*call, [&](xml::Writer& body) { plugin.invoke(*call, method, body); });
}

Dispatcher::Dispatcher(EngineSettings settings, std::vector<std::unique_ptr<Plugin>> plugins,
                       std::vector<std::unique_ptr<ShellPlugin>> shell_plugins, ShellSeat* seat,
                       std::shared_ptr<EventSinks> sinks)
    : impl_(std::make_unique<Impl>(settings, std::move(plugins), std::move(shell_plugins), seat,
                                   std::move(sinks))) {}

Dispatcher::~Dispatcher() = default;

std::shared_ptr<Call> Dispatcher::dispatch(Message message, auth::Principal const& principal,
                                           ClientFacts const& client, Completion completion) {
  return impl_->dispatch(std::move(message), principal, client, std::move(completion));
}

void Dispatcher::change_settings(EngineSettings const& settings) { impl_->change_settings(settings); }

bool Dispatcher::idle() const { return impl_->idle(); }

void Dispatcher::shutdown() { impl_->shutdown(); }

}  // namespace winrm::engine
