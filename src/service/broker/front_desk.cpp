#include "service/broker/front_desk.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include "auth/access_rules.hpp"
#include "base/address_key.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

namespace winrm::service::broker {

namespace {

using ipc::message::Answer;
using ipc::message::Verdict;

constexpr std::chrono::seconds sweep_interval{10};

bool always(config::Settings const&) { return true; }
bool basic_enabled(config::Settings const& settings) { return settings.service.auth.basic; }
bool gss_enabled(config::Settings const& settings) {
  return settings.service.auth.negotiate || settings.service.auth.kerberos;
}

void reply(std::weak_ptr<ControlPeer> const& peer, std::uint64_t id, Answer const& answer,
           std::span<int const> fds = {}) {
  if (auto const to = peer.lock()) to->send(id, answer, fds);
}

}  // namespace

/// Every question there is, when it may be asked, and who answers it.
FrontDesk::AllowedQuestion const FrontDesk::allowed_questions[] = {
    {Question::kVerifyPassword, basic_enabled, &FrontDesk::verify_password},
    {Question::kGssStep, gss_enabled, &FrontDesk::gss_step},
    {Question::kAbandonContext, gss_enabled, &FrontDesk::abandon_context},
    {Question::kOpenHost, always, &FrontDesk::open_host},
    {Question::kReleaseGrant, always, &FrontDesk::release_grant},
    {Question::kReady, always, &FrontDesk::ready},
};

struct FrontDesk::StepResult {
  auth::AcceptorStep step;
  std::unique_ptr<auth::Acceptor> acceptor;
  std::optional<Result<auth::Principal>> principal;
};

FrontDesk::FrontDesk(DeskServices services, std::function<void()> on_ready, std::function<void()> on_gone)
    : services_(services), on_ready_(std::move(on_ready)), on_gone_(std::move(on_gone)) {}

void FrontDesk::add_socket(UniqueFd socket) {
  if (peers_.empty()) sweep();
  auto const slot = std::make_shared<std::weak_ptr<ControlPeer>>();
  auto peer = std::make_shared<ControlPeer>(
      services_.loop, std::move(socket),
      [this, slot](ipc::Frame frame) { on_question(*slot, std::move(frame)); }, on_gone_);
  *slot = peer;
  peers_.push_back(std::move(peer));
}

void FrontDesk::on_question(std::weak_ptr<ControlPeer> const& from, ipc::Frame frame) {
  auto question = ipc::decode<Question>(frame);
  if (!question) return log::error("the front asked something unreadable");
  auto const* const row = std::find_if(
      std::begin(allowed_questions), std::end(allowed_questions),
      [&question](AllowedQuestion const& candidate) { return candidate.kind == question->question_case(); });
  Asker asker{from, frame.id};
  if (row == std::end(allowed_questions) || !row->allowed(services_.settings)) {
    log::error("the front asked a question it may not ask ({})", static_cast<int>(question->question_case()));
    return deny(asker);
  }
  (this->*row->answer)(std::move(asker), *question);
}

// ---- passwords --------------------------------------------------------------------------------------------

void FrontDesk::verify_password(Asker asker, Question& question) {
  auto& asked = *question.mutable_verify_password();
  auto const password = std::make_shared<Secret>(ipc::take_secret(asked.mutable_password()));
  std::string const user = asked.user();
  std::string const peer = asked.peer_address();
  auto work = [weak = weak_from_this(), asker, password, user, peer, &verifier = services_.verifier,
               &policy = services_.policy]() -> WorkPool::Completion {
    auto principal = verifier.verify(user, *password, peer).and_then([&](std::string const& account) {
      return policy.for_account(user, account, auth::Scheme::basic, peer);
    });
    return [weak, asker, user, peer, principal = std::move(principal)] {
      auto const desk = weak.lock();
      if (!desk) return;
      if (!principal) {
        desk->logon_failed(user, auth::Scheme::basic, peer, principal.error().message);
        return desk->deny(asker);
      }
      Verdict verdict;
      desk->accept(asker, *principal, peer, verdict);
    };
  };
  attempt_logon({asker, peer, 0, std::move(work)});
}

void FrontDesk::attempt_logon(Attempt attempt) {
  auto const conversation = conversations_.find(attempt.context);
  bool const was_spaced = conversation != conversations_.end() && conversation->second.was_spaced;
  std::string const peer_address = attempt.peer_address;
  services_.limiter.attempt(peer_address, SteadyClock::now(), was_spaced,
                            [weak = weak_from_this(), &limiter = services_.limiter,
                             attempt = std::move(attempt)](LogonLimiter::Admission const& admission) {
                              if (auto const desk = weak.lock()) return desk->admitted(attempt, admission);
                              if (admission.at) limiter.ended(attempt.peer_address, SteadyClock::now());
                            });
}

void FrontDesk::admitted(Attempt const& attempt, LogonLimiter::Admission const& admission) {
  if (!admission.at) return deny(attempt.asker);
  auto const conversation = conversations_.find(attempt.context);
  if (admission.spaced && conversation != conversations_.end()) conversation->second.was_spaced = true;
  if (*admission.at <= SteadyClock::now()) return submit(attempt);
  services_.loop.at(*admission.at, [weak = weak_from_this(), &limiter = services_.limiter, attempt] {
    if (auto const desk = weak.lock()) return desk->submit(attempt);
    limiter.ended(attempt.peer_address, SteadyClock::now());
  });
}

void FrontDesk::submit(Attempt const& attempt) {
  // The limiter outlives the desk, and has to hear of the end of an attempt even when nobody else does.
  auto work = [&limiter = services_.limiter, peer_address = attempt.peer_address,
               work = attempt.work]() -> WorkPool::Completion {
    return [&limiter, peer_address, completion = work()] {
      completion();
      limiter.ended(peer_address, SteadyClock::now());
    };
  };
  if (services_.pool.submit(std::move(work))) return;
  log::warning("too many logons at once; one was refused without being verified");
  deny(attempt.asker);
  services_.limiter.ended(attempt.peer_address, SteadyClock::now());
}

// ---- NTLM and Kerberos ------------------------------------------------------------------------------------

std::uint64_t FrontDesk::begin_conversation(ipc::message::GssStep const& asked) {
  make_room_for_conversation();
  auth::AcceptorOptions options;
  options.keytab = services_.settings.daemon.keytab_file;
  options.users = &services_.users;
  options.hardening = services_.settings.service.auth.cbt_hardening_level;
  options.allow_ntlm = !asked.kerberos_only();
  auto const listener = static_cast<std::size_t>(asked.listener());
  if (asked.listener() >= 0 && listener < services_.channel_bindings.size())
    options.channel_binding = services_.channel_bindings[listener];
  Conversation conversation;
  conversation.acceptor = auth::make_gss_acceptor(std::move(options));
  conversation.scheme = asked.kerberos_only() ? auth::Scheme::kerberos : auth::Scheme::negotiate;
  conversation.peer_address = asked.peer_address();
  conversation.peer = address_key(conversation.peer_address);
  conversation.expires = SteadyClock::now() + limits::authentication_deadline;
  conversations_.emplace(++last_context_, std::move(conversation));
  return last_context_;
}

/// When there are too many, the peer that has most of them loses its oldest: who begins log-ons and never
/// ends them keeps out nobody else.
void FrontDesk::make_room_for_conversation() {
  if (conversations_.size() < limits::authentications_under_way) return;
  std::unordered_map<std::string_view, std::size_t> count;
  for (auto const& [context, conversation] : conversations_) ++count[conversation.peer];
  std::string_view const busiest =
      std::ranges::max_element(count, {}, [](auto const& entry) { return entry.second; })->first;
  auto const oldest = std::ranges::find_if(
      conversations_, [busiest](auto const& entry) { return entry.second.peer == busiest; });
  conversations_.erase(oldest);
}

void FrontDesk::gss_step(Asker asker, Question& question) {
  auto& asked = *question.mutable_gss_step();
  std::uint64_t const context = asked.context() != 0 ? asked.context() : begin_conversation(asked);
  step_conversation(asker, context, std::move(*asked.mutable_token()));
}

void FrontDesk::step_conversation(Asker const& asker, std::uint64_t context, std::string token) {
  auto const it = conversations_.find(context);
  if (it == conversations_.end() || !it->second.acceptor) return deny(asker);
  Conversation& conversation = it->second;
  if (++conversation.rounds > limits::authentication_rounds) {
    conversations_.erase(it);
    return deny(asker);
  }
  auto const result = std::make_shared<StepResult>();
  result->acceptor = std::move(conversation.acceptor);
  auto work = [weak = weak_from_this(), asker, context, result, token = std::move(token),
               scheme = conversation.scheme, peer = conversation.peer_address,
               &policy = services_.policy]() -> WorkPool::Completion {
    result->step = result->acceptor->step(token);
    if (result->step.client) result->principal = policy.for_client(*result->step.client, scheme, peer);
    return [weak, asker, context, result] {
      if (auto const desk = weak.lock()) desk->finish_step(asker, context, *result);
    };
  };
  // Every leg, for any may be the one that verifies; what was kept waiting once is not kept waiting again.
  attempt_logon({asker, conversation.peer_address, context, std::move(work)});
}

void FrontDesk::finish_step(Asker const& asker, std::uint64_t context, StepResult& result) {
  using Outcome = auth::AcceptorStep::Outcome;
  auto const it = conversations_.find(context);
  if (it == conversations_.end()) return deny(asker);
  if (result.step.outcome == Outcome::proceed) {
    it->second.acceptor = std::move(result.acceptor);
    Answer answer;
    answer.mutable_verdict()->set_outcome(Verdict::PROCEED);
    answer.mutable_verdict()->set_context(context);
    answer.mutable_verdict()->set_token(result.step.token);
    return reply(asker.peer, asker.id, answer);
  }
  Conversation const conversation = std::move(it->second);
  conversations_.erase(it);
  bool const verified = result.step.outcome == Outcome::accept && result.step.client && result.principal;
  if (!verified || !*result.principal) {
    std::string const& name = result.step.client ? result.step.client->name : result.step.claimed_name;
    logon_failed(name, conversation.scheme, conversation.peer_address,
                 verified ? result.principal->error().message : result.step.reason);
    return deny(asker);
  }
  Verdict verdict;
  verdict.set_token(result.step.token);
  verdict.set_exported_context(result.step.client->exported_context.reveal());
  accept(asker, **result.principal, conversation.peer_address, verdict);
}

void FrontDesk::abandon_context(Asker, Question& question) {
  conversations_.erase(question.abandon_context().context());
}

/// Conversations whose client never came back. Runs itself again.
void FrontDesk::sweep() {
  auto const now = SteadyClock::now();
  std::erase_if(conversations_, [now](auto const& entry) { return entry.second.expires <= now; });
  if (std::size_t const refused = services_.limiter.take_refused(); refused > 0)
    log::warning(
        "refused {} logons without looking: too many failed or too many waited from the same addresses",
        refused);
  services_.loop.at(now + sweep_interval, [weak = weak_from_this()] {
    if (auto const desk = weak.lock()) desk->sweep();
  });
}

// ---- verdicts ---------------------------------------------------------------------------------------------

void FrontDesk::deny(Asker const& asker) {
  Answer answer;
  answer.mutable_verdict()->set_outcome(Verdict::DENY);
  reply(asker.peer, asker.id, answer);
}

void FrontDesk::accept(Asker const& asker, auth::Principal const& principal, std::string const& peer_address,
                       Verdict& verdict) {
  log::info("verified {} ({}) from {} as account {}", principal.name(), auth::scheme_name(principal.scheme()),
            peer_address, principal.account().name);
  Answer answer;
  verdict.set_outcome(Verdict::ACCEPT);
  verdict.set_grant(grants_.give(principal));
  verdict.set_account(principal.account().name);
  answer.mutable_verdict()->Swap(&verdict);
  reply(asker.peer, asker.id, answer);
  std::string* const context = answer.mutable_verdict()->mutable_exported_context();
  wipe(context->data(), context->size());
}

void FrontDesk::logon_failed(std::string_view name, auth::Scheme scheme, std::string const& peer_address,
                             std::string const& reason) {
  services_.limiter.failed(peer_address, SteadyClock::now());
  log::warning("refused {} ({}) from {}: {}", name.empty() ? "a client" : name, auth::scheme_name(scheme),
               peer_address, reason);
}

// ---- hosts and grants -------------------------------------------------------------------------------------

void FrontDesk::open_host(Asker asker, Question& question) {
  auth::Principal const* const principal = grants_.find(question.open_host().grant());
  Answer answer;
  answer.mutable_host_opened();
  if (!principal) {
    log::error("the front asked for a host without a grant");
    return reply(asker.peer, asker.id, answer);
  }
  auto const rules =
      auth::AccessRules::make(services_.settings.service.root_sddl, services_.settings.security);
  if (!rules || !rules->admits(principal->sids())) {
    log::warning("denied {} ({}) as account {}: {}", principal->name(),
                 auth::scheme_name(principal->scheme()), principal->account().name,
                 rules ? "no security descriptor lets it do anything" : rules.error().message);
    answer.mutable_host_opened()->set_access_denied(true);
    return reply(asker.peer, asker.id, answer);
  }
  auto channel = services_.hosts.open(*principal);
  if (!channel) {
    log::error("no host for {}: {}", principal->account().name, channel.error().message);
    return reply(asker.peer, asker.id, answer);
  }
  std::array<int, 1> const fds{channel->get()};
  reply(asker.peer, asker.id, answer, fds);
}

void FrontDesk::release_grant(Asker, Question& question) {
  grants_.release(question.release_grant().grant());
}

void FrontDesk::ready(Asker, Question&) { on_ready_(); }

}  // namespace winrm::service::broker
