#include "providers/common/references.hpp"

#include <utility>
#include "base/unicode.hpp"

#include "system/identity.hpp"

namespace winrm::providers {

cim::Reference reference_to(std::string_view class_name, std::string_view key, std::string value) {
  cim::Reference reference{"root/cimv2", std::string(class_name), {}};
  reference.keys.push_back({std::string(key), std::move(value), {}});
  return reference;
}

bool may_be_asked(std::optional<cim::Reference> const& asked, std::string_view key, std::string_view value) {
  auto const wanted = asked ? asked->key(key) : std::nullopt;
  return !wanted || unicode::equals_ignoring_case(*wanted, value);
}

cim::Reference this_computer(system::Host const& host) {
  return reference_to("Win32_ComputerSystem", "Name", system::short_name(host.kernel()));
}

}  // namespace winrm::providers
