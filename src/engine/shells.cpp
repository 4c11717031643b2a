#include "engine/shells.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/unicode.hpp"
#include "base/uuid.hpp"
#include "engine/shell_message.hpp"
#include "engine/shell_sources.hpp"
#include "wsman/actions.hpp"
#include "wsman/response.hpp"
#include "xml/names.hpp"

namespace winrm::engine {
namespace {

namespace faults = wsman::faults;
namespace resource = wsman::resource;
using unicode::equals_ignoring_case;

constexpr std::string_view shell_id_selector = "ShellId";

std::string shell_id_of(wsman::Request const& request) {
  auto const id = request.selectors.value_of(shell_id_selector);
  if (!id) throw faults::insufficient_selectors("The selector ShellId is missing; it names the shell.");
  return canonical_id(*id);
}

void reply_empty(Call& call) {
  wsman::ResponseWriter response(call.request(), wsman::response_action(call.request().action));
  static_cast<void>(response.body());
  call.reply(response.finish());
}

void refuse_fragment(wsman::Request const& request) {
  if (request.fragment) throw faults::fragment_transfer_not_supported();
}

void write_created(xml::Writer& body, Shell const& shell, std::string const& address) {
  wsman::EndpointReference reference;
  reference.address = address.empty() ? std::string(wsman::anonymous_address) : address;
  reference.resource_uri = shell.facts().resource_uri;
  reference.selectors.add(std::string(shell_id_selector), shell.facts().id);
  body.open("x:ResourceCreated");
  wsman::write_endpoint_reference(body, reference);
  body.close();
  shell.write(body, Shell::Detail::as_created);
}

}  // namespace

Shells::Shells(Timer& timer, ShellSettings settings, std::vector<std::unique_ptr<ShellPlugin>> plugins,
               ShellSeat* seat)
    : timer_(timer), settings_(settings), seat_(seat), plugins_(std::move(plugins)) {}

ShellPlugin* Shells::plugin_for(std::string_view resource_uri) const {
  auto const found =
      std::ranges::find_if(plugins_, [&](auto const& plugin) { return plugin->serves(resource_uri); });
  return found == plugins_.end() ? nullptr : found->get();
}

bool Shells::serves(std::string_view resource_uri) const {
  return equals_ignoring_case(resource_uri, resource::shell) ||
         equals_ignoring_case(resource_uri, resource::shell_command_list) || plugin_for(resource_uri);
}

std::shared_ptr<Shell> Shells::find(std::string_view id) const {
  std::lock_guard const lock(mutex_);
  auto const found = shells_.find(canonical_id(id));
  return found == shells_.end() ? nullptr : found->second.shell;
}

std::shared_ptr<Shell> Shells::shell_of(wsman::Request const& request) const {
  std::string const id = shell_id_of(request);
  auto shell = find(id);
  if (!shell) throw faults::shell_not_found(id);
  shell->touch();
  return shell;
}

std::shared_ptr<Shell> Shells::connected_shell_of(wsman::Request const& request) const {
  auto shell = shell_of(request);
  shell->require_connected();
  return shell;
}

std::vector<std::shared_ptr<Shell>> Shells::all() const {
  std::vector<std::shared_ptr<Shell>> shells;
  std::lock_guard const lock(mutex_);
  for (auto const& [id, entry] : shells_) {
    if (entry.shell) shells.push_back(entry.shell);
  }
  return shells;
}

std::string Shells::reserve(std::string const& wanted_id) {
  std::string id = wanted_id.empty() ? make_uuid() : wanted_id;
  std::lock_guard const lock(mutex_);
  auto const most = settings_.get().max_shells;
  if (most != 0 && shells_.size() >= most) {
    throw faults::quota_max_shells(most);
  }
  if (!shells_.emplace(id, Entry{}).second) {
    throw faults::shell_id_conflict(id);
  }
  return id;
}

void Shells::create(Call& call) {
  wsman::Request const& request = call.request();
  ShellPlugin* const plugin = plugin_for(request.resource_uri);
  if (!plugin) throw faults::action_not_supported(request.action);
  if (!settings_.get().allowed) throw faults::remote_shells_not_allowed();
  // A service that lets this header pass must compress (MS-WSMV 3.1.4.1.31.6).
  bool const compressed = equals_ignoring_case(request.compression_type, "xpress");
  if (!compressed && !request.compression_type.empty()) {
    throw faults::must_understand(ns::shell, "CompressionType");
  }

  ShellBody body = read_shell(request);
  bool const id_chosen = !body.start.shell_id.empty();
  take_seat();
  try {
    body.start.shell_id = reserve(body.start.shell_id);
  } catch (wsman::Fault const&) {
    leave_seat();
    throw;
  }
  std::string const id = body.start.shell_id;
  std::shared_ptr<Shell> shell;
  try {
    auto instance = plugin->create(body.start, call.principal());
    shell = std::make_shared<Shell>(
        ShellFacts{.id = id,
                   .resource_uri = request.resource_uri,
                   .plugin = std::string(plugin->name()),
                   .name = std::move(body.start.name),
                   .owner = call.principal().name(),
                   .client_address = call.client().address,
                   .working_directory = std::move(body.start.working_directory),
                   .environment = std::move(body.start.environment),
                   .input_streams = std::move(body.start.input_streams),
                   .output_streams = std::move(body.start.output_streams),
                   .locale = request.locale,
                   .data_locale = request.data_locale,
                   .profile_loaded = !request.options.flag("WINRS_NOPROFILE"),
                   .compressed = compressed,
                   .id_chosen_by_client = id_chosen,
                   .session_id = request.session_id,
                   .idle_timeout =
                       std::max(body.idle_timeout.value_or(settings_.get().idle_timeout), min_idle_timeout),
                   .buffer_mode = body.buffer_mode},
        std::move(instance));
  } catch (std::exception const&) {
    forget(id);
    throw;
  }
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  write_created(response.body(), *shell, call.client().url);
  std::string message = response.finish();
  {
    std::lock_guard const lock(mutex_);
    shells_[id] = {.shell = shell,
                   .timer = timer_.add(SteadyClock::now() + shell->facts().idle_timeout,
                                       [this, id] { close_when_idle(id); })};
  }
  if (call.claim()) {
    call.reply_claimed(std::move(message));
  } else if (forget(id)) {
    shell->close(faults::operation_aborted("Nobody waited for the shell."));  // timed out or gone
  }
}

void Shells::get(Call& call) {
  wsman::Request const& request = call.request();
  refuse_fragment(request);
  auto const shell = shell_of(request);
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  shell->write(response.body(), Shell::Detail::all);
  call.reply(response.finish());
}

void Shells::remove(Call& call) {
  wsman::Request const& request = call.request();
  auto const shell = shell_of(request);
  if (!forget(shell->facts().id)) throw faults::shell_not_found(shell->facts().id);
  shell->close(faults::operation_aborted("The shell was deleted."));
  reply_empty(call);
}

void Shells::command(std::shared_ptr<Call> const& call) {
  wsman::Request const& request = call->request();
  auto const shell = connected_shell_of(request);
  std::string const id = shell->start(read_command_line(request, shell->facts().plugin), request.message_id);
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  response.body().open("rsp:CommandResponse").element("rsp:CommandId", id).close();
  if (call->claim()) {
    call->reply_claimed(response.finish());
  } else if (!request.body().attribute("", "CommandId")) {
    shell->signal(id, Signal::terminate);  // nobody learns its name
  }
}

void Shells::receive(std::shared_ptr<Call> const& call) {
  auto const shell = shell_of(call->request());
  ReceiveBody body = read_receive(call->request(), shell->facts().plugin);
  if (!shell->connected()) throw faults::stream_disconnected();
  shell->command(body.command_id)->receive(call, std::move(body.streams));
}

void Shells::send(std::shared_ptr<Call> const& call) {
  auto const shell = connected_shell_of(call->request());
  SendBody body = read_send(call->request(), shell->facts().plugin, shell->facts().compressed);
  for (auto const& part : body.parts) {
    auto const& streams = shell->facts().input_streams;
    if (std::ranges::find(streams, part.stream) == streams.end()) {
      throw faults::invalid_input_stream(part.stream);
    }
  }
  shell->command(body.command_id)->send(call, std::move(body.parts));
}

void Shells::signal(std::shared_ptr<Call> const& call) {
  auto const shell = connected_shell_of(call->request());
  SignalBody const body = read_signal(call->request(), shell->facts().plugin);
  shell->signal(body.command_id, body.signal);
  call->reply(write_empty_response(call->request(), "rsp:SignalResponse"));
}

void Shells::disconnect(Call& call) {
  auto const shell = shell_of(call.request());
  shell->disconnect(read_disconnect(call.request()));
  close_when_idle_at(shell->facts().id, SteadyClock::now() + shell->idle_timeout());
  reply_empty(call);
}

void Shells::reconnect(Call& call) {
  auto const shell = shell_of(call.request());
  std::string const command_id = read_command_of(call.request());
  if (command_id.empty()) {
    shell->reconnect(call.request().session_id);
  } else {
    shell->require_connected();
    static_cast<void>(shell->command(command_id));
  }
  reply_empty(call);
}

void Shells::connect(Call& call) {
  wsman::Request const& request = call.request();
  auto const shell = shell_of(request);
  std::string const command_id = read_command_of(request);
  wsman::ResponseWriter response(request, wsman::response_action(request.action));
  auto& body = response.body();
  if (command_id.empty()) {
    shell->connect(request.session_id);
    body.open("rsp:ConnectResponse");
    body.element("rsp:InputStreams", fmt::format("{}", fmt::join(shell->facts().input_streams, " ")));
    body.element("rsp:OutputStreams", fmt::format("{}", fmt::join(shell->facts().output_streams, " ")));
    body.close();
  } else {
    shell->require_connected();
    static_cast<void>(shell->command(command_id));
    body.empty("rsp:ConnectResponse");
  }
  call.reply(response.finish());
}

std::unique_ptr<ItemSource> Shells::enumerate(Call const& call, EnumerateRequest const& request) const {
  std::string const& resource_uri = call.request().resource_uri;
  if (!equals_ignoring_case(resource_uri, resource::shell_command_list)) {
    return shell_source(all(), resource_uri, request);
  }
  auto const shell = find(shell_id_of_filter(request));
  if (!shell) throw faults::shell_not_found(shell_id_of_filter(request));
  return command_source(shell->commands(), request);
}

bool Shells::empty() const {
  std::lock_guard const lock(mutex_);
  return shells_.empty();
}

void Shells::clear(wsman::Fault const& fault) {
  for (auto const& shell : all()) {
    if (forget(shell->facts().id)) shell->close(fault);
  }
}

void Shells::close_when_idle(std::string const& id) {
  auto const shell = find(id);
  if (!shell) return;
  Deadline again{};
  if (shell->idle(again)) {
    if (forget(id)) shell->close(faults::operation_aborted("The shell was idle for too long."));
    return;
  }
  close_when_idle_at(id, again);
}

void Shells::close_when_idle_at(std::string const& id, Deadline when) {
  std::lock_guard const lock(mutex_);
  auto const found = shells_.find(id);
  if (found == shells_.end()) return;
  timer_.remove(found->second.timer);
  found->second.timer = timer_.add(when, [this, id] { close_when_idle(id); });
}

bool Shells::forget(std::string const& id) {
  Entry entry;
  {
    std::lock_guard const lock(mutex_);
    auto const found = shells_.find(id);
    if (found == shells_.end()) return false;
    entry = std::move(found->second);
    shells_.erase(found);
  }
  timer_.remove(entry.timer);
  leave_seat();
  return true;
}

void Shells::take_seat() {
  if (!seat_) return;
  // Held while the question is under way: the answer counts for all who ask meanwhile.
  std::lock_guard const lock(seat_mutex_);
  if (on_seat_ == 0 && !seat_->take()) throw faults::quota_max_shell_users();
  ++on_seat_;
}

void Shells::leave_seat() {
  if (!seat_) return;
  std::lock_guard const lock(seat_mutex_);
  if (--on_seat_ == 0) seat_->give_back();
}

}  // namespace winrm::engine
