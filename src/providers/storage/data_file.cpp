#include <algorithm>
#include <optional>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/paths.hpp"
#include "system/files.hpp"
#include "system/host.hpp"
#include "system/identity.hpp"
#include "system/mounts.hpp"

/// Files and folders: two classes that tell the same and do the same.
namespace winrm::providers {

namespace {

template <bool is_folder>
struct FileRow {
  std::string name;
  std::string path;
  std::string file_name;
  std::string extension;
  std::optional<std::string> drive;
  std::optional<std::string> file_system;
  std::string file_type;
  std::optional<bool> compressed;
  std::optional<bool> encrypted;
  std::optional<DateTime> created;
  std::optional<DateTime> modified;
  std::optional<DateTime> accessed;
  std::optional<std::uint64_t> size;
  bool hidden = false;
  bool readable = false;
  bool writable = false;
  std::string system_name;
};
using DataFile = FileRow<false>;
using Directory = FileRow<true>;

constexpr cim::ValueName file_results[] = {{0, "Success"},
                                           {2, "Access denied"},
                                           {8, "Unspecified failure"},
                                           {9, "Invalid object"},
                                           {10, "Object already exists"},
                                           {11, "File system not NTFS"},
                                           {12, "Platform not Windows"},
                                           {13, "Drive not the same"},
                                           {14, "Directory not empty"},
                                           {15, "Sharing violation"},
                                           {16, "Invalid start file"},
                                           {17, "Privilege not held"},
                                           {21, "Invalid parameter"}};

/// What both classes tell, each with its own row type.
template <class Row, class... More>
consteval auto describe_files(cim::ClassName name, std::string_view class_name, More... more) {
  using namespace cim;
  using std::string, std::string_view;
  return describe(name, key<&Row::name>("Name").case_exact().described("The whole path."),
                  prop<&Row::name>("Caption").case_exact(), prop<&Row::compressed>("Compressed"),
                  constant<string_view>("CreationClassName", class_name), prop<&Row::created>("CreationDate"),
                  constant<string_view>("CSCreationClassName", "Win32_ComputerSystem"),
                  prop<&Row::system_name>("CSName"), prop<&Row::name>("Description").case_exact(),
                  prop<&Row::drive>("Drive").case_exact().described(
                      "The mount point: the DeviceID of a Win32_LogicalDisk."),
                  prop<&Row::encrypted>("Encrypted"), prop<&Row::extension>("Extension").case_exact(),
                  prop<&Row::file_name>("FileName").case_exact(), prop<&Row::size>("FileSize").units("bytes"),
                  prop<&Row::file_type>("FileType"),
                  constant<string_view>("FSCreationClassName", "Win32_FileSystem"),
                  prop<&Row::file_system>("FSName"),
                  prop<&Row::hidden>("Hidden").described("Its name begins with a dot."),
                  prop<&Row::created>("InstallDate"), prop<&Row::accessed>("LastAccessed"),
                  prop<&Row::modified>("LastModified"),
                  prop<&Row::path>("Path").case_exact().described(
                      "The folder it is in, with a slash at the end: /etc/ssh/."),
                  prop<&Row::readable>("Readable").described("To the account that asks."),
                  prop<&Row::writable>("Writeable").described("To the account that asks."), more...);
}

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::DataFile> =
    winrm::providers::describe_files<winrm::providers::DataFile>(
        ClassName("root/cimv2", "CIM_DataFile", "CIM_LogicalFile").only_under_condition()
            .described("A file, symbolic link, device, pipe or socket, as the account that asks may see it. Asked for "
                       "by WHERE Name = '/etc/hosts', or WHERE Path = '/etc/' for what is in one folder. A symbolic "
                       "link stands for itself."),
        "CIM_DataFile", unknown<std::string>("Manufacturer"), unknown<std::string>("Version"));

template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::Directory> =
    winrm::providers::describe_files<winrm::providers::Directory>(
        ClassName("root/cimv2", "Win32_Directory", "CIM_Directory").only_under_condition()
            .described("A folder, as the account that asks may see it. Asked for by WHERE Name = '/etc', or WHERE "
                       "Path = '/' for those in one folder. Delete and Copy take everything in it along."),
        "Win32_Directory");
// clang-format on

namespace winrm::providers {

namespace {

using cim::MethodResult;
using cim::NamedValues;
using system::FileKind;
using system::FileStatus;
using system::Host;

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::folder:
      return "File Folder";
    case FileKind::link:
      return "Symbolic Link";
    case FileKind::device:
      return "Device";
    case FileKind::pipe:
      return "Pipe";
    case FileKind::socket:
      return "Socket";
    case FileKind::regular:
      break;
  }
  return "File";
}

/// The mount that a path lies in.
system::Mount const* mount_of(std::vector<system::Mount> const& mounts, std::string const& path) {
  system::Mount const* best = nullptr;
  for (auto const& mount : mounts) {
    auto const& point = mount.point;
    bool const lies_in = point == "/" || (path.starts_with(point) &&
                                          (path.size() == point.size() || path[point.size()] == '/'));
    if (lies_in && (best == nullptr || point.size() > best->point.size())) best = &mount;
  }
  return best;
}

template <bool is_folder>
class Filler {
 public:
  using Row = FileRow<is_folder>;

  Filler(Host const& host, cim::Query const& query)
      : host_(host), system_name_(system::short_name(host.kernel())) {
    if (query.wants<&Row::drive, &Row::file_system>()) mounts_ = system::visible_mounts(host);
  }

  /// Nothing when there is none of this kind.
  [[nodiscard]] std::optional<Row> fill(std::string const& name) const {
    auto const status = host_.files().status(name);
    if (!status || (status->kind == FileKind::folder) != is_folder) return std::nullopt;
    Row row;
    row.name = name;
    split(row);
    row.file_type = name_of(status->kind);
    row.compressed = status->compressed;
    row.encrypted = status->encrypted;
    if (status->created) row.created = time_of(*status->created);
    row.modified = time_of(status->modified);
    row.accessed = time_of(status->accessed);
    if (status->kind == FileKind::regular) row.size = status->size;
    row.readable = status->readable;
    row.writable = status->writable;
    row.system_name = system_name_;
    if (auto const* mount = mount_of(mounts_, name)) {
      row.drive = mount->point;
      row.file_system = mount->type;
    }
    return row;
  }

 private:
  /// Nothing for what no date and time of CIM can be (DSP0004 5.2.4): touch(1) sets any.
  [[nodiscard]] std::optional<DateTime> time_of(system::SystemTime time) const {
    using namespace std::chrono;
    constexpr system::SystemTime first = sys_days(year(1) / 1 / 2);
    constexpr system::SystemTime end = sys_days(year(9999) / 12 / 31);
    if (time < first || time >= end) return std::nullopt;
    return host_.local(time);
  }
  static void split(Row& row) {
    auto const slash = row.name.rfind('/');
    row.path = row.name.substr(0, slash + 1);
    row.file_name = row.name.substr(slash + 1);
    row.hidden = row.file_name.starts_with('.');
    auto const dot = row.file_name.rfind('.');
    if (dot == std::string::npos || dot == 0) return;
    row.extension = row.file_name.substr(dot + 1);
    row.file_name.resize(dot);
  }

  Host const& host_;
  std::vector<system::Mount> mounts_;
  std::string system_name_;
};

template <bool is_folder>
std::optional<FileRow<is_folder>> get(Host const& host, cim::Query const& query) {
  auto const name = query.equals<&FileRow<is_folder>::name>();
  if (!name || !is_clean_path(*name)) return std::nullopt;
  return Filler<is_folder>(host, query).fill(*name);
}

template <bool is_folder>
cim::Generator<FileRow<is_folder>> enumerate(Host const& host, cim::Query const& query) {
  using Row = FileRow<is_folder>;
  if (query.equals<&Row::name>()) {
    auto const only = get<is_folder>(host, query);
    if (only) co_yield *only;
    co_return;
  }
  auto const folder = query.equals<&Row::path>();
  if (!folder) {
    throw cim::Failure(cim::Status::invalid_parameter,
                       is_folder
                           ? "there are too many folders to list them all: add WHERE Name = '/etc', or WHERE "
                             "Path = '/etc/' for those in /etc"
                           : "there are too many files to list them all: add WHERE Name = '/etc/hosts', or "
                             "WHERE Path = '/etc/' for those in /etc");
  }
  auto const path =
      folder->size() > 1 && folder->ends_with('/') ? folder->substr(0, folder->size() - 1) : *folder;
  if (!folder->ends_with('/') || !is_clean_path(path)) co_return;
  Filler<is_folder> const filler(host, query);
  auto const names = host.list(path).value_or(std::vector<std::string>());
  for (auto const& name : names) {
    auto const row = filler.fill(*folder + name);
    if (row) co_yield *row;
  }
}

// --- methods -----------------------------------------------------------------------------------------------

enum FileResult : std::uint32_t {
  success = 0,
  access_denied = 2,
  unspecified_failure = 8,
  invalid_object = 9,
  already_exists = 10,
  other_drive = 13,
  not_empty = 14,
  sharing_violation = 15,
  invalid_start_file = 16,
  invalid_parameter = 21
};

FileResult result_of(std::error_code const& refused) {
  if (!refused) return success;
  using std::errc;
  constexpr std::pair<errc, FileResult> results[] = {{errc::permission_denied, access_denied},
                                                     {errc::operation_not_permitted, access_denied},
                                                     {errc::read_only_file_system, access_denied},
                                                     {errc::no_such_file_or_directory, invalid_object},
                                                     {errc::not_a_directory, invalid_object},
                                                     {errc::file_exists, already_exists},
                                                     {errc::cross_device_link, other_drive},
                                                     {errc::directory_not_empty, not_empty},
                                                     {errc::device_or_resource_busy, sharing_violation},
                                                     {errc::text_file_busy, sharing_violation},
                                                     {errc::invalid_argument, invalid_parameter},
                                                     {errc::filename_too_long, invalid_parameter}};
  auto const* found =
      std::ranges::find_if(results, [&](auto const& entry) { return refused == entry.first; });
  return found == std::end(results) ? unspecified_failure : found->second;
}

/// With the name of the file it stopped at, as the methods ending in Ex tell it.
MethodResult stopped(system::FileFailure const& failure) {
  MethodResult result(result_of(failure.error));
  if (failure) result.with("StopFileName", failure.path);
  return result;
}

/// An operation that stopped begins anew: what is there already is not overwritten.
bool has_start_file(NamedValues const& in) {
  return !in.get<std::string>("StartFileName").value_or("").empty();
}

template <bool is_folder>
MethodResult copy(Host const& host, FileRow<is_folder> const& row, NamedValues const& in) {
  auto const target = in.get<std::string>("FileName").value_or("");
  if (!is_clean_path(target)) return invalid_parameter;
  return result_of(host.files().copy(row.name, target, true).error);
}

template <bool is_folder>
MethodResult copy_ex(Host const& host, FileRow<is_folder> const& row, NamedValues const& in) {
  if (has_start_file(in)) return invalid_start_file;
  auto const target = in.get<std::string>("FileName").value_or("");
  if (!is_clean_path(target)) return invalid_parameter;
  return stopped(host.files().copy(row.name, target, in.get<bool>("Recursive").value_or(false)));
}

template <bool is_folder>
MethodResult rename(Host const& host, FileRow<is_folder> const& row, NamedValues const& in) {
  auto const target = in.get<std::string>("FileName").value_or("");
  if (!is_clean_path(target)) return invalid_parameter;
  return result_of(host.files().rename(row.name, target));
}

template <bool is_folder>
system::FileFailure remove_all(Host const& host, FileRow<is_folder> const& row) {
  return is_folder ? host.files().remove_folder(row.name) : host.files().remove_file(row.name);
}
template <bool is_folder>
MethodResult remove(Host const& host, FileRow<is_folder> const& row, NamedValues const& /*in*/) {
  return result_of(remove_all(host, row).error);
}
template <bool is_folder>
MethodResult remove_ex(Host const& host, FileRow<is_folder> const& row, NamedValues const& in) {
  if (has_start_file(in)) return invalid_start_file;
  return stopped(remove_all(host, row));
}

template <bool is_folder>
[[noreturn]] MethodResult not_supported(Host const& /*host*/, FileRow<is_folder> const& row,
                                        NamedValues const& /*in*/) {
  throw cim::Failure(cim::Status::not_supported, "owners, permissions and compression of " + row.name +
                                                     " are not Windows' on Linux: use chown(1), "
                                                     "chmod(1), setfacl(1) or the file system's own tools");
}

/// The access rights of files in Windows (annex A.2, V14) that Linux tells apart.
enum AccessRight : std::uint32_t {
  read_data = 0x1,
  write_data = 0x2,
  append_data = 0x4,
  read_extended = 0x8,
  write_extended = 0x10,
  execute = 0x20,
  delete_child = 0x40,
  read_attributes = 0x80,
  write_attributes = 0x100,
  remove_itself = 0x10000,
  read_control = 0x20000,
  write_permissions = 0x40000,
  synchronize = 0x100000
};

/// A name is the business of the folder it is in; with the sticky bit also of the owner's (unlink(2)).
bool may_remove(Host const& host, std::string const& path, system::FileStatus const& status) {
  constexpr std::uint32_t sticky = 01000;
  auto const folder = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  auto const parent = host.files().status(folder);
  if (!parent || !parent->writable || !parent->executable) return false;
  return (parent->mode & sticky) == 0 || status.owned || parent->owned;
}

std::uint32_t access_of(Host const& host, std::string const& path, system::FileStatus const& status) {
  std::uint32_t access = read_attributes | read_extended | read_control | synchronize;
  if (status.readable) access |= read_data;
  if (status.writable) access |= write_data | append_data | write_extended;
  if (status.executable) access |= execute;
  if (status.owned) access |= write_permissions | write_attributes;
  if (status.kind == system::FileKind::folder && status.writable && status.executable) access |= delete_child;
  if (may_remove(host, path, status)) access |= remove_itself;
  return access;
}

/// Whether the calling account has every one of the rights.
template <bool is_folder>
MethodResult effective_permission(Host const& host, FileRow<is_folder> const& row, NamedValues const& in) {
  auto const status = host.files().status(row.name);
  auto const asked = in.get<std::uint32_t>("Permissions").value_or(0);
  return status && (access_of(host, row.name, *status) & asked) == asked ? 1U : 0U;
}

using cim::in;
using cim::out;
using cim::Parameter;
using std::string;

constexpr Parameter permissions[] = {in<std::uint32_t>("Permissions")};
constexpr Parameter file_name[] = {in<string>("FileName")};
constexpr Parameter copy_ex_parameters[] = {in<string>("FileName"), out<string>("StopFileName"),
                                            in<string>("StartFileName").optional(),
                                            in<bool>("Recursive").optional()};
constexpr Parameter delete_ex_parameters[] = {out<string>("StopFileName"),
                                              in<string>("StartFileName").optional()};
constexpr Parameter recursive_parameters[] = {
    out<string>("StopFileName"), in<string>("StartFileName").optional(), in<bool>("Recursive").optional()};
constexpr Parameter security_parameters[] = {
    in<cim::EmbeddedInstance>("SecurityDescriptor").of_class("Win32_SecurityDescriptor").optional(),
    in<std::uint32_t>("Option").optional()};
constexpr Parameter security_ex_parameters[] = {
    in<cim::EmbeddedInstance>("SecurityDescriptor").of_class("Win32_SecurityDescriptor").optional(),
    in<std::uint32_t>("Option").optional(), out<string>("StopFileName"),
    in<string>("StartFileName").optional(), in<bool>("Recursive").optional()};

template <bool is_folder>
using FileMethod = MethodResult (*)(Host const&, FileRow<is_folder> const&, NamedValues const&);
template <bool is_folder>
consteval cim::Method<FileRow<is_folder>> method(std::string_view name, FileMethod<is_folder> run,
                                                 std::span<Parameter const> parameters = {}) {
  return {.name = name, .parameters = parameters, .return_values = file_results, .run = run};
}

template <bool f>
constexpr cim::Method<FileRow<f>> methods[] = {
    method<f>("ChangeSecurityPermissions", not_supported<f>, security_parameters),
    method<f>("ChangeSecurityPermissionsEx", not_supported<f>, security_ex_parameters),
    method<f>("Compress", not_supported<f>),
    method<f>("CompressEx", not_supported<f>, recursive_parameters),
    method<f>("Copy", copy<f>, file_name),
    method<f>("CopyEx", copy_ex<f>, copy_ex_parameters),
    method<f>("Delete", remove<f>),
    method<f>("DeleteEx", remove_ex<f>, delete_ex_parameters),
    {.name = "GetEffectivePermission",
     .parameters = permissions,
     .run = effective_permission<f>,
     .return_type = cim::Type::boolean},
    method<f>("Rename", rename<f>, file_name),
    method<f>("TakeOwnerShip", not_supported<f>),
    method<f>("TakeOwnerShipEx", not_supported<f>, recursive_parameters),
    method<f>("Uncompress", not_supported<f>),
    method<f>("UncompressEx", not_supported<f>, recursive_parameters)};

}  // namespace

void add_files(cim::Registry& registry) {
  registry.add<DataFile>({.enumerate = enumerate<false>, .get = get<false>, .methods = methods<false>});
  registry.add<Directory>({.enumerate = enumerate<true>, .get = get<true>, .methods = methods<true>});
}

}  // namespace winrm::providers
