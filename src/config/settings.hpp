#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace winrm::config {

enum class Transport { http, https };
enum class CbtHardeningLevel { none, relaxed, strict };
/// Who made a listener or another entry of a list: the file, a file of policy.d, or a compatibility setting.
enum class ListenerSource { local, policy, compatibility };

/// [[Listener]]
struct Listener {
  std::string address = "*";  ///< "*", "IP:192.0.2.1", "IP:::1" or "MAC:00-11-22-33-44-55"
  Transport transport = Transport::http;
  std::uint16_t port =
      0;  ///< 0: any free port. load() writes the transport's default port when the file names none.
  bool has_default_port = false;  ///< load() wrote the port: the setting names none
  std::string hostname;
  bool enabled = true;
  std::string url_prefix = "wsman";
  std::filesystem::path certificate_file;  ///< PEM chain; empty: StateDir/tls/server.crt, made on first start
  std::filesystem::path key_file;          ///< PEM; empty: certificate_file holds the key too
  std::string certificate_thumbprint;      ///< of a file in StateDir/certificates; "" when a file is named
  ListenerSource source = ListenerSource::local;
};

/// [[Security]]: who may use a resource and all below it, instead of Service.RootSDDL.
struct ResourceSecurity {
  std::string uri;
  std::string sddl;
  bool exact_match = false;  ///< the resource itself only
  ListenerSource source = ListenerSource::local;
};

/// [[Plugin]]: what is said about a plug-in of the service, or about one that others wrote.
struct Plugin {
  std::string name;
  bool enabled = true;
  std::filesystem::path filename;  ///< of others; empty for the plug-ins of the service
  std::uint32_t sdk_version = 2;
  std::string xml_rendering_type = "text";
  bool use_shared_process = false;
  std::uint32_t process_idle_timeout_sec = 0;
  bool auto_restart = false;
  std::string output_buffering_mode = "Block";
  std::string initialization_parameters;  ///< XML of the element, as it was created
  std::string resources;                  ///< the same
  ListenerSource source = ListenerSource::local;
};

/// [[CertMapping]]: the account of a client certificate.
struct CertMapping {
  std::string issuer;   ///< SHA-1 thumbprint of the authority's certificate
  std::string subject;  ///< name in the client's certificate; "*" at the start for any beginning
  std::string uri;      ///< resource URI; "*" at the end for all that begin so
  std::string user_name;
  bool enabled = true;
  ListenerSource source = ListenerSource::local;
};

/// Windows' own: administrators may do everything, users at this machine may read.
inline constexpr std::string_view default_root_sddl =
    "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)";

/// [Service.Auth]
struct ServiceAuth {
  bool basic = false;
  bool kerberos = true;
  bool negotiate = true;
  bool certificate = false;
  bool cred_ssp = false;
  CbtHardeningLevel cbt_hardening_level = CbtHardeningLevel::relaxed;
};

/// [Service]. max_connections counts requests being answered, as on Windows: an idle connection does not
/// count.
struct Service {
  std::string root_sddl{default_root_sddl};  ///< who may use what no [[Security]] rules
  std::uint32_t max_concurrent_operations_per_user = 1500;
  std::uint32_t enumeration_timeout_ms = 240000;
  std::uint32_t max_connections = 300;
  std::uint32_t max_packet_retrieval_time_seconds = 120;
  bool allow_unencrypted = false;
  bool allow_remote_access = true;  ///< false: requests of other machines are refused after their log-on
  std::string ipv4_filter = "*";    ///< ranges of addresses to listen on; "" for none
  std::string ipv6_filter = "*";
  bool enable_compatibility_http_listener = false;   ///< port 80
  bool enable_compatibility_https_listener = false;  ///< port 443
  bool allow_auto_config = false;                    ///< policy only: listen on every address of the filters
  std::uint16_t default_port_http = 5985;            ///< of listeners that name no port
  std::uint16_t default_port_https = 5986;
  ServiceAuth auth;
};

/// [Winrs]
struct Winrs {
  bool allow_remote_shell_access = true;
  std::uint32_t idle_timeout_ms = 7200000;
  std::uint32_t max_processes_per_shell = 25;
  std::uint32_t max_memory_per_shell_mb = 1024;
  std::uint32_t max_shells_per_user = 30;
  std::uint32_t max_concurrent_users = 10;
};

/// [Client.Auth]
struct ClientAuth {
  bool basic = true;
  bool certificate = true;
  bool kerberos = true;
  bool negotiate = true;
};

/// [Client]
struct Client {
  std::uint32_t network_delay_ms = 5000;
  std::string url_prefix = "wsman";
  bool allow_unencrypted = false;
  ClientAuth auth;
  std::uint16_t default_port_http = 5985;
  std::uint16_t default_port_https = 5986;
  std::string trusted_hosts;  ///< comma list, "*" wildcards, "<local>"
};

/// [Daemon]: what Windows keeps elsewhere.
struct Daemon {
  std::filesystem::path state_dir = "/var/lib/openwinrm";
  std::filesystem::path keytab_file;      ///< empty: the system's keytab
  std::filesystem::path users_file;       ///< empty: StateDir/users
  std::string pam_service = "openwinrm";  ///< empty: PAM is not asked
  std::string log_level = "info";
  std::uint32_t host_idle_seconds = 300;
  std::uint32_t front_threads = 0;   ///< 0: one per core
  std::uint16_t local_port = 47001;  ///< loopback port for clients of this machine; 0: none
};

/// Everything the configuration file says, with the defaults of the Windows reference (winrm/config).
struct Settings {
  std::uint32_t max_envelope_size_kb = 500;
  std::uint32_t max_timeout_ms = 60000;
  std::uint32_t max_batch_items = 32000;
  Client client;
  Service service;
  Winrs winrs;
  std::vector<Listener> listeners;
  std::vector<ResourceSecurity> security;
  std::vector<Plugin> plugins;
  std::vector<CertMapping> cert_mappings;
  Daemon daemon;
  /// [host.NAME] of a client's file: switches of the tools by name, for -remote:NAME.
  std::map<std::string, std::map<std::string, std::string>> connections;
  std::set<std::string> policy_forced;  ///< "Service.Auth.Basic": set by policy.d and closed to changes
  std::vector<std::string> warnings;    ///< settings of the file that have no effect: log them once at start
};

}  // namespace winrm::config
