#include "service/front/broker_client.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace winrm::service::front {

namespace {

using ipc::message::Question;

bool send(FrameLink& link, std::uint64_t id, Question const& question) {
  Secret const bytes = ipc::encode(question);
  std::array<std::string_view, 1> const payload{bytes.reveal()};
  return link.send(ipc::FrameKind::control, id, payload);
}

}  // namespace

BrokerClient::BrokerClient(net::io_context& io, UniqueFd socket)
    : link_(std::make_shared<FrameLink>(io, std::move(socket))) {
  link_->start([this](ipc::Frame frame) { on_frame(std::move(frame)); }, [this] { pending_.complete_all(); });
}

BrokerClient::~BrokerClient() { link_->close(); }

void BrokerClient::tell(Question const& question) { (void)send(*link_, 0, question); }

net::awaitable<BrokerClient::Reply> BrokerClient::ask(Question question) {
  std::uint64_t const id = ++last_id_;
  bool const sent = send(*link_, id, question);
  if (question.has_verify_password()) {
    std::string* const password = question.mutable_verify_password()->mutable_password();
    wipe(password->data(), password->size());
  }
  if (!sent) {
    Reply none;
    co_return none;
  }
  co_return co_await pending_.wait(id);
}

void BrokerClient::on_frame(ipc::Frame frame) {
  Reply reply;
  if (auto answer = ipc::decode<ipc::message::Answer>(frame)) reply.answer.Swap(&*answer);
  reply.fds = std::move(frame.fds);
  pending_.complete(frame.id, std::move(reply));
}

net::awaitable<BrokerClient::Verdict> BrokerClient::verify_password(std::string user, Secret password,
                                                                    std::string peer_address) {
  Question question;
  auto& verify = *question.mutable_verify_password();
  verify.set_user(std::move(user));
  verify.set_password(password.reveal());
  verify.set_peer_address(std::move(peer_address));
  Reply reply = co_await ask(std::move(question));
  co_return std::move(*reply.answer.mutable_verdict());
}

net::awaitable<BrokerClient::Verdict> BrokerClient::gss_step(std::uint64_t context, std::string token,
                                                             bool kerberos_only, int listener,
                                                             std::string peer_address) {
  Question question;
  auto& step = *question.mutable_gss_step();
  step.set_context(context);
  step.set_token(std::move(token));
  step.set_kerberos_only(kerberos_only);
  step.set_listener(listener);
  step.set_peer_address(std::move(peer_address));
  Reply reply = co_await ask(std::move(question));
  co_return std::move(*reply.answer.mutable_verdict());
}

net::awaitable<BrokerClient::OpenedHost> BrokerClient::open_host(std::string grant) {
  Question question;
  question.mutable_open_host()->set_grant(std::move(grant));
  Reply reply = co_await ask(std::move(question));
  OpenedHost opened;
  opened.access_denied = reply.answer.host_opened().access_denied();
  if (!reply.fds.empty()) opened.channel = std::move(reply.fds.front());
  co_return opened;
}

void BrokerClient::abandon_context(std::uint64_t context) {
  Question question;
  question.mutable_abandon_context()->set_context(context);
  tell(question);
}

void BrokerClient::release_grant(std::string const& grant) {
  Question question;
  question.mutable_release_grant()->set_grant(grant);
  tell(question);
}

void BrokerClient::ready() {
  Question question;
  question.mutable_ready();
  tell(question);
}

}  // namespace winrm::service::front
