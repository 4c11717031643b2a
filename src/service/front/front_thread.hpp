#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "auth/credential_hash.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "ipc/soap_frame.hpp"
#include "service/front/broker_client.hpp"
#include "service/front/host_channel.hpp"
#include "service/front/identify_answers.hpp"

namespace winrm::service::front {

/// What of the settings concerns the front.
struct FrontSettings {
  std::size_t max_envelope_bytes = 0;
  bool allow_unencrypted = false;
  bool basic = false;
  bool negotiate = false;
  bool kerberos = false;
  Milliseconds host_check = limits::host_check_interval;
  std::size_t host_waiting_bytes = limits::host_waiting_bytes;
};

/// Where a connection's request is being served, for when the client leaves.
struct RequestInHost {
  std::shared_ptr<HostChannel> channel;
  std::uint64_t id = 0;
  bool client_left = false;
};

/// What the connections of one server thread share. One thread only.
class FrontThread {
 public:
  FrontThread(net::io_context& io, UniqueFd broker_socket, FrontSettings const& settings,
              IdentifyAnswers const& identify_answers);

  FrontSettings const& settings;
  bool is_encryption_demanded = false;  ///< since the settings: clear messages are no longer allowed
  IdentifyAnswers const& identify_answers;
  BrokerClient broker;
  auth::CredentialHasher hasher;
  IdentifyRecogniser identify;

  /// True when clear messages may come over connections without TLS.
  [[nodiscard]] bool allows_unencrypted() const noexcept {
    return settings.allow_unencrypted && !is_encryption_demanded;
  }

  /// Hands a request to the host of the grant's account, and to another one when that host was just ending.
  [[nodiscard]] net::awaitable<HostReply> ask_host(std::string const& grant, ipc::SoapRequest request,
                                                   RequestInHost& where);

 private:
  [[nodiscard]] net::awaitable<std::shared_ptr<HostChannel>> channel_of(std::string const& grant,
                                                                        bool& access_denied);
  void forget_closed_channels();

  net::io_context& io_;
  std::unordered_map<std::string, std::weak_ptr<HostChannel>> channels_;
};

}  // namespace winrm::service::front
