#include "tools/winrm/session_copy.hpp"

namespace winrm::tools::winrm_tool {

client::SessionOptions copy_of(client::SessionOptions const& options) {
  client::SessionOptions copy;
  copy.endpoint = options.endpoint;
  copy.authentication = options.authentication;
  if (options.credentials) {
    copy.credentials.emplace();
    copy.credentials->user = options.credentials->user;
    copy.credentials->password = options.credentials->password.clone();
  }
  copy.tls = options.tls;
  copy.unencrypted = options.unencrypted;
  copy.spn_port = options.spn_port;
  copy.encoding = options.encoding;
  copy.operation_timeout = options.operation_timeout;
  copy.max_envelope_size = options.max_envelope_size;
  copy.locale = options.locale;
  copy.policy = options.policy;
  copy.policy_source = options.policy_source;
  return copy;
}

}  // namespace winrm::tools::winrm_tool
