#include "cim/class_reference.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "providers/providers.hpp"

namespace winrm::providers {
namespace {

/// scripts/generate sets this to write the reference instead of comparing it.
constexpr auto generate_variable = "WINRM_GENERATE";

TEST(ClassReference, TheDocumentIsWhatTheRegistrySays) {
  auto const file = std::string(WINRM_SOURCE_DIR) + "/docs/classes.md";
  auto const expected = cim::class_reference(make_registry());
  if (std::getenv(generate_variable) != nullptr) std::ofstream(file) << expected;
  std::stringstream committed;
  committed << std::ifstream(file).rdbuf();
  EXPECT_TRUE(committed.str() == expected) << "docs/classes.md is stale: run scripts/generate and commit it";
}

}  // namespace
}  // namespace winrm::providers
