#pragma once

#include "base/secret.hpp"

namespace winrm::auth {

/// An exported Kerberos context without the names of the krb5.conf files it was made under. MIT Kerberos
/// writes them into the token (profile_ser_externalize) and refuses to import it where they cannot be read,
/// as in a process without files. Sealing needs nothing from them, and an empty list is valid. A token of
/// another mechanism or form is returned as it is.
[[nodiscard]] Secret without_configuration_files(Secret exported);

}  // namespace winrm::auth
