#include "service/front/front.hpp"

#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/sealer.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "http/server.hpp"
#include "ipc/control.hpp"
#include "service/front/connection.hpp"
#include "service/front/front_thread.hpp"
#include "service/front/sandbox.hpp"

namespace winrm::service::front {

namespace {

using ipc::message::FrontOrder;
using ipc::message::FrontStart;

constexpr Milliseconds grace{2000};
/// How often a front that retires looks whether its connections have ended.
constexpr int connections_interval_ms = 250;

/// The front's life after its start order.
class Front {
 public:
  Front(FrontStart& start, std::vector<UniqueFd> fds)
      : settings_(settings(start)),
        server_(listeners(start, fds), server_limits(start), start.threads(),
                [this](http::ConnectionFacts const& facts, net::any_io_executor const& executor) {
                  return std::make_unique<Connection>(thread_of(executor), facts);
                }) {
    for (std::size_t i = fds.size() - start.threads(); i < fds.size(); ++i)
      broker_sockets_.push_back(std::move(fds[i]));
  }

  Result<void> serve() {
    auto const contexts = server_.contexts();
    for (std::size_t i = 0; i < contexts.size(); ++i)
      threads_[contexts[i]] = std::make_unique<FrontThread>(*contexts[i], std::move(broker_sockets_.at(i)),
                                                            settings_, identify_answers_);
    if (auto started = server_.start(); !started) return started;
    forbid_processes_and_files();
    net::io_context& first = *contexts.front();
    net::post(first, [this, &first] { threads_.at(&first)->broker.ready(); });
    return {};
  }

  void adopt(UniqueFd client, ipc::message::AdoptLocal const& order) {
    http::ConnectionFacts facts;
    facts.peer_address = "local";
    facts.local_principal = order.grant();
    facts.local_account = order.account();
    if (!server_.adopt(std::move(client), std::move(facts))) release(order.grant());
  }

  /// Gives back the grant of a local client that will not be served.
  void release(std::string const& grant) {
    net::io_context& first = *server_.contexts().front();
    net::post(first, [this, &first, grant] { threads_.at(&first)->broker.release_grant(grant); });
  }

  void stop() { server_.stop(grace); }

  /// The connections there are follow the new settings where they are stricter.
  void retire(ipc::message::Retire const& order) {
    server_.stop_accepting();
    for (auto* const context : server_.contexts())
      net::post(*context, [thread = threads_.at(context).get(), demanded = !order.allow_unencrypted()] {
        thread->is_encryption_demanded = demanded;
      });
  }

  [[nodiscard]] bool has_connections() { return server_.connections() > 0; }

 private:
  static FrontSettings settings(FrontStart const& start) {
    FrontSettings out;
    out.max_envelope_bytes = start.max_envelope_bytes();
    out.allow_unencrypted = start.allow_unencrypted();
    out.basic = start.basic();
    out.negotiate = start.negotiate();
    out.kerberos = start.kerberos();
    return out;
  }

  static http::ServerLimits server_limits(FrontStart const& start) {
    http::ServerLimits out;
    out.max_requests = start.max_connections();
    share_descriptors(out);
    out.packet_retrieval = Milliseconds(start.packet_retrieval_ms());
    return out;
  }

  /// Connections leave descriptors for everything else, whatever the limit of open files is: a process that
  /// has none left cannot open a channel to a host either.
  static void share_descriptors(http::ServerLimits& out) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    std::size_t const others = limits::descriptors_without_connection;
    std::size_t const left = std::max<std::size_t>(files.rlim_cur, 2 * others) - others;
    out.max_local_connections = std::min(out.max_local_connections, left / 4);
    out.max_connections = std::min(out.max_connections, left - out.max_local_connections);
  }

  static std::vector<http::ListenerSocket> listeners(FrontStart& start, std::vector<UniqueFd>& fds) {
    std::vector<http::ListenerSocket> out;
    for (auto& listener : *start.mutable_listeners()) {
      http::ListenerSocket socket;
      socket.socket = std::move(fds.at(out.size()));
      socket.tls = listener.tls();
      socket.certificate_pem = listener.certificate_pem();
      socket.key_pem = listener.key_pem();
      socket.url_prefix = listener.url_prefix();
      wipe(listener.mutable_key_pem()->data(), listener.key_pem().size());
      out.push_back(std::move(socket));
    }
    return out;
  }

  FrontThread& thread_of(net::any_io_executor const& executor) {
    return *threads_.at(&net::query(executor, net::execution::context));
  }

  FrontSettings settings_;
  IdentifyAnswers identify_answers_;
  std::vector<UniqueFd> broker_sockets_;
  std::map<net::execution_context*, std::unique_ptr<FrontThread>> threads_;
  http::Server server_;  // last: its connections use the rest
};

Confinement confinement(FrontStart const& start) {
  Confinement out;
  out.privileged = start.privileged();
  out.uid = start.uid();
  out.gid = start.gid();
  out.empty_folder = start.empty_folder();
  return out;
}

/// Returns with the last connection, or when the broker says stop or hangs up.
void retire(int control, ipc::FrameReader& reader, Front& front, FrontOrder const& first) {
  front.retire(first.retire());
  pollfd broker{control, POLLIN, 0};
  while (front.has_connections()) {
    while (auto frame = reader.next()) {
      auto const order = ipc::decode<FrontOrder>(*frame);
      if (!order || !order->has_retire()) return;
      front.retire(order->retire());
    }
    if (::poll(&broker, 1, connections_interval_ms) != 0 &&
        reader.receive(control) != ipc::FrameReader::Status::received)
      return;
  }
}

/// Until the broker says stop or hangs up.
void follow_orders(int control, ipc::FrameReader& reader, Front& front) {
  for (;;) {
    auto frame = ipc::receive_frame(control, reader);
    if (!frame) return;
    auto order = ipc::decode<FrontOrder>(*frame);
    if (!order || order->has_stop()) return;
    if (order->has_retire()) return retire(control, reader, front, *order);
    if (!order->has_adopt_local()) continue;
    if (frame->fds.size() == 1)
      front.adopt(std::move(frame->fds.front()), order->adopt_local());
    else
      front.release(order->adopt_local().grant());  // we have no descriptor left for the client
  }
}

/// Returns only when it cannot go on.
Result<void> run_front(int control) {
  ipc::FrameReader reader(limits::ipc_control_bytes);
  auto frame = ipc::receive_frame(control, reader);
  if (!frame) return tl::unexpected(frame.error());
  auto order = ipc::decode<FrontOrder>(*frame);
  if (!order) return tl::unexpected(order.error());
  FrontStart& start = *order->mutable_start();
  std::size_t const expected = static_cast<std::size_t>(start.listeners_size()) + start.threads();
  if (start.threads() == 0 || frame->fds.size() != expected)
    return fail("the network process is started by winrmd only");
  log::configure("front", static_cast<log::Level>(start.log_level()));

  // What would be loaded or read later has to be there before the file system goes.
  ::tzset();
  auth::preload_mechanisms();
  Front front(start, std::move(frame->fds));
  if (auto confined = confine(confinement(start)); !confined) return confined;
  if (auto serving = front.serve(); !serving) return serving;
  follow_orders(control, reader, front);
  front.stop();
  // Connections, event loops and what they share refer to each other: the kernel takes them down at once.
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

int run(int control) {
  ::prctl(PR_SET_NAME, "winrmd-front");
  log::configure("front");
  auto const outcome = run_front(control);
  if (!outcome) log::error("{}", outcome.error().message);
  return EXIT_FAILURE;
}

}  // namespace winrm::service::front
