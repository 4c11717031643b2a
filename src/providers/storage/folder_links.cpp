#include <optional>

#include "cim/schema.hpp"
#include "providers/common/references.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/paths.hpp"
#include "system/files.hpp"
#include "system/host.hpp"
#include "system/mounts.hpp"

/// What lies in which folder.
namespace winrm::providers {

namespace {

struct FileInFolder {
  cim::Reference folder;
  cim::Reference file;
};

struct FolderInFolder {
  cim::Reference outer;
  cim::Reference inner;
};

struct RootOfDisk {
  cim::Reference disk;
  cim::Reference folder;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::FileInFolder> = [] {
  using L = winrm::providers::FileInFolder;
  return describe(
      ClassName("root/cimv2", "CIM_DirectoryContainsFile", "CIM_Component").association().only_under_condition()
          .described("The files of one folder, or the folder of one file."),
      key<&L::folder>("GroupComponent").refers_to("CIM_Directory"),
      key<&L::file>("PartComponent").refers_to("CIM_DataFile"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::FolderInFolder> = [] {
  using L = winrm::providers::FolderInFolder;
  return describe(
      ClassName("root/cimv2", "Win32_SubDirectory", "CIM_Component").association().only_under_condition()
          .described("The folders in one folder, or the folder around one."),
      key<&L::outer>("GroupComponent").refers_to("Win32_Directory"),
      key<&L::inner>("PartComponent").refers_to("Win32_Directory"));
}();

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::RootOfDisk> = [] {
  using L = winrm::providers::RootOfDisk;
  return describe(
      ClassName("root/cimv2", "Win32_LogicalDiskRootDirectory", "CIM_Component").association(),
      key<&L::disk>("GroupComponent").refers_to("Win32_LogicalDisk"),
      key<&L::folder>("PartComponent").refers_to("Win32_Directory"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::FileKind;
using system::Host;

bool is_folder(Host const& host, std::string const& path) {
  auto const status = host.files().status(path);
  return status && status->kind == FileKind::folder;
}

std::string parent_of(std::string const& path) {
  auto const slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

/// The path that a reference to a file or folder names: its only key.
std::string path_in(cim::Reference const& reference) {
  return reference.keys.size() == 1 ? reference.keys.front().value : std::string();
}

struct Link {
  std::string outer;
  std::string inner;
};

/// The links between a folder and what is in it, of one kind, as far as the query names either end.
std::vector<Link> links(Host const& host, std::optional<cim::Reference> const& outer,
                        std::optional<cim::Reference> const& inner, bool to_folders) {
  std::vector<Link> found;
  auto const add = [&](std::string const& folder, std::string const& path) {
    auto const status = host.files().status(path);
    if (status && (status->kind == FileKind::folder) == to_folders) found.push_back({folder, path});
  };
  if (outer) {
    auto const folder = path_in(*outer);
    if (!is_clean_path(folder) || !is_folder(host, folder)) return found;
    auto const prefix = folder == "/" ? folder : folder + '/';
    for (auto const& name : host.list(folder).value_or(std::vector<std::string>()))
      add(folder, prefix + name);
  } else if (inner) {
    auto const path = path_in(*inner);
    if (is_clean_path(path) && path != "/") add(parent_of(path), path);
  } else {
    throw cim::Failure(
        cim::Status::invalid_parameter,
        "there are too many files to list them all: ask for the associators or references of one "
        "file or folder, or add WHERE GroupComponent = 'Win32_Directory.Name=\"/etc\"'");
  }
  return found;
}

cim::Generator<FileInFolder> enumerate_files(Host const& host, cim::Query const& query) {
  using L = FileInFolder;
  for (auto const& link : links(host, query.refers<&L::folder>(), query.refers<&L::file>(), false)) {
    FileInFolder row;
    row.folder = reference_to("Win32_Directory", "Name", link.outer);
    row.file = reference_to("CIM_DataFile", "Name", link.inner);
    co_yield row;
  }
}

cim::Generator<FolderInFolder> enumerate_folders(Host const& host, cim::Query const& query) {
  using L = FolderInFolder;
  for (auto const& link : links(host, query.refers<&L::outer>(), query.refers<&L::inner>(), true)) {
    FolderInFolder row;
    row.outer = reference_to("Win32_Directory", "Name", link.outer);
    row.inner = reference_to("Win32_Directory", "Name", link.inner);
    co_yield row;
  }
}

cim::Generator<RootOfDisk> enumerate_roots(Host const& host, cim::Query const& /*query*/) {
  for (auto const& mount : system::disk_mounts(host)) {
    RootOfDisk row;
    row.disk = reference_to("Win32_LogicalDisk", "DeviceID", mount.point);
    row.folder = reference_to("Win32_Directory", "Name", mount.point);
    co_yield row;
  }
}

}  // namespace

void add_folder_links(cim::Registry& registry) {
  registry.add<FileInFolder>({.enumerate = enumerate_files});
  registry.add<FolderInFolder>({.enumerate = enumerate_folders});
  registry.add<RootOfDisk>({.enumerate = enumerate_roots});
}

}  // namespace winrm::providers
