#include "auth/principal.hpp"

namespace winrm::auth {

std::string_view scheme_name(Scheme scheme) {
  switch (scheme) {
    case Scheme::basic:
      return "Basic";
    case Scheme::negotiate:
      return "Negotiate";
    case Scheme::kerberos:
      return "Kerberos";
    case Scheme::certificate:
      return "Certificate";
    case Scheme::cred_ssp:
      return "CredSSP";
    case Scheme::local:
      return "Local";
  }
  return "Unknown";
}

}  // namespace winrm::auth
