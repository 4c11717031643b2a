#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every fixed limit of the project has a name here. Limits an administrator may change are settings
/// (config/settings.hpp); their defaults are there too.
namespace winrm::limits {

inline constexpr std::size_t kilobyte = 1024;

// Messages (docs/limits.md).
inline constexpr std::size_t xml_depth = 64;
inline constexpr std::size_t xml_attributes_per_element = 64;
inline constexpr std::size_t xml_elements = 200'000;
inline constexpr std::size_t xml_namespaces_in_scope = 256;
inline constexpr std::size_t soap_headers = 64;
inline constexpr std::size_t selectors = 64;
inline constexpr std::size_t selector_value_bytes = 32 * kilobyte;
inline constexpr std::size_t options = 256;
inline constexpr std::size_t resource_uri_bytes = 8 * kilobyte;
inline constexpr std::size_t epr_nesting = 4;
inline constexpr std::size_t wql_bytes = 32 * kilobyte;
inline constexpr std::size_t wql_depth = 64;
/// MS-WSMV 3.1.4.1.6: a client may not ask for answers smaller than this.
inline constexpr std::uint32_t minimum_client_envelope = 8192;

/// Longer durations in messages are cut to this: about 24 days, far beyond any timeout in use, and safe to
/// add to any clock.
inline constexpr std::chrono::milliseconds longest_duration{2'147'483'647};

// What one account may keep open (docs/limits.md).
inline constexpr std::size_t open_enumerations = 1000;
inline constexpr std::size_t commands_per_shell = 1000;
/// Commands that ended and whose end was told, kept for clients that ask again.
inline constexpr std::size_t finished_commands_per_shell = 64;
inline constexpr std::size_t waiting_sends_per_command = 64;
/// Of those; a compressed message of some kilobytes can stand for megabytes.
inline constexpr std::size_t waiting_input_bytes_per_command = 32 * kilobyte * kilobyte;
/// MessageIDs of Send operations that a command remembers, for clients that send them again.
inline constexpr std::size_t remembered_sends_per_command = 64;
/// WSManCreateShellEx: the longest name of a shell.
inline constexpr std::size_t shell_name_characters = 255;
/// Output of a command that nobody has received yet; the command waits when it is full.
inline constexpr std::size_t command_output_bytes = 4 * kilobyte * kilobyte;

// HTTP. A Kerberos ticket with a large PAC fills most of a 64 KB Authorization header.
inline constexpr std::size_t http_header_bytes = 96 * kilobyte;
inline constexpr std::size_t http_fields = 100;
inline constexpr std::size_t http_chunk_overhead_bytes = 16 * kilobyte;
/// How much of a refused body is read and thrown away before the connection is given up instead.
inline constexpr std::size_t http_drain_bytes = kilobyte * kilobyte;
/// A peer that takes no byte of an answer for so long is gone.
inline constexpr std::chrono::seconds http_write_stall{60};
inline constexpr std::chrono::seconds http_lingering_close{2};
inline constexpr std::size_t http_body_before_authentication = 16 * kilobyte;
inline constexpr std::size_t authentication_token_bytes = 64 * kilobyte;
inline constexpr std::chrono::seconds http_header_deadline{30};
inline constexpr std::chrono::seconds http_idle_keep_alive{120};
inline constexpr std::chrono::seconds tls_handshake_deadline{15};
inline constexpr std::size_t http_connections = 16384;
inline constexpr std::size_t unauthenticated_connections_per_peer = 2048;
/// Over the local socket, of all accounts and of each; they do not count against the network's.
inline constexpr std::size_t local_connections = 4096;
inline constexpr std::size_t local_connections_per_user = 256;
/// Of the front's descriptors, those that are not for connections: channels to hosts, event loops, listeners.
inline constexpr std::size_t descriptors_without_connection = 512;
inline constexpr std::size_t authentication_rounds = 10;

/// Of one security descriptor in text.
inline constexpr std::size_t sddl_bytes = 16 * kilobyte;
inline constexpr std::size_t cert_mappings = 1024;

// Files.
inline constexpr std::size_t configuration_file_bytes = 1024 * kilobyte;

// Processes.
inline constexpr std::chrono::seconds host_idle_exit{300};
inline constexpr std::size_t ipc_frame_bytes = 64 * kilobyte * kilobyte;
inline constexpr std::size_t ipc_control_bytes = 1024 * kilobyte;
inline constexpr std::size_t ipc_waiting_bytes = 4 * kilobyte * kilobyte;
inline constexpr std::size_t hosts = 256;
inline constexpr std::size_t host_threads = 64;
/// How often a host that has requests is asked whether it is there, and how often it may not answer.
inline constexpr std::chrono::seconds host_check_interval{30};
inline constexpr int host_checks_missed = 3;
/// Of requests that a host has not taken: a stopped one would fill the memory of the front with those of
/// clients that left.
inline constexpr std::size_t host_waiting_bytes = 256 * kilobyte * kilobyte;
inline constexpr std::chrono::seconds shutdown_patience{5};

// Logging on.
inline constexpr std::size_t authentications_under_way = 4096;
inline constexpr std::chrono::seconds authentication_deadline{60};
inline constexpr std::size_t verification_threads = 4;
inline constexpr std::size_t verifications_waiting = 1024;
/// Users of this machine whose accounts are being looked up for the local socket.
inline constexpr std::size_t local_lookups = 64;
inline constexpr double logon_failures_unlimited = 10;
inline constexpr double logon_failures_forgiven_per_second = 0.5;
inline constexpr std::chrono::milliseconds logon_spacing{250};
inline constexpr std::chrono::seconds logon_longest_wait{4};
inline constexpr std::size_t logon_peers_remembered = 16384;

// The machine's own files and file systems.
inline constexpr std::size_t system_file_bytes = 16 * kilobyte * kilobyte;
inline constexpr std::chrono::milliseconds file_system_answer{1000};
inline constexpr std::chrono::milliseconds file_cache_trust{100};
/// Of the programs that are asked for what no file tells (rpm) or that keep a file's rules (usermod).
inline constexpr std::chrono::milliseconds program_answer{30'000};
/// Installing or removing a package, with what its scripts do.
inline constexpr std::chrono::milliseconds package_change{600'000};
inline constexpr std::size_t program_output_bytes = 64 * kilobyte * kilobyte;
/// Far more than any machine has; a table of the smallest structures would hold millions.
inline constexpr std::size_t smbios_structures = 65536;

/// How long a change of the configuration may take to be in use everywhere.
inline constexpr std::chrono::seconds reload_patience{20};
/// How soon a change of a policy or certificate file is seen.
inline constexpr std::chrono::seconds watched_files_interval{2};

}  // namespace winrm::limits
