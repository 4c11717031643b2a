#include <fmt/format.h>

#include <string>

#include "base/limits.hpp"
#include "wsman/fault.hpp"
#include "wsman/fault_table.hpp"
#include "xml/names.hpp"
#include "xml/writer.hpp"

namespace winrm::wsman::faults {
namespace {

using rows::named;

/// What a fault repeats of the client's words is cut, so that a fault is never much larger than its reason.
std::string_view shown(std::string_view text) { return text.substr(0, 256); }

std::string element(std::string_view qname, std::string_view value) {
  std::string out;
  xml::Writer(out).element(qname, value);
  return out;
}

}  // namespace

Fault access_denied(std::string detail) { return {named("ERROR_ACCESS_DENIED"), std::move(detail)}; }

Fault action_not_supported(std::string_view action) {
  return {named("ACTION_NOT_SUPPORTED"),
          fmt::format("The action '{}' is not supported for this resource.", shown(action))};
}

Fault not_supported_here(std::string detail) { return {named("ACTION_NOT_SUPPORTED"), std::move(detail)}; }

Fault resource_not_found(std::string_view resource_uri) {
  return {
      named("RESOURCE_NOT_FOUND"),
      fmt::format(
          "No resource of this host answers to the URI '{}'. Check its spelling, and that the plug-in for "
          "it is installed.",
          shown(resource_uri))};
}

Fault instance_not_found(std::string detail) { return {named("RESOURCE_NOT_FOUND"), std::move(detail)}; }
Fault invalid_resource_uri(std::string detail) { return {named("INVALID_RESOURCE_URI"), std::move(detail)}; }

Fault message_information_header_required(std::string_view header) {
  return {named("MESSAGE_INFORMATION_HEADER_REQUIRED"),
          fmt::format("The message has no {} header, which every request needs.", header)};
}

Fault invalid_message_information_header(std::string detail) {
  return {named("INVALID_MESSAGE_INFORMATION_HEADER"), std::move(detail)};
}

Fault invalid_timeout(std::string_view value) {
  return {named("INVALID_MESSAGE_INFORMATION_HEADER"),
          fmt::format(
              "The SOAP header has a timeout that is not valid: OperationTimeout is '{}', and should be a "
              "duration that is not negative, such as PT60S.",
              shown(value))};
}

Fault must_understand(std::string_view ns, std::string_view local_name) {
  std::string header;
  xml::Writer(header)
      .open("s:NotUnderstood")
      .declare("q", ns)
      .attribute("qname", fmt::format("q:{}", local_name))
      .close();
  return Fault(named("SOAP_FAULT_MUST_UNDERSTAND"),
               fmt::format(
                   "The header '{}' of namespace '{}' is marked mustUnderstand and is not known here. Leave "
                   "it out, or leave the mark out.",
                   shown(local_name), shown(ns)))
      .with_header(header);
}

Fault soap_version_mismatch() {
  // SOAP 1.2 part 1, 5.4.7: the answer lists the envelopes that would have been understood.
  std::string header;
  xml::Writer writer(header);
  writer.open("s:Upgrade")
      .open("s:SupportedEnvelope")
      .declare("q", ns::soap)
      .attribute("qname", "q:Envelope");
  writer.close().close();
  return Fault(named("SOAP_VERSION_MISMATCH"), {}).with_header(header);
}

Fault locale_must_understand() { return {named("MUSTUNDERSTAND_ON_LOCALE_UNSUPPORTED"), {}}; }

Fault unsupported_addressing_mode(std::string_view address) {
  return {
      named("UNSUPPORTED_ADDRESSING_MODE"),
      fmt::format("Answers cannot be sent to '{}', only on the request's own connection. Use the address {}.",
                  shown(address), anonymous_address)};
}

Fault unsupported_feature(std::string detail) { return {named("UNSUPPORTED_FEATURE"), std::move(detail)}; }
Fault invalid_xml(std::string detail) { return {named("INVALID_XML"), std::move(detail)}; }
Fault invalid_soap_body(std::string detail) { return {named("INVALID_SOAP_BODY"), std::move(detail)}; }
Fault schema_validation(std::string detail) { return {named("SCHEMA_VALIDATION_ERROR"), std::move(detail)}; }
Fault invalid_representation(std::string detail) {
  return {named("INVALID_REPRESENTATION"), std::move(detail)};
}
Fault invalid_xml_namespace(std::string detail) {
  return {named("INVALID_XML_NAMESPACE"), std::move(detail)};
}
Fault invalid_xml_values(std::string detail) { return {named("INVALID_XML_VALUES"), std::move(detail)}; }
Fault invalid_xml_fragment(std::string detail) { return {named("INVALID_XML_FRAGMENT"), std::move(detail)}; }

Fault unsupported_encoding(std::string detail) { return {named("CHARACTER_SET"), std::move(detail)}; }

Fault uri_limit(std::string_view what, std::size_t allowed) {
  return {named("URI_LIMIT"), fmt::format("The {} is longer than {} bytes.", what, allowed)};
}

Fault encoding_limit(std::string detail) { return {named("ENCODING_LIMIT"), std::move(detail)}; }

Fault minimum_envelope(std::uint32_t asked) {
  return {named("MIN_ENVELOPE_SIZE"), fmt::format("MaxEnvelopeSize is {}, and must be at least {}.", asked,
                                                  limits::minimum_client_envelope)};
}

Fault max_envelope_exceeded(std::size_t needed, std::size_t allowed) {
  return {named("MAX_ENVELOPE_SIZE_EXCEEDED"),
          fmt::format(
              "The answer needs {} bytes, and MaxEnvelopeSize allows {}. Ask with a larger one, or for less.",
              needed, allowed)};
}

Fault service_envelope_limit(std::size_t size, std::size_t allowed) {
  return {
      named("SERVER_ENVELOPE_LIMIT"),
      fmt::format("The request has {} bytes, and the service takes {} (MaxEnvelopeSizekb).", size, allowed)};
}

Fault selector_limit(std::string detail) { return {named("SELECTOR_LIMIT"), std::move(detail)}; }
Fault option_limit(std::string detail) { return {named("OPTION_LIMIT"), std::move(detail)}; }

Fault epr_nesting_exceeded(std::size_t allowed) {
  return {named("EPR_NESTING_EXCEEDED"),
          fmt::format("Endpoint references are nested more than {} deep.", allowed)};
}

Fault invalid_selectors(std::string detail) { return {named("INVALID_SELECTORS"), std::move(detail)}; }
Fault insufficient_selectors(std::string detail) {
  return {named("INSUFFCIENT_SELECTORS"), std::move(detail)};
}
Fault missing_key_selectors(std::string detail) {
  return {named("INVALID_URI_WMI_SINGLETON"), std::move(detail)};
}
Fault unexpected_selectors(std::string detail) { return {named("UNEXPECTED_SELECTORS"), std::move(detail)}; }
Fault selectors_on_enumeration() { return {named("ENUMERATE_WMI_INVALID_KEY"), {}}; }
Fault different_cim_namespace(std::string detail) {
  return {named("DIFFERENT_CIM_SELECTOR"), std::move(detail)};
}
Fault wql_resource_uri(std::string detail) { return {named("INVALID_URI_WMI_ENUM_WQL"), std::move(detail)}; }
Fault invalid_selector_value(std::string detail) {
  return {named("INVALID_SELECTOR_VALUE"), std::move(detail)};
}

Fault duplicate_selectors(std::string_view name) {
  return {named("DUPLICATE_SELECTORS"), fmt::format("The selector '{}' is there twice.", shown(name))};
}

Fault invalid_options(std::string detail) { return {named("INVALID_OPTIONS"), std::move(detail)}; }

Fault invalid_option_name(std::string_view name) {
  return {named("OPTIONS_INVALID_NAME"),
          fmt::format("The option '{}' is marked MustComply and is not known here.", shown(name))};
}

Fault invalid_option_value(std::string_view name, std::string_view value) {
  return {named("OPTIONS_INVALID_VALUE"),
          fmt::format("The option '{}' cannot have the value '{}'.", shown(name), shown(value))};
}

Fault options_not_supported(std::string_view name) {
  return {named("OPTIONS_NOT_SUPPORTED"),
          fmt::format("The option '{}' is marked MustComply and is not supported.", shown(name))};
}

Fault invalid_parameter(std::string detail) { return {named("ERROR_INVALID_PARAMETER"), std::move(detail)}; }
Fault missing_parameter(std::string detail) { return {named("INVALID_PARAMETER"), std::move(detail)}; }
Fault invalid_parameter_name(std::string detail) {
  return {named("INVALID_PARAMETER_NAME"), std::move(detail)};
}
Fault parameter_type_mismatch(std::string detail) {
  return {named("PARAMETER_TYPE_MISMATCH"), std::move(detail)};
}
Fault invalid_batch_parameter(std::string detail) {
  return {named("INVALID_BATCH_PARAMETER"), std::move(detail)};
}

Fault unsupported_expiration_type(std::string_view value) {
  return {named("ENUMERATE_UNSUPPORTED_EXPIRATION_TYPE"),
          fmt::format("Expires is '{}', and should be a duration longer than nothing, such as PT60S.",
                      shown(value))};
}

Fault invalid_enumeration_context(std::string_view context) {
  return {named("ENUMERATE_INVALID_ENUMERATION_CONTEXT"),
          fmt::format(
              "The enumeration '{}' is not known here: it ended, expired or was released, or it belongs to "
              "another account. Start a new one.",
              shown(context))};
}

Fault pull_in_progress() { return {named("PULL_IN_PROGRESS"), {}}; }

Fault enumeration_mode_unsupported(std::string_view mode) {
  return {named("ENUMERATION_MODE_UNSUPPORTED"),
          fmt::format("The EnumerationMode '{}' is not supported for this resource.", shown(mode))};
}

Fault polymorphism_mode_unsupported(std::string_view mode) {
  return {named("POLYMORPHISM_MODE_UNSUPPORTED"),
          fmt::format("The PolymorphismMode '{}' is not supported for this resource.", shown(mode))};
}

Fault filter_dialect_unavailable(std::string_view dialect) {
  return {named("ENUMERATE_FILTER_DIALECT_REQUESTED_UNAVAILABLE"),
          fmt::format("The filter dialect '{}' is not known for this resource.", shown(dialect))};
}

Fault cannot_process_filter(std::string detail) {
  return {named("ENUMERATE_CANNOT_PROCESS_FILTER"), std::move(detail)};
}

Fault invalid_fragment_path(std::string detail) {
  return {named("INVALID_FRAGMENT_PATH"), std::move(detail)};
}

Fault fragment_dialect_not_supported(std::string_view dialect) {
  return Fault(named("FRAGMENT_DIALECT_REQUESTED_UNAVAILABLE"),
               fmt::format("The fragment dialect '{}' is not supported: use {}.", shown(dialect),
                           dialect::xpath))
      .with_detail(element("w:SupportedDialect", dialect::xpath));
}

Fault fragment_transfer_not_supported() { return {named("FRAGMENT_TRANSFER_NOT_SUPPORTED"), {}}; }
Fault operation_timed_out() { return {named("OPERATION_TIMEDOUT"), {}}; }
Fault operation_aborted(std::string detail) { return {named("ERROR_OPERATION_ABORTED"), std::move(detail)}; }
Fault internal_error(std::string detail) { return {named("ERROR_INTERNAL_ERROR"), std::move(detail)}; }
Fault file_not_found(std::string detail) { return {named("ERROR_FILE_NOT_FOUND"), std::move(detail)}; }

Fault quota_max_shells(std::uint32_t limit) {
  return {named("QUOTA_MAX_SHELLS"),
          fmt::format("The account has {} shells open, as many as winrs/MaxShellsPerUser allows. Close one.",
                      limit)};
}

Fault quota_max_shell_users() { return {named("QUOTA_MAX_SHELLUSERS"), {}}; }

Fault quota_max_operations(std::uint32_t limit) {
  return {
      named("QUOTA_MAX_OPERATIONS"),
      fmt::format("The account has {} operations running, as many as service/MaxConcurrentOperationsPerUser "
                  "allows. Wait for one to end.",
                  limit)};
}

Fault quota_limit(std::string detail) { return {named("QUOTA_LIMIT"), std::move(detail)}; }
Fault remote_shells_not_allowed() { return {named("REMOTESHELLS_NOT_ALLOWED"), {}}; }

Fault shell_not_found(std::string_view shell_id) {
  return Fault(named("UNEXPECTED_SELECTORS"),
               fmt::format(
                   "There is no shell '{}' of this account: it was closed, it was idle too long, or the "
                   "identifier is wrong. Open a new one.",
                   shown(shell_id)))
      .nested_in_provider("Shell provider");
}

Fault command_not_found(std::string_view command_id) {
  return {named("UNEXPECTED_SELECTORS"),
          fmt::format(
              "The shell has no command '{}': it ended and was fetched already, or the identifier is wrong.",
              shown(command_id))};
}

Fault invalid_input_stream(std::string_view stream) {
  return {named("SHELL_INVALID_INPUT_STREAM"),
          fmt::format("The shell was created without an input stream '{}'.", shown(stream))};
}

Fault invalid_desired_stream(std::string_view stream) {
  return {named("SHELL_INVALID_DESIRED_STREAMS"),
          fmt::format("The shell was created without an output stream '{}'.", shown(stream))};
}

Fault shell_filter_expected() {
  return {named("ENUMERATE_SHELLCOMAMNDS_FILTER_EXPECTED"),
          "Commands are enumerated for one shell: send a SelectorFilter with a selector ShellId."};
}

Fault command_references_not_supported() {
  return {named("ENUMERATE_SHELLCOMMANDS_EPRS_NOTSUPPORTED"),
          "Commands have no endpoint references: enumerate them as objects."};
}

Fault shell_disconnected(std::string_view shell_id) {
  return {named("ERROR_WINRS_SHELL_DISCONNECTED"),
          fmt::format("The shell '{}' is disconnected. Reconnect to it first.", shown(shell_id))};
}

Fault stream_disconnected() { return {named("SERVICE_STREAM_DISCONNECTED"), {}}; }

Fault disconnect_not_supported(std::string detail) {
  return {named("ERROR_WINRS_SHELL_DISCONNECT_NOT_SUPPORTED"), std::move(detail)};
}

Fault shell_of_other_session(std::string_view shell_id) {
  return {named("ERROR_WINRS_SHELL_CLIENTSESSIONID_MISMATCH"),
          fmt::format("The shell '{}' belongs to another client session. Use Connect instead of Reconnect.",
                      shown(shell_id))};
}

Fault shell_connected_elsewhere(std::string_view shell_id) {
  return {
      named("ERROR_WINRS_SHELL_CONNECTED_TO_DIFFERENT_CLIENT"),
      fmt::format("The shell '{}' is connected to a client. Disconnect it there first.", shown(shell_id))};
}

Fault disconnect_not_valid(std::string_view shell_id) {
  return {named("ERROR_WINRS_SHELL_DISCONNECT_OPERATION_NOT_VALID"),
          fmt::format("The shell '{}' is disconnected already.", shown(shell_id))};
}

Fault reconnect_not_valid(std::string_view shell_id) {
  return {named("ERROR_WINRS_SHELL_RECONNECT_OPERATION_NOT_VALID"),
          fmt::format("The shell '{}' is not disconnected.", shown(shell_id))};
}

Fault shell_id_not_valid(std::string_view id) {
  return {named("ERROR_WINRS_SHELL_CLIENTID_NOT_VALID"),
          fmt::format("The ShellId \"{}\" is not a GUID such as 1F6C0C3E-7B1F-4E56-9A0B-2B1C7E5D9F10.",
                      shown(id))};
}

Fault shell_id_conflict(std::string_view id) {
  return {named("ERROR_WINRS_SHELL_CLIENTID_RESOURCE_CONFLICT"),
          fmt::format("A shell with the ShellId {} exists already.", shown(id))};
}

Fault command_id_not_valid(std::string_view id) {
  return {named("ERROR_WINRS_SHELLCOMMAND_CLIENTID_NOT_VALID"),
          fmt::format("The CommandId \"{}\" is not a GUID such as 1F6C0C3E-7B1F-4E56-9A0B-2B1C7E5D9F10.",
                      shown(id))};
}

Fault command_id_conflict(std::string_view id) {
  return {named("ERROR_WINRS_SHELLCOMMAND_CLIENTID_RESOURCE_CONFLICT"),
          fmt::format("The shell has a command with the CommandId {} already.", shown(id))};
}

Fault shell_name_invalid(std::size_t characters, std::size_t allowed) {
  return {named("CLIENT_CREATESHELL_NAME_INVALID"),
          fmt::format("The shell's name has {} characters; at most {} are allowed.", characters, allowed)};
}

Fault idle_timeout_out_of_bounds(std::string_view given, std::string_view least, std::string_view most) {
  return {named("ERROR_WINRS_IDLETIMEOUT_OUTOFBOUNDS"),
          fmt::format("The IdleTimeOut {} is not between {} and {}.", shown(given), least, most)};
}

Fault already_exists(std::string detail) { return {named("ALREADY_EXISTS"), std::move(detail)}; }

Fault config_corrupted(std::string_view reason) {
  return {
      named("CONFIG_CORRUPTED"),
      fmt::format("The configuration cannot be used: {}. Mend the file, or take the defaults (the damaged "
                  "file is kept beside it) with: winrm invoke restore winrm/config @{{}}",
                  reason)};
}
Fault certificate_not_found(std::string detail) { return {named("CERT_NOT_FOUND"), std::move(detail)}; }
Fault listener_address_invalid(std::string detail) {
  return {named("LISTENER_ADDRESS_INVALID"), std::move(detail)};
}
Fault certificate_needed(std::string detail) { return {named("CERT_THUMBPRINT_BLANK"), std::move(detail)}; }
Fault certificate_for_other_host(std::string detail) {
  return {named("CONFIG_CERT_CN_DOES_NOT_MATCH_HOSTNAME"), std::move(detail)};
}
Fault certificate_on_http(std::string detail) {
  return {named("CONFIG_THUMBPRINT_SHOULD_BE_EMPTY"), std::move(detail)};
}
Fault invalid_address_filter(std::string detail) { return {named("INVALID_IPFILTER"), std::move(detail)}; }
Fault cannot_change_keys(std::string detail) { return {named("CANNOT_CHANGE_KEYS"), std::move(detail)}; }
Fault certificate_not_for_servers(std::string detail) {
  return {named("CERT_INVALID_USAGE"), std::move(detail)};
}
Fault quick_config_needs_certificate(std::string detail) {
  return {named("QUICK_CONFIG_FAILED_CERT_REQUIRED"), std::move(detail)};
}
Fault deprecated_setting(std::string detail) {
  return {named("DEPRECATED_CONFIG_SETTING"), std::move(detail)};
}
Fault invalid_cbt_level(std::string detail) {
  return {named("SERVICE_CBT_HARDENING_INVALID"), std::move(detail)};
}
Fault setting_forced_by_policy(std::string detail) {
  return {named("CONFIG_CANNOT_CHANGE_GPO_CONTROLLED_SETTING"), std::move(detail)};
}
Fault read_only_setting(std::string detail) { return {named("CONFIG_READONLY_PROPERTY"), std::move(detail)}; }

Fault invalid_trusted_hosts(std::string detail) {
  return {named("INVALID_HOSTNAME_PATTERN"), std::move(detail)};
}
Fault no_cert_mapping_locally(std::string detail) {
  return {named("NO_CERTMAPPING_OPERATION_FOR_LOCAL_SESSION"), std::move(detail)};
}
Fault cert_mapping_limit(std::string detail) {
  return {named("CERTMAPPING_CONFIGLIMIT_EXCEEDED"), std::move(detail)};
}
Fault cert_mapping_credentials(std::string detail) {
  return {named("CERTMAPPING_INVALIDUSERCREDENTIALS"), std::move(detail)};
}
Fault invalid_security_descriptor(std::string detail) {
  return {named("INVALID_SECURITY_DESCRIPTOR"), std::move(detail)};
}
Fault cert_mapping_uri(std::string detail) { return {named("URISECURITY_INVALIDURIKEY"), std::move(detail)}; }
Fault cert_mapping_subject(std::string detail) {
  return {named("CERTMAPPING_INVALIDSUBJECTKEY"), std::move(detail)};
}
Fault cert_mapping_issuer(std::string detail) {
  return {named("CERTMAPPING_INVALIDISSUERKEY"), std::move(detail)};
}
Fault cert_mapping_password_too_long(std::string detail) {
  return {named("CERTMAPPING_PASSWORDTOOLONG"), std::move(detail)};
}
Fault cert_mapping_password_blank(std::string detail) {
  return {named("CERTMAPPING_PASSWORDBLANK"), std::move(detail)};
}
Fault cert_mapping_password_without_user(std::string detail) {
  return {named("CERTMAPPING_PASSWORDUSERTUPLE"), std::move(detail)};
}
Fault cert_mapping_keys(std::string detail) {
  return {named("CONFIG_CANNOT_CHANGE_CERTMAPPING_KEYS"), std::move(detail)};
}
Fault plugin_configuration_corrupted(std::string detail) {
  return {named("PLUGIN_CONFIGURATION_CORRUPTED"), std::move(detail)};
}
Fault plugin_file_path(std::string detail) { return {named("INVALID_FILEPATH"), std::move(detail)}; }
Fault plugin_file_missing(std::string detail) { return {named("FILE_NOT_PRESENT"), std::move(detail)}; }
Fault security_outside_resource(std::string detail) { return {named("URI_SECURITY_URI"), std::move(detail)}; }
Fault resource_without_descriptor(std::string detail) {
  return {named("INVALID_CONFIGSDDL_URL"), std::move(detail)};
}

Fault remote_access_disabled() { return {named("SERVICE_REMOTE_ACCESS_DISABLED"), {}}; }

}  // namespace winrm::wsman::faults
