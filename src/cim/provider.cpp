#include "cim/provider.hpp"

namespace winrm::cim {

AnyProvider::AnyProvider() = default;
AnyProvider::AnyProvider(AnyProvider&&) noexcept = default;
AnyProvider& AnyProvider::operator=(AnyProvider&&) noexcept = default;
AnyProvider::~AnyProvider() = default;

}  // namespace winrm::cim
