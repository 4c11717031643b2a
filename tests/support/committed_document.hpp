#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace winrm::support {

/// Compares a document that is made from the source with the one in the repository, or writes it there when
/// scripts/generate asks for that. `name` is a path below the repository.
inline void expect_committed(std::filesystem::path const& name, std::string const& text) {
  auto const file = std::filesystem::path(WINRM_SOURCE_DIR) / name;
  if (std::getenv("WINRM_GENERATE") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::ifstream in(file);
  std::string const committed{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  // Not EXPECT_EQ: the difference of two documents of thousands of lines takes it minutes.
  EXPECT_TRUE(committed == text) << name << " is stale: run scripts/generate and commit it";
}

}  // namespace winrm::support
