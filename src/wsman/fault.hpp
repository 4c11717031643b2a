#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace winrm::wsman {

/// One row of the fault table (wsman/fault_table.cpp): everything about a fault but the words for one case.
struct FaultRow {
  std::string_view name;     ///< ERROR_WSMAN_… without the prefix, "OPERATION_TIMEDOUT"; Win32 names whole
  std::uint32_t code;        ///< WSManFault Code: a WS-Management, Win32 or HRESULT code
  std::string_view soap;     ///< "s:Sender", "s:Receiver", "s:MustUnderstand", "s:VersionMismatch"
  std::string_view subcode;  ///< "w:TimedOut", or ""
  std::string_view detail;   ///< last part of the faultDetail URI, or ""
  std::string_view action;   ///< the fault's wsa:Action
  int http_status;
  std::string_view text;  ///< what it means and what to do, when the case has no words of its own
};

/// The whole table, in order of code.
[[nodiscard]] std::span<FaultRow const> fault_table();
/// Null when no row has that code.
[[nodiscard]] FaultRow const* find_fault(std::uint32_t code);

/// A WS-Management fault on its way to the one place that writes it (write_fault). Built by the functions of
/// namespace faults only.
class Fault : public std::exception {
 public:
  Fault(FaultRow const& row, std::string text);

  [[nodiscard]] FaultRow const& row() const noexcept { return *row_; }
  [[nodiscard]] std::string const& text() const noexcept { return text_; }
  [[nodiscard]] char const* what() const noexcept override { return text_.c_str(); }

  /// The provider that failed, for f:ProviderFault ("Shell cmd plugin"); code overrides the row's when not 0
  /// (a Win32 error or HRESULT that the provider reports).
  Fault&& from_provider(std::string provider, std::string path = {}) &&;
  Fault&& with_code(std::uint32_t code) &&;
  /// The same, with a WSManFault of its own inside the ProviderFault, as Windows answers for shells that are
  /// gone.
  Fault&& nested_in_provider(std::string provider, std::string path = {}) &&;
  /// Header blocks and detail content particular faults need, already XML (s:NotUnderstood, a:RetryAfter,
  /// w:SupportedDialect …). Each call adds to what is there.
  Fault&& with_header(std::string_view xml) &&;
  Fault&& with_detail(std::string_view xml) &&;
  Fault&& relating_to(std::string message_id) &&;

  [[nodiscard]] std::uint32_t code() const noexcept { return code_; }
  [[nodiscard]] std::string const& provider() const noexcept { return provider_; }
  [[nodiscard]] std::string const& provider_path() const noexcept { return provider_path_; }
  [[nodiscard]] bool is_nested() const noexcept { return nested_; }
  [[nodiscard]] std::string const& header_xml() const noexcept { return header_xml_; }
  [[nodiscard]] std::string const& detail_xml() const noexcept { return detail_xml_; }
  [[nodiscard]] std::string const& relates_to() const noexcept { return relates_to_; }

 private:
  FaultRow const* row_;
  std::uint32_t code_;
  std::string text_;
  std::string provider_;
  std::string provider_path_;
  bool nested_ = false;
  std::string header_xml_;
  std::string detail_xml_;
  std::string relates_to_;
};

/// One named function per case that is raised. `detail` says what was wrong, where, and what to do; when it
/// is empty the row's text stands in.
namespace faults {

[[nodiscard]] Fault access_denied(std::string detail);
[[nodiscard]] Fault action_not_supported(std::string_view action);
[[nodiscard]] Fault not_supported_here(std::string detail);  ///< ACTION_NOT_SUPPORTED, in a provider's words
[[nodiscard]] Fault resource_not_found(std::string_view resource_uri);
[[nodiscard]] Fault instance_not_found(std::string detail);  ///< RESOURCE_NOT_FOUND, about selectors
[[nodiscard]] Fault invalid_resource_uri(std::string detail);
[[nodiscard]] Fault message_information_header_required(std::string_view header);
[[nodiscard]] Fault invalid_message_information_header(std::string detail);
[[nodiscard]] Fault invalid_timeout(std::string_view value);
[[nodiscard]] Fault must_understand(std::string_view ns, std::string_view local_name);
[[nodiscard]] Fault soap_version_mismatch();
[[nodiscard]] Fault locale_must_understand();
[[nodiscard]] Fault unsupported_addressing_mode(std::string_view address);
[[nodiscard]] Fault unsupported_feature(std::string detail);
[[nodiscard]] Fault invalid_xml(std::string detail);
[[nodiscard]] Fault invalid_soap_body(std::string detail);
[[nodiscard]] Fault schema_validation(std::string detail);
[[nodiscard]] Fault invalid_representation(std::string detail);
[[nodiscard]] Fault invalid_xml_namespace(std::string detail);
[[nodiscard]] Fault invalid_xml_values(std::string detail);
[[nodiscard]] Fault invalid_xml_fragment(std::string detail);
[[nodiscard]] Fault unsupported_encoding(std::string detail);
[[nodiscard]] Fault uri_limit(std::string_view what, std::size_t allowed);
[[nodiscard]] Fault encoding_limit(std::string detail);
[[nodiscard]] Fault minimum_envelope(std::uint32_t asked);
[[nodiscard]] Fault max_envelope_exceeded(std::size_t needed, std::size_t allowed);
[[nodiscard]] Fault service_envelope_limit(std::size_t size, std::size_t allowed);
[[nodiscard]] Fault selector_limit(std::string detail);
[[nodiscard]] Fault option_limit(std::string detail);
[[nodiscard]] Fault epr_nesting_exceeded(std::size_t allowed);
[[nodiscard]] Fault invalid_selectors(std::string detail);
[[nodiscard]] Fault insufficient_selectors(std::string detail);
[[nodiscard]] Fault missing_key_selectors(std::string detail);  ///< INVALID_URI_WMI_SINGLETON
[[nodiscard]] Fault unexpected_selectors(std::string detail);
[[nodiscard]] Fault selectors_on_enumeration();  ///< ENUMERATE_WMI_INVALID_KEY
[[nodiscard]] Fault different_cim_namespace(std::string detail);
[[nodiscard]] Fault wql_resource_uri(std::string detail);  ///< INVALID_URI_WMI_ENUM_WQL
[[nodiscard]] Fault invalid_selector_value(std::string detail);
[[nodiscard]] Fault duplicate_selectors(std::string_view name);
[[nodiscard]] Fault invalid_options(std::string detail);
[[nodiscard]] Fault invalid_option_name(std::string_view name);
[[nodiscard]] Fault invalid_option_value(std::string_view name, std::string_view value);
[[nodiscard]] Fault options_not_supported(std::string_view name);
[[nodiscard]] Fault invalid_parameter(std::string detail);  ///< Win32 87
[[nodiscard]] Fault missing_parameter(std::string detail);
[[nodiscard]] Fault invalid_parameter_name(std::string detail);
[[nodiscard]] Fault parameter_type_mismatch(std::string detail);
[[nodiscard]] Fault invalid_batch_parameter(std::string detail);
[[nodiscard]] Fault invalid_enumeration_context(std::string_view context);
[[nodiscard]] Fault unsupported_expiration_type(std::string_view value);
[[nodiscard]] Fault pull_in_progress();
[[nodiscard]] Fault enumeration_mode_unsupported(std::string_view mode);
[[nodiscard]] Fault polymorphism_mode_unsupported(std::string_view mode);
[[nodiscard]] Fault filter_dialect_unavailable(std::string_view dialect);
[[nodiscard]] Fault cannot_process_filter(std::string detail);
[[nodiscard]] Fault fragment_dialect_not_supported(std::string_view dialect);
[[nodiscard]] Fault invalid_fragment_path(std::string detail);
[[nodiscard]] Fault fragment_transfer_not_supported();
[[nodiscard]] Fault operation_timed_out();
[[nodiscard]] Fault operation_aborted(std::string detail);  ///< Win32 995
[[nodiscard]] Fault internal_error(std::string detail);
[[nodiscard]] Fault file_not_found(std::string detail);  ///< HRESULT 0x80070002
[[nodiscard]] Fault quota_max_shells(std::uint32_t limit);
[[nodiscard]] Fault quota_max_shell_users();
[[nodiscard]] Fault quota_max_operations(std::uint32_t limit);
[[nodiscard]] Fault quota_limit(std::string detail);
[[nodiscard]] Fault remote_shells_not_allowed();
[[nodiscard]] Fault shell_not_found(
    std::string_view shell_id);  ///< UNEXPECTED_SELECTORS, nested ProviderFault
[[nodiscard]] Fault command_not_found(std::string_view command_id);
[[nodiscard]] Fault invalid_input_stream(std::string_view stream);
[[nodiscard]] Fault invalid_desired_stream(std::string_view stream);
[[nodiscard]] Fault shell_filter_expected();             ///< Enumerate of commands without a ShellId
[[nodiscard]] Fault command_references_not_supported();  ///< Enumerate of commands in an EPR mode
[[nodiscard]] Fault shell_disconnected(std::string_view shell_id);
/// For a Receive on a disconnected shell.
[[nodiscard]] Fault stream_disconnected();
[[nodiscard]] Fault disconnect_not_supported(std::string detail);
[[nodiscard]] Fault shell_of_other_session(std::string_view shell_id);
[[nodiscard]] Fault shell_connected_elsewhere(std::string_view shell_id);
[[nodiscard]] Fault disconnect_not_valid(std::string_view shell_id);
[[nodiscard]] Fault reconnect_not_valid(std::string_view shell_id);
[[nodiscard]] Fault shell_id_not_valid(std::string_view id);
[[nodiscard]] Fault shell_id_conflict(std::string_view id);
[[nodiscard]] Fault command_id_not_valid(std::string_view id);
[[nodiscard]] Fault command_id_conflict(std::string_view id);
[[nodiscard]] Fault shell_name_invalid(std::size_t characters, std::size_t allowed);
[[nodiscard]] Fault idle_timeout_out_of_bounds(std::string_view given, std::string_view least,
                                               std::string_view most);
[[nodiscard]] Fault already_exists(std::string detail);
[[nodiscard]] Fault config_corrupted(std::string_view reason);
[[nodiscard]] Fault certificate_not_found(std::string detail);
[[nodiscard]] Fault listener_address_invalid(std::string detail);
[[nodiscard]] Fault certificate_needed(std::string detail);
[[nodiscard]] Fault certificate_for_other_host(std::string detail);
[[nodiscard]] Fault certificate_on_http(std::string detail);
[[nodiscard]] Fault invalid_address_filter(std::string detail);
[[nodiscard]] Fault cannot_change_keys(std::string detail);
[[nodiscard]] Fault certificate_not_for_servers(std::string detail);
[[nodiscard]] Fault quick_config_needs_certificate(std::string detail);
[[nodiscard]] Fault deprecated_setting(std::string detail);
[[nodiscard]] Fault invalid_cbt_level(std::string detail);
[[nodiscard]] Fault setting_forced_by_policy(std::string detail);
[[nodiscard]] Fault read_only_setting(std::string detail);
[[nodiscard]] Fault invalid_trusted_hosts(std::string detail);
[[nodiscard]] Fault no_cert_mapping_locally(std::string detail);
[[nodiscard]] Fault cert_mapping_limit(std::string detail);
[[nodiscard]] Fault cert_mapping_credentials(std::string detail);
[[nodiscard]] Fault invalid_security_descriptor(std::string detail);
[[nodiscard]] Fault cert_mapping_uri(std::string detail);
[[nodiscard]] Fault cert_mapping_subject(std::string detail);
[[nodiscard]] Fault cert_mapping_issuer(std::string detail);
[[nodiscard]] Fault cert_mapping_password_too_long(std::string detail);
[[nodiscard]] Fault cert_mapping_password_blank(std::string detail);
[[nodiscard]] Fault cert_mapping_password_without_user(std::string detail);
[[nodiscard]] Fault cert_mapping_keys(std::string detail);
[[nodiscard]] Fault plugin_configuration_corrupted(std::string detail);
[[nodiscard]] Fault plugin_file_path(std::string detail);
[[nodiscard]] Fault plugin_file_missing(std::string detail);
[[nodiscard]] Fault security_outside_resource(std::string detail);
[[nodiscard]] Fault resource_without_descriptor(std::string detail);
[[nodiscard]] Fault remote_access_disabled();

}  // namespace faults

}  // namespace winrm::wsman
