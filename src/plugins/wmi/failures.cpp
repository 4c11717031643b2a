#include "plugins/wmi/failures.hpp"

namespace winrm::plugins::wmi {

void throw_fault(cim::Failure const& failure) {
  namespace faults = wsman::faults;
  switch (failure.status()) {
    case cim::Status::access_denied:
      throw faults::access_denied(failure.what());
    case cim::Status::invalid_parameter:
      throw faults::invalid_parameter(failure.what());
    case cim::Status::not_found:
      throw faults::instance_not_found(failure.what());
    case cim::Status::not_supported:
      throw faults::not_supported_here(failure.what());
    case cim::Status::already_exists:
      throw faults::already_exists(failure.what());
    case cim::Status::failed:
      break;
  }
  throw faults::internal_error(failure.what()).from_provider("WMI Provider");
}

}  // namespace winrm::plugins::wmi
