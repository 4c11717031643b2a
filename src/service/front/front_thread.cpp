#include "service/front/front_thread.hpp"

#include <utility>

namespace winrm::service::front {

namespace {

/// A host that ends says so before it takes a request; the next one is fresh. More than a few such in a row
/// would be an error of ours.
constexpr int most_hosts_asked = 5;

}  // namespace

FrontThread::FrontThread(net::io_context& io, UniqueFd broker_socket, FrontSettings const& front_settings,
                         IdentifyAnswers const& answers)
    : settings(front_settings), identify_answers(answers), broker(io, std::move(broker_socket)), io_(io) {}

net::awaitable<std::shared_ptr<HostChannel>> FrontThread::channel_of(std::string const& grant,
                                                                     bool& access_denied) {
  if (auto const it = channels_.find(grant); it != channels_.end())
    if (auto channel = it->second.lock(); channel && channel->is_open()) co_return channel;
  BrokerClient::OpenedHost opened = co_await broker.open_host(grant);
  access_denied = opened.access_denied;
  if (!opened.channel) co_return nullptr;
  auto channel = std::make_shared<HostChannel>(io_, std::move(opened.channel), settings.host_check,
                                               settings.host_waiting_bytes);
  channel->start();
  forget_closed_channels();
  channels_[grant] = channel;
  co_return channel;
}

void FrontThread::forget_closed_channels() {
  std::erase_if(channels_, [](auto const& entry) { return entry.second.expired(); });
}

net::awaitable<HostReply> FrontThread::ask_host(std::string const& grant, ipc::SoapRequest request,
                                                RequestInHost& where) {
  HostReply reply;
  for (int asked = 0; asked < most_hosts_asked && !where.client_left; ++asked) {
    bool access_denied = false;
    if (!where.channel || !where.channel->is_open())
      where.channel = co_await channel_of(grant, access_denied);
    if (access_denied) reply.outcome = HostReply::Outcome::access_denied;
    if (!where.channel || where.client_left) break;
    where.id = where.channel->next_id();
    reply = co_await where.channel->ask(where.id, request);
    where.id = 0;
    if (reply.outcome != HostReply::Outcome::retry) break;
  }
  co_return reply;
}

}  // namespace winrm::service::front
