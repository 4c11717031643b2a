#pragma once

#include <stdexcept>
#include <string>

namespace winrm::cim {

/// Why an operation on instances failed, as CIM numbers it (DSP0200 5.2.1.3).
enum class Status {
  failed = 1,
  access_denied = 2,
  invalid_parameter = 4,
  not_found = 6,
  not_supported = 7,
  already_exists = 11,
};

/// What a provider throws when it cannot do what it was asked. The text tells the client what was wrong and
/// what to do next.
class Failure : public std::runtime_error {
 public:
  Failure(Status status, std::string const& message) : std::runtime_error(message), status_(status) {}
  [[nodiscard]] Status status() const noexcept { return status_; }

 private:
  Status status_;
};

}  // namespace winrm::cim
