#include "tools/winrcp/tar.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace winrm::tools::winrcp_tool {
namespace {

using Files = std::map<std::string, std::string>;

Entry file_of(std::string const& content) {
  return {.path = {}, .size = content.size(), .modified = 1700000000, .mode = 0640};
}

std::string archive_of(Files const& files) {
  std::string archive;
  for (auto const& [name, content] : files)
    archive += tar_header(name, file_of(content)) + content + tar_padding(content.size());
  return archive + tar_end();
}

/// What comes out of an archive that is fed in pieces of `step` bytes.
Result<Files> files_in(std::string_view archive, std::size_t step) {
  Files files;
  std::string* current = nullptr;
  TarReader reader({.begin = [&](std::string const& name, std::uint64_t) { current = &files[name]; },
                    .bytes = [&](std::string_view bytes) { current->append(bytes); },
                    .end = [&] { current = nullptr; }});
  for (std::size_t at = 0; at < archive.size(); at += step)
    if (auto fed = reader.feed(archive.substr(at, step)); !fed) return tl::unexpected(fed.error());
  if (!reader.complete() || current != nullptr) return fail("it is cut off");
  return files;
}

Files samples() {
  std::string long_name = "./deep";
  while (long_name.size() < 300) long_name += "/folder";
  return {{"./a", "hello"},
          {"./empty", ""},
          {"./block", std::string(512, 'b')},
          {long_name, std::string(100'000, 'l')},
          {"./ä blank", "x"}};
}

TEST(Tar, FilesComeBackHoweverTheArchiveIsCut) {
  auto const archive = archive_of(samples());
  for (std::size_t const step : {1U, 7U, 511U, 512U, 513U, 1000000U})
    EXPECT_EQ(files_in(archive, step).value(), samples()) << step;
}

TEST(Tar, TheSystemsTarReadsWhatIsWritten) {
  support::TemporaryFolder const folder;
  std::ofstream(folder.path() / "a.tar", std::ios::binary) << archive_of(samples());
  auto const done = support::run_program(
      {"/bin/tar", "-C", folder.path().string(), "-xf", (folder.path() / "a.tar").string()});
  ASSERT_EQ(done.status, 0) << done.output;
  for (auto const& [name, content] : samples()) {
    std::ifstream file(folder.path() / name, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content) << name;
  }
}

TEST(Tar, WhatTheSystemsTarWritesIsRead) {
  for (std::string const format : {"gnu", "ustar", "pax"}) {
    support::TemporaryFolder const folder;
    std::string const name = format == "ustar" ? std::string(120, 'd') + "/" + std::string(90, 'n')
                                               : std::string(200, 'd') + "/" + std::string(200, 'n');
    std::filesystem::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << "content of " << format;
    std::filesystem::create_symlink("nowhere", folder.path() / "link");
    auto const archive = folder.path() / "a.tar";
    auto const done = support::run_program({"/bin/tar", "-C", folder.path().string(), "--format=" + format,
                                            "-cf", archive.string(), "./" + name, "./link"});
    ASSERT_EQ(done.status, 0) << done.output;
    std::ifstream file(archive, std::ios::binary);
    Files const expected{{"./" + name, "content of " + format}};
    EXPECT_EQ(files_in(std::string(std::istreambuf_iterator<char>(file), {}), 1000).value(), expected)
        << format;
  }
}

TEST(Tar, DamagedArchivesAreRefused) {
  auto archive = archive_of({{"./a", "hello"}});
  EXPECT_FALSE(files_in(archive.substr(0, 600), 100)) << "cut off";
  archive[10] = 'x';
  EXPECT_FALSE(files_in(archive, 100)) << "its checksum is wrong";
  EXPECT_FALSE(files_in(std::string(512, 'x'), 512));
}

}  // namespace
}  // namespace winrm::tools::winrcp_tool
