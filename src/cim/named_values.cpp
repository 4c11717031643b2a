#include "cim/named_values.hpp"

#include "base/unicode.hpp"

namespace winrm::cim {

bool NamedValues::same_name(std::string_view a, std::string_view b) noexcept {
  return unicode::equals_ignoring_case(a, b);
}

}  // namespace winrm::cim
