#include "service/broker/named_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace winrm::service::broker {

bool names_certificate(config::Listener const& listener) {
  return !listener.certificate_file.empty() || !listener.certificate_thumbprint.empty();
}

Result<auth::TlsIdentity> load_named_certificate(config::Listener const& listener,
                                                 config::Settings const& settings) {
  if (!listener.certificate_file.empty())
    return auth::load_tls_identity(listener.certificate_file, listener.key_file);
  auto const folder = settings.daemon.state_dir / "certificates";
  auto const file = auth::find_certificate(folder, listener.certificate_thumbprint);
  if (!file)
    return fail(fmt::format("no certificate in {} has the thumbprint {}", folder.string(),
                            listener.certificate_thumbprint));
  return auth::load_tls_identity(*file, {});
}

Result<void> check_named_files(config::Settings const& settings) {
  for (auto const& listener : settings.listeners) {
    if (!listener.enabled || listener.transport != config::Transport::https || !names_certificate(listener))
      continue;
    auto const loaded = load_named_certificate(listener, settings);
    if (!loaded)
      return fail(fmt::format("the listener at {} port {}: {}", listener.address, listener.port,
                              loaded.error().message));
  }
  auto const& keytab = settings.daemon.keytab_file;
  if (!keytab.empty() && ::access(keytab.c_str(), R_OK) != 0)
    return fail(fmt::format("Daemon.KeytabFile: cannot read {}: {}", keytab.string(), std::strerror(errno)));
  return {};
}

}  // namespace winrm::service::broker
