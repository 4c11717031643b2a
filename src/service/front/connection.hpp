#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/credential_hash.hpp"
#include "auth/principal.hpp"
#include "auth/sealer.hpp"
#include "base/result.hpp"
#include "http/sealed_body.hpp"
#include "http/server.hpp"
#include "service/front/front_thread.hpp"
#include "wsman/encoding.hpp"
#include "wsman/fault.hpp"

namespace winrm::service::front {

/// One client's connection: authentication (wire reference 3.1), message encryption, Identify, and the way of
/// everything else to the account's host. SOAP is opaque bytes here.
class Connection final : public http::Handler {
 public:
  Connection(FrontThread& thread, http::ConnectionFacts facts);
  ~Connection() override;

  [[nodiscard]] net::awaitable<Admission> admit(http::RequestHead const& head) override;
  [[nodiscard]] net::awaitable<http::Response> respond(http::RequestHead const& head,
                                                       std::string body) override;
  void disconnected() override;

 private:
  using Refusal = std::unique_ptr<http::Response>;

  /// A verified client on this connection.
  struct Session {
    Session() {}  // clang 14 cannot emplace a nested aggregate with default members
    auth::Scheme scheme = auth::Scheme::local;
    std::string grant;
    std::string account;                        ///< by which its requests are counted
    std::optional<auth::CredentialHash> basic;  ///< of the header value that was verified
    std::unique_ptr<auth::Sealer> sealer;
    bool has_sealed = false;  ///< from now on clear messages are refused
    RequestInHost in_host;
    /// Negotiate and Kerberos authenticate the connection, Basic each request.
    [[nodiscard]] bool covers_connection() const { return scheme != auth::Scheme::basic; }
  };
  /// What admit() found out about the request that respond() will get.
  struct Turn {
    bool anonymous = false;    ///< Identify without a credential
    std::string token_header;  ///< WWW-Authenticate of the answer, when a token goes back
  };
  /// How one message came, and so how its answer goes.
  struct Wrapping {
    wsman::Encoding encoding = wsman::Encoding::utf8;
    std::optional<http::SealedStyle> sealed;
  };

  [[nodiscard]] Refusal check_target(http::RequestHead const& head) const;
  [[nodiscard]] bool asks_anonymous_identify(http::RequestHead const& head) const;
  [[nodiscard]] net::awaitable<Refusal> authenticate(http::RequestHead const& head);
  [[nodiscard]] net::awaitable<Refusal> authenticate_basic(std::string_view value,
                                                           std::string_view credential);
  [[nodiscard]] net::awaitable<Refusal> authenticate_gss(std::string_view scheme, std::string_view token);
  void accept(auth::Scheme scheme, ipc::message::Verdict& verdict);
  void end_session();
  [[nodiscard]] Refusal check_protection(http::RequestHead const& head) const;

  [[nodiscard]] bool basic_allowed() const;
  [[nodiscard]] Refusal challenge() const;
  [[nodiscard]] bool clear_messages_allowed() const;

  [[nodiscard]] Result<std::string> unwrap(std::string_view content_type, std::string body,
                                           Wrapping& wrapping);
  [[nodiscard]] net::awaitable<http::Response> serve(http::RequestHead const& head, std::string message,
                                                     Wrapping const& wrapping);
  [[nodiscard]] http::Response serve_anonymous(http::RequestHead const& head, std::string_view body);
  [[nodiscard]] http::Response wrap(unsigned status, std::string message, Wrapping const& wrapping);
  [[nodiscard]] http::Response fault(wsman::Fault const& fault, http::RequestHead const& head,
                                     Wrapping const& wrapping);
  void add_token(http::Response& response) const;

  FrontThread& thread_;
  http::ConnectionFacts facts_;
  bool is_local_;
  std::optional<Session> session_;
  std::uint64_t context_ = 0;  ///< of an authentication under way
  Turn turn_;
};

}  // namespace winrm::service::front
