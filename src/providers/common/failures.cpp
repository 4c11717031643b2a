#include "providers/common/failures.hpp"

#include <cerrno>

#include "cim/failure.hpp"

namespace winrm::providers {

void throw_failure(std::system_error const& error, std::string const& what) {
  auto const message = what + ": " + error.what();
  switch (error.code().value()) {
    case EPERM:
    case EACCES:
      throw cim::Failure(cim::Status::access_denied,
                         message + "; ask as an account that has this right, usually root");
    case ENOTSUP:
      throw cim::Failure(cim::Status::not_supported, message);
    default:
      throw cim::Failure(cim::Status::failed, message);
  }
}

}  // namespace winrm::providers
