#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cim/failure.hpp"
#include "providers/methods.hpp"
#include "providers/providers.hpp"
#include "providers/support.hpp"

/// Files and folders of the test's own, and what the methods do to them.
namespace winrm::providers {
namespace {

namespace fs = std::filesystem;
using test::Values;
using test::values;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

class FileClasses : public testing::Test {
 protected:
  FileClasses() {
    std::string name = fs::temp_directory_path() / "winrm-files-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    write("letter.txt", "Dear reader");
    write(".hidden", "");
    write("sub/deep/last.tar.gz", "x");
    fs::create_symlink(folder_ / "letter.txt", folder_ / "link");
  }
  ~FileClasses() override { fs::remove_all(folder_); }

  void write(std::string const& name, std::string const& content) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  [[nodiscard]] std::string path(std::string const& name) const { return folder_ / name; }
  [[nodiscard]] static std::string content(std::string const& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] Values file(std::string const& name) { return test::instance(files_, *host_, path(name)); }
  [[nodiscard]] Values folder(std::string const& name) {
    return test::instance(folders_, *host_, path(name));
  }
  std::vector<std::string> names_in(cim::Class const& cls, std::string const& folder) {
    cim::Query query;
    query.require(cls.find("Path")->index, cim::Value(folder));
    std::vector<std::string> names;
    for (auto const& row : test::all_instances(cls, *host_, query))
      names.push_back(fs::path(row.at("Name")).filename());
    return names;
  }
  std::uint32_t on_file(std::string const& name, std::string const& method, cim::NamedValues const& in = {}) {
    return test::invoke(files_, *host_, path(name), method, in).return_value;
  }
  std::uint32_t on_folder(std::string const& name, std::string const& method,
                          cim::NamedValues const& in = {}) {
    return test::invoke(folders_, *host_, path(name), method, in).return_value;
  }

  cim::Registry registry_ = make_registry();
  cim::Class const& files_ = *registry_.find("root/cimv2", "CIM_DataFile");
  cim::Class const& folders_ = *registry_.find("root/cimv2", "Win32_Directory");
  std::unique_ptr<system::Host> host_ = system::make_host();
  fs::path folder_;
};

TEST_F(FileClasses, D1_DataFileAgreesWithStat) {
  auto const row = file("letter.txt");
  auto const stat = [&](std::string const& format) {
    return test::output_of("stat -c '" + format + "' '" + path("letter.txt") + "'");
  };
  EXPECT_THAT(row, IsSupersetOf(Values{{"FileName", "letter"},
                                       {"Extension", "txt"},
                                       {"Path", folder_.string() + "/"},
                                       {"FileType", "File"},
                                       {"Hidden", "false"},
                                       {"Readable", "true"}}));
  EXPECT_EQ(row.at("FileSize"), stat("%s"));
  EXPECT_EQ(row.at("Drive"), stat("%m"));
  EXPECT_EQ(test::output_of("date -d '" + row.at("LastModified") + "' +%s"), stat("%Y"));
  EXPECT_EQ(file("sub/deep/last.tar.gz").at("Extension"), "gz");
  EXPECT_EQ(file(".hidden").at("Hidden"), "true");
  EXPECT_EQ(file(".hidden").at("FileName"), ".hidden");
}

TEST_F(FileClasses, D1_FilesAndFoldersAreApart) {
  EXPECT_TRUE(file("sub").empty());
  EXPECT_TRUE(folder("letter.txt").empty());
  EXPECT_EQ(folder("sub").at("FileType"), "File Folder");
  EXPECT_FALSE(folder("sub").contains("FileSize"));
  EXPECT_EQ(test::instance(folders_, *host_, "/").at("Path"), "/");
}

TEST_F(FileClasses, D1_ALinkStandsForItself) {
  EXPECT_EQ(file("link").at("FileType"), "Symbolic Link");
  EXPECT_EQ(on_file("link", "Delete"), 0U);
  EXPECT_FALSE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("letter.txt")), "Dear reader");
}

TEST_F(FileClasses, B2_AConditionOnPathListsOneFolder) {
  EXPECT_THAT(names_in(files_, folder_.string() + "/"),
              UnorderedElementsAre("letter.txt", ".hidden", "link"));
  EXPECT_THAT(names_in(folders_, folder_.string() + "/"), UnorderedElementsAre("sub"));
  EXPECT_TRUE(names_in(files_, folder_.string()).empty()) << "a path ends with a slash";
}

TEST_F(FileClasses, D1_WithoutABoundIsAFailureThatSaysWhatToAdd) {
  for (auto const* cls : {&files_, &folders_}) {
    try {
      static_cast<void>(test::all_instances(*cls, *host_));
      FAIL() << cls->name();
    } catch (cim::Failure const& failure) {
      EXPECT_EQ(failure.status(), cim::Status::invalid_parameter);
      EXPECT_THAT(failure.what(), testing::HasSubstr("WHERE Path"));
    }
  }
}

TEST_F(FileClasses, D1_NamesThatAreNotWrittenPlainlyNameNothing) {
  for (auto const& name : {folder_.string() + "//letter.txt", folder_.string() + "/sub/../letter.txt",
                           folder_.string() + "/./letter.txt", std::string("letter.txt"), std::string()}) {
    EXPECT_TRUE(test::instance(files_, *host_, name).empty()) << name;
  }
}

TEST_F(FileClasses, I1_CopyMakesAnotherFileAndNeverOverwrites) {
  ::chmod(path("letter.txt").c_str(), 04640);
  EXPECT_EQ(on_file("letter.txt", "Copy", values("FileName", path("copy.txt"))), 0U);
  EXPECT_EQ(content(path("copy.txt")), "Dear reader");
  EXPECT_EQ(test::output_of("stat -c %a '" + path("copy.txt") + "'"), "640") << "no set-user-id bit";
  EXPECT_EQ(fs::last_write_time(path("copy.txt")), fs::last_write_time(path("letter.txt")));
  EXPECT_EQ(on_file(".hidden", "Copy", values("FileName", path("copy.txt"))), 10U);
  EXPECT_EQ(content(path("copy.txt")), "Dear reader");
}

TEST_F(FileClasses, I1_CopyDoesNotWriteThroughALink) {
  fs::create_symlink(path("elsewhere"), path("trap"));
  EXPECT_EQ(on_file("letter.txt", "Copy", values("FileName", path("trap"))), 10U);
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST_F(FileClasses, I1_RenameMovesAndNeverOverwrites) {
  EXPECT_EQ(on_file("letter.txt", "Rename", values("FileName", path("note.txt"))), 0U);
  EXPECT_FALSE(fs::exists(path("letter.txt")));
  EXPECT_EQ(content(path("note.txt")), "Dear reader");
  EXPECT_EQ(on_file("note.txt", "Rename", values("FileName", path(".hidden"))), 10U);
  EXPECT_EQ(on_folder("sub", "Rename", values("FileName", path("moved"))), 0U);
  EXPECT_TRUE(fs::exists(path("moved/deep/last.tar.gz")));
}

TEST_F(FileClasses, I1_RenameToAnotherFileSystemIsRefused) {
  if (fs::status("/dev/shm").type() != fs::file_type::directory) GTEST_SKIP() << "no /dev/shm";
  EXPECT_EQ(on_file("letter.txt", "Rename", values("FileName", std::string("/dev/shm/winrm-letter"))), 13U);
}

TEST_F(FileClasses, I1_DeleteOfAFolderTakesEverythingInItAndNothingElse) {
  write("outside/kept.txt", "kept");
  fs::create_directory_symlink(path("outside"), path("sub/way-out"));
  EXPECT_EQ(on_folder("sub", "Delete"), 0U);
  EXPECT_FALSE(fs::exists(path("sub")));
  EXPECT_EQ(content(path("outside/kept.txt")), "kept");
}

TEST_F(FileClasses, I1_CopyOfAFolder) {
  EXPECT_EQ(on_folder("sub", "Copy", values("FileName", path("twin"))), 0U);
  EXPECT_EQ(content(path("twin/deep/last.tar.gz")), "x");
  EXPECT_EQ(on_folder("sub", "Copy", values("FileName", path("sub/inner"))), 21U) << "a folder into itself";
  EXPECT_FALSE(fs::exists(path("sub/inner")));
}

TEST_F(FileClasses, I1_CopyExIsFlatUnlessRecursive) {
  write("sub/near.txt", "near");
  EXPECT_EQ(on_folder("sub", "CopyEx", values("FileName", path("flat"))), 0U);
  EXPECT_TRUE(fs::exists(path("flat/near.txt")));
  EXPECT_FALSE(fs::exists(path("flat/deep")));
  EXPECT_EQ(on_folder("sub", "CopyEx", values("FileName", path("whole"), "Recursive", true)), 0U);
  EXPECT_TRUE(fs::exists(path("whole/deep/last.tar.gz")));
}

TEST_F(FileClasses, I1_TheMethodsEndingInExSayWhereTheyStopped) {
  auto const result =
      test::invoke(files_, *host_, path("letter.txt"), "CopyEx", values("FileName", path(".hidden")));
  EXPECT_EQ(result.return_value, 10U);
  EXPECT_EQ(result.out.get<std::string>("StopFileName"), path(".hidden"));
  EXPECT_EQ(on_file("letter.txt", "DeleteEx", values("StartFileName", path("x"))), 16U);
  EXPECT_EQ(on_file("letter.txt", "DeleteEx"), 0U);
  EXPECT_FALSE(fs::exists(path("letter.txt")));
}

TEST_F(FileClasses, I1_WrongArguments) {
  for (auto const& target :
       {std::string("relative.txt"), path("../up.txt"), folder_.string() + "/", std::string()}) {
    EXPECT_EQ(on_file("letter.txt", "Copy", values("FileName", target)), 21U) << target;
    EXPECT_EQ(on_file("letter.txt", "Rename", values("FileName", target)), 21U) << target;
  }
  EXPECT_EQ(on_file("letter.txt", "Copy", values("FileName", path("nowhere/copy.txt"))), 9U);
}

TEST_F(FileClasses, I1_WhatWindowsAloneHasIsNotSupported) {
  for (auto const* method : {"Compress", "Uncompress", "TakeOwnerShip", "ChangeSecurityPermissions"}) {
    try {
      on_file("letter.txt", method);
      FAIL() << method;
    } catch (cim::Failure const& failure) {
      EXPECT_EQ(failure.status(), cim::Status::not_supported) << method;
    }
  }
}

TEST_F(FileClasses, M6_EffectivePermissionIsThatOfTheAccount) {
  constexpr std::uint32_t read = 0x1;
  constexpr std::uint32_t write = 0x2;
  constexpr std::uint32_t execute = 0x20;
  constexpr std::uint32_t remove = 0x10000;
  constexpr std::uint32_t nothing_linux_knows = 0x40000000;
  auto const may = [&](std::uint32_t rights) {
    return on_file("letter.txt", "GetEffectivePermission", values("Permissions", rights)) != 0;
  };
  EXPECT_TRUE(may(read | write | remove));
  EXPECT_FALSE(may(read | execute));
  EXPECT_FALSE(may(nothing_linux_knows));
  fs::permissions(folder_ / "letter.txt", fs::perms::owner_exec, fs::perm_options::add);
  EXPECT_TRUE(may(read | execute));
}

TEST_F(FileClasses, I1_TheRootIsNotDeleted) {
  EXPECT_EQ(test::invoke(folders_, *host_, "/proc", "Delete").return_value, 15U)
      << "a file system is mounted there";
}

TEST_F(FileClasses, D1_OwnersAndPermissionsAgreeWithStat) {
  ::chmod(path("letter.txt").c_str(), 02640);
  auto const& security = *registry_.find("root/cimv2", "Linux_LogicalFileSecuritySetting");
  auto const row = test::instance(security, *host_, path("letter.txt"));
  auto const stat = test::output_of("stat -c '%U %G %u %g %04a' '" + path("letter.txt") + "'");
  EXPECT_EQ(row.at("OwnerName") + " " + row.at("GroupName") + " " + row.at("OwnerId") + " " +
                row.at("GroupId") + " " + row.at("Mode"),
            stat);
  EXPECT_THROW(test::all_instances(security, *host_), cim::Failure);
}

TEST_F(FileClasses, D1_TheLabelOfSELinuxIsShown) {
  std::string const label = "system_u:object_r:user_home_t:s0";
  if (::setxattr(path("letter.txt").c_str(), "security.selinux", label.c_str(), label.size() + 1, 0) != 0) {
    GTEST_SKIP() << "labels cannot be set here: " << std::strerror(errno);
  }
  auto const& security = *registry_.find("root/cimv2", "Linux_LogicalFileSecuritySetting");
  EXPECT_EQ(test::instance(security, *host_, path("letter.txt")).at("SELinuxLabel"), label);
  EXPECT_FALSE(test::instance(security, *host_, path(".hidden")).contains("SELinuxLabel"));
}

TEST_F(FileClasses, B6_FoldersAreLinkedToWhatIsInThem) {
  auto const& links = *registry_.find("root/cimv2", "CIM_DirectoryContainsFile");
  auto const in_folder = [&](cim::Class const& cls, std::string const& end, std::string const& name) {
    cim::Query query;
    query.require(cls.find(end)->index, folders_, {"root/cimv2", "Win32_Directory", {{"Name", name, {}}}});
    return test::all_instances(cls, *host_, query);
  };
  EXPECT_EQ(in_folder(links, "GroupComponent", folder_).size(), 3U);
  auto const subfolders =
      in_folder(*registry_.find("root/cimv2", "Win32_SubDirectory"), "GroupComponent", folder_);
  ASSERT_EQ(subfolders.size(), 1U);
  EXPECT_EQ(subfolders[0].at("PartComponent"), "Win32_Directory.Name=\"" + path("sub") + "\"");
  auto const around = in_folder(links, "PartComponent", path("sub/deep/last.tar.gz"));
  ASSERT_EQ(around.size(), 1U);
  EXPECT_EQ(around[0].at("GroupComponent"), "Win32_Directory.Name=\"" + path("sub/deep") + "\"");
  EXPECT_THROW(test::all_instances(links, *host_), cim::Failure);
}

TEST_F(FileClasses, B6_ANameThatNoInstanceHasLeadsToNoFiles) {
  auto const& links = *registry_.find("root/cimv2", "CIM_DirectoryContainsFile");
  for (auto const& name : {path("."), path("sub/.."), path(""), std::string("."), std::string("")}) {
    cim::Query query;
    query.require(links.find("GroupComponent")->index, folders_,
                  {"root/cimv2", "Win32_Directory", {{"Name", name, {}}}});
    EXPECT_TRUE(test::all_instances(links, *host_, query).empty()) << name;
  }
}

TEST_F(FileClasses, TimesThatNoDateCanTellAreNull) {
  auto const name = "/dev/shm/winrm-times-" + std::to_string(::getpid());
  std::ofstream(name) << "x";
  for (std::int64_t const second :
       {99'999'999'999'999, 253'402'300'800, -99'999'999'999, 9'223'372'036'854'775'807}) {
    timespec const times[] = {{second, 0}, {second, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, name.c_str(), times, 0), 0) << second;
    auto const row = test::instance(files_, *host_, name);
    EXPECT_FALSE(row.contains("LastModified")) << second << ": " << row.at("LastModified");
    EXPECT_FALSE(row.contains("LastAccessed")) << second;
    EXPECT_EQ(row.at("FileSize"), "1");
  }
  fs::remove(name);
}

TEST_F(FileClasses, I1_FoldersWithoutEndAreRefusedWithoutFillingTheMemory) {
  constexpr int levels = 700;
  auto const name = std::string(200, 'd');
  fs::create_directory(path("well"));
  // No path is so long: one goes down step by step.
  int at = ::open(path("well").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < levels; ++level) {
    ASSERT_EQ(::mkdirat(at, name.c_str(), 0700), 0);
    int const next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
  }
  ::close(at);
  EXPECT_EQ(on_folder("well", "Copy", values("FileName", path("copy"))), 21U);
  EXPECT_EQ(on_folder("well", "Delete"), 21U);
  test::output_of("rm -rf '" + path("well") + "' '" + path("copy") + "'");
}

}  // namespace
}  // namespace winrm::providers
