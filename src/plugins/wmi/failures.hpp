#pragma once

#include "cim/failure.hpp"
#include "wsman/fault.hpp"

namespace winrm::plugins::wmi {

/// Throws the fault that tells a client of WS-Management what a provider told of CIM.
[[noreturn]] void throw_fault(cim::Failure const& failure);

/// Whether a provider says that it cannot enumerate what it was asked for, with another condition perhaps.
[[nodiscard]] inline bool wants_another_condition(cim::Failure const& failure) {
  return failure.status() == cim::Status::not_supported || failure.status() == cim::Status::invalid_parameter;
}

/// Runs `operation`, which may call providers.
template <class Operation>
auto with_faults(Operation const& operation) {
  try {
    return operation();
  } catch (cim::Failure const& failure) {
    throw_fault(failure);
  }
}

}  // namespace winrm::plugins::wmi
