#include "providers/common/failures.hpp"

namespace winrm::providers {

namespace {

cim::Status status_of(std::error_code const& refused) {
  using std::errc;
  if (refused == errc::permission_denied || refused == errc::operation_not_permitted) {
    return cim::Status::access_denied;
  }
  if (refused == errc::no_such_file_or_directory || refused == errc::no_such_device) {
    return cim::Status::not_found;
  }
  if (refused == errc::file_exists) return cim::Status::already_exists;
  if (refused == errc::invalid_argument) return cim::Status::invalid_parameter;
  if (refused == errc::not_supported || refused == errc::inappropriate_io_control_operation) {
    return cim::Status::not_supported;
  }
  return cim::Status::failed;
}

cim::Failure failure(std::error_code const& refused, std::string message) {
  auto const status = status_of(refused);
  if (status == cim::Status::access_denied)
    message += "; ask as an account that has this right, usually root";
  return {status, message};
}

}  // namespace

cim::Failure failure_of(std::error_code const& refused, std::string const& what) {
  return failure(refused, what + ": " + refused.message());
}

void throw_failure(std::system_error const& error, std::string const& what) {
  throw failure(error.code(), what + ": " + error.what());
}

}  // namespace winrm::providers
