#include "cim/class_reference.hpp"

#include <gtest/gtest.h>

#include "providers/providers.hpp"
#include "support/committed_document.hpp"

namespace winrm::providers {
namespace {

TEST(ClassReference, TheDocumentIsWhatTheRegistrySays) {
  support::expect_committed("docs/classes.md", cim::class_reference(make_registry()));
}

}  // namespace
}  // namespace winrm::providers
