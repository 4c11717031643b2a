#include "tools/winrm/offline.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/unicode.hpp"
#include "config/load.hpp"
#include "engine/enumerate_message.hpp"
#include "plugins/config/config_plugin.hpp"
#include "wsman/actions.hpp"
#include "wsman/encoding.hpp"
#include "wsman/fault.hpp"
#include "wsman/response.hpp"

namespace winrm::tools::winrm_tool {
namespace {

namespace action = wsman::action;
using ConnectResult = Result<std::unique_ptr<http::ClientConnection>, http::TransportError>;
using PostResult = Result<http::ClientResponse, http::TransportError>;

/// Answers the messages that a service would get, from the file.
class OfflineConnection final : public http::ClientConnection {
 public:
  OfflineConnection(std::filesystem::path file, http::TransportError no_service)
      : operations_(std::move(file), nullptr), no_service_(std::move(no_service)) {}

  PostResult post(http::ClientRequest const& sent, Deadline) override {
    std::string message_id;
    try {
      auto const text = wsman::decode_message(sent.body, wsman::Encoding::utf8);
      if (!text) return tl::unexpected(no_service_);
      auto const request = wsman::Request::parse(*text);
      message_id = request.message_id;
      if (!plugins::config_resource::is_config_uri(request.resource_uri)) return tl::unexpected(no_service_);
      return answer(200, serve(request));
    } catch (wsman::Fault& fault) {
      return answer(500, wsman::write_fault(std::move(fault).relating_to(message_id), "localhost"));
    }
  }
  bool is_open() const override { return true; }
  std::string server_certificate() const override { return {}; }
  void interrupt() override {}

 private:
  static http::ClientResponse answer(unsigned status, std::string message) {
    http::ClientResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "application/soap+xml;charset=UTF-8"}};
    response.body = std::move(message);
    return response;
  }

  std::string serve(wsman::Request const& request) {
    wsman::ResponseWriter response(request, wsman::response_action(request.action));
    auto& body = response.body();
    auto const is = [&](std::string_view known) {
      return unicode::equals_ignoring_case(request.action, known);
    };
    if (is(action::get)) {
      operations_.get(request, body);
    } else if (is(action::put)) {
      operations_.put(request, body);
    } else if (is(action::create)) {
      operations_.create(request, body);
    } else if (is(action::remove)) {
      operations_.remove(request);
    } else if (is(action::enumerate)) {
      enumerate(request, body);
    } else {
      auto const method = request.action.substr(request.action.rfind('/') + 1);
      operations_.invoke(request, method, body);
    }
    return response.finish();
  }

  void enumerate(wsman::Request const& request, xml::Writer& body) {
    auto const mode = engine::read_enumerate(request.body()).request.mode;
    engine::Batch batch;
    batch.items = operations_.enumerate(request, mode);
    batch.finished = true;
    engine::write_enumerate_response(body, mode, &batch, {}, std::nullopt);
  }

  plugins::config_resource::Operations operations_;
  http::TransportError no_service_;
};

}  // namespace

std::filesystem::path service_file() {
  auto const* named = std::getenv("WINRM_CONFIG");
  if (named != nullptr && *named != '\0') return named;
  return std::filesystem::path(config::default_file);
}

client::Transport with_offline_configuration(client::Transport transport, std::filesystem::path file) {
  transport.connect = [connect = transport.connect, file = std::move(file)](
                          http::Endpoint const& endpoint, http::TlsChecks const& checks,
                          Deadline deadline) -> ConnectResult {
    auto connection = connect(endpoint, checks, deadline);
    std::error_code ignored;
    bool const stopped = !connection && !endpoint.unix_socket.empty() &&
                         connection.error().kind == http::TransportError::Kind::refused &&
                         std::filesystem::exists(file, ignored);
    if (!stopped || !plugins::config_resource::may_configure(file, ::geteuid())) return connection;
    return std::make_unique<OfflineConnection>(file, connection.error());
  };
  return transport;
}

}  // namespace winrm::tools::winrm_tool
