#pragma once

#include "cim/registry.hpp"
#include "providers/providers.hpp"

namespace winrm::providers::test {

/// Every class of the product, made once for all tests.
inline cim::Registry const& all_classes() {
  static cim::Registry const all = make_registry();
  return all;
}

}  // namespace winrm::providers::test
