#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/connection.hpp"

namespace winrm::client::testing {

using HttpResult = Result<http::ClientResponse, http::TransportError>;
using HttpHandler = std::function<HttpResult(http::ClientRequest const&)>;

inline std::string header_of(http::ClientRequest const& request, std::string_view name) {
  for (auto const& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

inline http::ClientResponse soap(std::string body, unsigned status = 200) {
  http::ClientResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/soap+xml;charset=UTF-8"}};
  response.body = std::move(body);
  return response;
}

inline HttpResult transport_error(http::TransportError::Kind kind) {
  return tl::unexpected(http::TransportError{kind, "made to fail"});
}

/// A connection that a function answers.
class FakeHttp : public http::ClientConnection {
 public:
  FakeHttp(HttpHandler handler, std::string certificate)
      : handler_(std::move(handler)), certificate_(std::move(certificate)) {}
  HttpResult post(http::ClientRequest const& request, Deadline) override {
    auto result = handler_(request);
    open_ = result.has_value();
    return result;
  }
  [[nodiscard]] bool is_open() const override { return open_; }
  [[nodiscard]] std::string server_certificate() const override { return certificate_; }
  void interrupt() override { open_ = false; }

 private:
  HttpHandler handler_;
  std::string certificate_;
  bool open_ = true;
};

/// Seals by turning every byte around, and numbers its messages as real contexts do.
class FakeSealer : public auth::Sealer {
 public:
  Result<auth::SealedMessage> seal(std::string_view plain) override {
    auth::SealedMessage sealed;
    sealed.header = "sig";
    sealed.header += static_cast<char>('0' + sealed_++);
    sealed.ciphertext = turned(plain);
    return sealed;
  }
  Result<std::string> unseal(std::string_view bytes, std::size_t header_bytes) override {
    if (header_bytes != 4 || bytes.substr(0, 4) != "sig" + std::string(1, static_cast<char>('0' + unsealed_)))
      return fail("the signature does not match");
    ++unsealed_;
    return turned(bytes.substr(4));
  }

 private:
  static std::string turned(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(~c);
    return out;
  }
  int sealed_ = 0;
  int unsealed_ = 0;
};

/// Plays the steps it was given.
class FakeInitiator : public auth::Initiator {
 public:
  FakeInitiator(std::deque<auth::InitiatorStep> steps, bool proves_server)
      : steps_(std::move(steps)), proves_server_(proves_server) {}
  auth::InitiatorStep step(std::string_view token) override {
    received.emplace_back(token);
    if (steps_.empty()) return {auth::InitiatorStep::Outcome::failed, "", "no more steps", false};
    auto next = std::move(steps_.front());
    steps_.pop_front();
    done_ = next.outcome == auth::InitiatorStep::Outcome::done;
    return next;
  }
  [[nodiscard]] bool complete() const override { return done_ && proves_server_; }
  [[nodiscard]] std::string mechanism() const override { return "NTLM"; }
  [[nodiscard]] std::unique_ptr<auth::Sealer> take_sealer() override {
    return std::make_unique<FakeSealer>();
  }

  std::vector<std::string> received;

 private:
  std::deque<auth::InitiatorStep> steps_;
  bool proves_server_;
  bool done_ = false;
};

/// A transport whose connections `handler` answers.
inline Transport fake_transport(HttpHandler handler, int* connections = nullptr,
                                std::string certificate = {}) {
  Transport transport;
  transport.connect = [=](http::Endpoint const&, http::TlsChecks const&,
                          Deadline) -> Result<std::unique_ptr<http::ClientConnection>, http::TransportError> {
    if (connections != nullptr) ++*connections;
    return std::make_unique<FakeHttp>(handler, certificate);
  };
  return transport;
}

/// A session's options towards the fake: the local service, so that no authentication is in the way.
inline SessionOptions local_options() {
  SessionOptions options;
  options.endpoint.unix_socket = "/nowhere/winrmd.sock";
  return options;
}

}  // namespace winrm::client::testing
