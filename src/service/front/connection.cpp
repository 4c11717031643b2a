#include "service/front/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"
#include "service/front/authorization_header.hpp"
#include "wsman/request.hpp"
#include "wsman/response.hpp"

namespace winrm::service::front {

namespace {

using unicode::equals_ignoring_case;
using Verdict = ipc::message::Verdict;

constexpr std::string_view anonymous_path = "/wsman-anon/identify";
/// DSP0226 11.3 (WSMANIDENTIFY): the older way to ask for Identify without a credential.
constexpr std::string_view anonymous_header = "wsmanidentify";
/// Multipart text around a sealed message.
constexpr std::size_t sealing_overhead = 16 * limits::kilobyte;

/// Of an absolute target, too (RFC 9112 section 3.2.2: every server takes one).
std::string_view path_of(std::string_view target) {
  for (std::string_view const scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(std::min(target.find('/', scheme.size()), target.size()));
  }
  return target.substr(0, target.find('?'));
}

http::Response plain_response(unsigned status) {
  http::Response response;
  response.status = status;
  return response;
}

std::unique_ptr<http::Response> refuse_with(http::Response response) {
  return std::make_unique<http::Response>(std::move(response));
}

std::string_view media_type(std::string_view content_type) {
  std::string_view const type = content_type.substr(0, content_type.find(';'));
  std::size_t const last = type.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view{} : type.substr(0, last + 1);
}

bool is_soap(std::string_view content_type) {
  std::string_view const type = media_type(content_type);
  return equals_ignoring_case(type, "application/soap+xml") || equals_ignoring_case(type, "text/xml");
}

bool has_body(http::RequestHead const& head) {
  std::string_view const length = head.header("content-length");
  return head.count("transfer-encoding") > 0 || (!length.empty() && length != "0");
}

std::string_view content_type_of(wsman::Encoding encoding) {
  return encoding == wsman::Encoding::utf16 ? "application/soap+xml;charset=UTF-16"
                                            : "application/soap+xml;charset=UTF-8";
}

/// What a fault says it relates to, of a message that goes to no host.
std::string id_of(std::string_view message, wsman::Encoding encoding) {
  auto const utf8 = wsman::decode_message(message, encoding);
  return utf8 ? wsman::message_id_of(*utf8) : std::string{};
}

std::string_view host_without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

Connection::Connection(FrontThread& thread, http::ConnectionFacts facts)
    : thread_(thread), facts_(std::move(facts)), is_local_(!facts_.local_principal.empty()) {
  if (!is_local_) return;
  session_.emplace();
  session_->grant = facts_.local_principal;
  session_->account = facts_.local_account;
}

Connection::~Connection() { end_session(); }

void Connection::end_session() {
  if (context_ != 0) thread_.broker.abandon_context(std::exchange(context_, 0));
  if (!session_) return;
  thread_.broker.release_grant(session_->grant);
  session_.reset();
}

void Connection::disconnected() {
  if (!session_) return;
  RequestInHost& in_host = session_->in_host;
  in_host.client_left = true;
  if (in_host.channel && in_host.id != 0) in_host.channel->cancel(in_host.id);
}

// ---- before the body --------------------------------------------------------------------------------------

net::awaitable<http::Handler::Admission> Connection::admit(http::RequestHead const& head) {
  turn_ = Turn();
  Admission admission;
  admission.body_limit = thread_.settings.max_envelope_bytes + sealing_overhead;
  admission.refusal = check_target(head);
  if (admission.refusal) co_return admission;
  if (!is_local_ && asks_anonymous_identify(head)) {
    turn_.anonymous = true;
    admission.anonymous = true;
    admission.body_limit = limits::http_body_before_authentication;
    co_return admission;
  }
  if (!is_local_) admission.refusal = co_await authenticate(head);
  if (!admission.refusal) admission.refusal = check_protection(head);
  if (!admission.refusal) admission.account = session_->account;
  co_return admission;
}

Connection::Refusal Connection::check_target(http::RequestHead const& head) const {
  std::string_view path = path_of(head.target());
  std::string_view const prefix = facts_.url_prefix.empty() ? "wsman" : std::string_view(facts_.url_prefix);
  if (path.ends_with('/')) path.remove_suffix(1);
  // In any case, as HTTP.sys compares it.
  bool const known =
      path == anonymous_path || (path.starts_with('/') && equals_ignoring_case(path.substr(1), prefix));
  if (!known) return refuse_with(plain_response(404));
  if (head.method() == "POST") return nullptr;
  http::Response response = plain_response(405);
  response.headers.emplace_back("Allow", "POST");
  return refuse_with(std::move(response));
}

bool Connection::asks_anonymous_identify(http::RequestHead const& head) const {
  return path_of(head.target()) == anonymous_path ||
         equals_ignoring_case(head.header(anonymous_header), "unauthenticated");
}

bool Connection::basic_allowed() const {
  return thread_.settings.basic && (facts_.tls || thread_.allows_unencrypted());
}

Connection::Refusal Connection::challenge() const {
  http::Response response = plain_response(401);
  if (thread_.settings.negotiate) response.headers.emplace_back("WWW-Authenticate", "Negotiate");
  if (thread_.settings.kerberos) response.headers.emplace_back("WWW-Authenticate", "Kerberos");
  if (basic_allowed()) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"WSMAN\"");
  return refuse_with(std::move(response));
}

net::awaitable<Connection::Refusal> Connection::authenticate(http::RequestHead const& head) {
  std::size_t const count = head.count("authorization");
  if (count == 0 && session_ && session_->covers_connection()) {
    if (has_body(head)) co_return nullptr;
    // An empty request without a token asks for a new challenge: Go's encrypting client sends one before
    // every message, and takes 200 for a log-on that it then cannot seal with.
    end_session();
  }
  if (count != 1) co_return challenge();
  std::string_view const value = head.header("authorization");
  auto const authorization = split_authorization(value);
  if (!authorization) co_return challenge();
  FrontSettings const& settings = thread_.settings;
  if (equals_ignoring_case(authorization->scheme, "Basic") && basic_allowed())
    co_return co_await authenticate_basic(value, authorization->rest);
  bool const negotiate = equals_ignoring_case(authorization->scheme, "Negotiate") && settings.negotiate;
  bool const kerberos = equals_ignoring_case(authorization->scheme, "Kerberos") && settings.kerberos;
  if (negotiate || kerberos) co_return co_await authenticate_gss(authorization->scheme, authorization->rest);
  co_return challenge();
}

net::awaitable<Connection::Refusal> Connection::authenticate_basic(std::string_view value,
                                                                   std::string_view credential) {
  auth::CredentialHash const hash = thread_.hasher.hash(value);
  if (session_ && session_->basic && auth::CredentialHasher::equal(*session_->basic, hash)) co_return nullptr;
  end_session();
  auto decoded = decode_basic(credential);
  if (!decoded) co_return challenge();
  Verdict verdict = co_await thread_.broker.verify_password(
      std::move(decoded->user), std::move(decoded->password), facts_.peer_address);
  if (verdict.outcome() != Verdict::ACCEPT) co_return challenge();
  accept(auth::Scheme::basic, verdict);
  session_->basic = hash;
  co_return nullptr;
}

net::awaitable<Connection::Refusal> Connection::authenticate_gss(std::string_view scheme,
                                                                 std::string_view token) {
  // A token on an authenticated connection starts over (wire reference 2.3: Go does so for every request).
  if (session_) end_session();
  auto decoded = base64::decode(token);
  if (token.size() > limits::authentication_token_bytes || !decoded || decoded->empty()) {
    end_session();
    co_return challenge();
  }
  bool const kerberos_only = equals_ignoring_case(scheme, "Kerberos");
  std::string const echoed(scheme);
  Verdict verdict = co_await thread_.broker.gss_step(context_, std::move(*decoded), kerberos_only,
                                                     facts_.listener, facts_.peer_address);
  std::string answer = verdict.token().empty() ? "" : echoed + ' ' + base64::encode(verdict.token());
  if (verdict.outcome() == Verdict::PROCEED) {
    context_ = verdict.context();
    http::Response response = plain_response(401);
    response.headers.emplace_back("WWW-Authenticate", std::move(answer));
    co_return refuse_with(std::move(response));
  }
  context_ = 0;
  if (verdict.outcome() != Verdict::ACCEPT) co_return challenge();
  accept(kerberos_only ? auth::Scheme::kerberos : auth::Scheme::negotiate, verdict);
  turn_.token_header = std::move(answer);
  co_return nullptr;
}

void Connection::accept(auth::Scheme scheme, Verdict& verdict) {
  session_.emplace();
  session_->scheme = scheme;
  session_->grant = verdict.grant();
  session_->account = verdict.account();
  Secret context = ipc::take_secret(verdict.mutable_exported_context());
  if (context.empty()) return;
  auto sealer = auth::import_sealer(std::move(context));
  if (sealer)
    session_->sealer = std::move(*sealer);
  else
    log::error("messages of {} cannot be encrypted: {}", facts_.peer_address, sealer.error().message);
}

bool Connection::clear_messages_allowed() const {
  if (is_local_ || facts_.tls) return true;
  return thread_.allows_unencrypted() && !session_->has_sealed;
}

Connection::Refusal Connection::check_protection(http::RequestHead const& head) const {
  if (!has_body(head) || http::is_sealed_content_type(head.header("content-type")) ||
      clear_messages_allowed())
    return nullptr;
  Wrapping const clear;
  auto const refusal = wsman::faults::access_denied(
      "Unencrypted messages over HTTP are not allowed by this service: use message encryption (Negotiate or "
      "Kerberos) or HTTPS, or let the administrator set AllowUnencrypted");
  http::Response response = plain_response(500);
  response.content_type = content_type_of(clear.encoding);
  response.body = wsman::write_fault(refusal, host_without_port(head.header("host")));
  add_token(response);
  return refuse_with(std::move(response));
}

// ---- the whole request ------------------------------------------------------------------------------------

net::awaitable<http::Response> Connection::respond(http::RequestHead const& head, std::string body) {
  if (turn_.anonymous) co_return serve_anonymous(head, body);
  if (body.empty()) {
    http::Response response = plain_response(200);
    add_token(response);
    co_return response;
  }
  std::string_view const content_type = head.header("content-type");
  bool const sealed = http::is_sealed_content_type(content_type);
  if (!sealed && !is_soap(content_type)) co_return plain_response(content_type.empty() ? 400 : 415);
  Wrapping wrapping;
  auto message = unwrap(content_type, std::move(body), wrapping);
  if (!message && sealed && !wrapping.sealed) {
    log::warning("dropped the connection of {}: {}", facts_.peer_address, message.error().message);
    end_session();
    http::Response response = plain_response(400);
    response.close = true;
    co_return response;
  }
  if (!message) {
    auto const refusal = wsman::faults::unsupported_encoding(message.error().message);
    co_return fault(refusal, head, wrapping);
  }
  co_return co_await serve(head, std::move(*message), wrapping);
}

/// The message in its own encoding. Without `wrapping.sealed` for a sealed body: it could not be decrypted.
Result<std::string> Connection::unwrap(std::string_view content_type, std::string body, Wrapping& wrapping) {
  std::string plain_type(content_type);
  if (http::is_sealed_content_type(content_type)) {
    if (!session_->sealer) return fail("an encrypted message came without a context that can decrypt it");
    auto unsealed = http::unseal_body(content_type, body, *session_->sealer);
    if (!unsealed) return tl::unexpected(unsealed.error());
    session_->has_sealed = true;
    wrapping.sealed = std::move(unsealed->style);
    plain_type = std::move(unsealed->content_type);
    body = std::move(unsealed->plain);
  }
  auto const encoding = wsman::encoding_of_content_type(plain_type);
  if (!encoding) return tl::unexpected(encoding.error());
  wrapping.encoding = wsman::encoding_of_message(body, *encoding);
  return body;
}

net::awaitable<http::Response> Connection::serve(http::RequestHead const& head, std::string message,
                                                 Wrapping const& wrapping) {
  if (thread_.identify.is_identify(message, wrapping.encoding))
    co_return wrap(200, thread_.identify_answers.answer(true, wrapping.encoding), wrapping);
  if (message.size() > thread_.settings.max_envelope_bytes) {
    auto const refusal =
        wsman::faults::service_envelope_limit(message.size(), thread_.settings.max_envelope_bytes);
    co_return fault(refusal, head, wrapping);
  }
  std::string const url = std::string(facts_.tls ? "https://" : "http://")
                              .append(head.header("host"))
                              .append(path_of(head.target()));
  ipc::SoapRequest request;
  request.address = facts_.peer_address;
  request.host_used = host_without_port(head.header("host"));
  request.url = url;
  request.over_tls = facts_.tls;
  request.utf16 = wrapping.encoding == wsman::Encoding::utf16;
  request.message = message;
  HostReply reply = co_await thread_.ask_host(session_->grant, request, session_->in_host);
  if (reply.outcome == HostReply::Outcome::answered)
    co_return wrap(static_cast<unsigned>(reply.http_status), std::move(reply.message), wrapping);
  if (reply.outcome == HostReply::Outcome::access_denied) {
    auto denied = wsman::faults::access_denied(
        "Access is denied. No security descriptor of this service lets the account do anything: an "
        "administrator can add it to the group winrm, or change a descriptor with winrm configSDDL.");
    co_return fault(std::move(denied).relating_to(id_of(message, wrapping.encoding)), head, wrapping);
  }
  auto lost = wsman::faults::operation_aborted(
      "The process that served this account ended or stopped answering, and the operation is lost. Where it "
      "ended, its shells and enumerations are gone, and the next request starts a new one");
  co_return fault(std::move(lost).relating_to(id_of(message, wrapping.encoding)), head, wrapping);
}

http::Response Connection::serve_anonymous(http::RequestHead const& head, std::string_view body) {
  std::string_view const content_type = head.header("content-type");
  auto const declared = wsman::encoding_of_content_type(content_type);
  if (!is_soap(content_type) || !declared) return plain_response(content_type.empty() ? 400 : 415);
  auto const encoding = wsman::encoding_of_message(body, *declared);
  // Whatever is not Identify needs a credential.
  if (!thread_.identify.is_identify(body, encoding)) return std::move(*challenge());
  http::Response response = plain_response(200);
  response.content_type = content_type_of(encoding);
  response.body = thread_.identify_answers.answer(false, encoding);
  return response;
}

// ---- answers ----------------------------------------------------------------------------------------------

http::Response Connection::wrap(unsigned status, std::string message, Wrapping const& wrapping) {
  http::Response response = plain_response(status);
  add_token(response);
  if (message.empty()) return response;
  if (!wrapping.sealed) {
    response.content_type = content_type_of(wrapping.encoding);
    response.body = std::move(message);
    return response;
  }
  auto sealed =
      http::seal_body(message, content_type_of(wrapping.encoding), *wrapping.sealed, *session_->sealer);
  if (!sealed) {
    log::error("an answer to {} could not be encrypted: {}", facts_.peer_address, sealed.error().message);
    response = plain_response(500);
    response.close = true;
    return response;
  }
  response.content_type = std::move(sealed->content_type);
  response.body = std::move(sealed->body);
  return response;
}

http::Response Connection::fault(wsman::Fault const& fault, http::RequestHead const& head,
                                 Wrapping const& wrapping) {
  std::string message = wsman::write_fault(fault, host_without_port(head.header("host")));
  return wrap(static_cast<unsigned>(fault.row().http_status),
              wsman::encode_message(std::move(message), wrapping.encoding), wrapping);
}

void Connection::add_token(http::Response& response) const {
  if (!turn_.token_header.empty()) response.headers.emplace_back("WWW-Authenticate", turn_.token_header);
}

}  // namespace winrm::service::front
