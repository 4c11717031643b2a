#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "providers/storage/paths.hpp"
#include "system/account_database.hpp"
#include "system/files.hpp"
#include "system/host.hpp"

namespace winrm::providers {

namespace {

struct FileSecurity {
  std::string path;
  std::optional<std::string> owner;
  std::optional<std::string> group;
  std::uint32_t owner_id = 0;
  std::uint32_t group_id = 0;
  std::string mode;
  std::optional<std::string> label;
};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::FileSecurity> = [] {
  using S = winrm::providers::FileSecurity;
  return describe(
      ClassName("root/cimv2", "Linux_LogicalFileSecuritySetting", "Win32_LogicalFileSecuritySetting")
          .only_under_condition()
          .described("Who owns a file or folder and may use it. Asked for by WHERE Path = '/etc/hosts'."),
      key<&S::path>("Path").case_exact(),
      prop<&S::path>("Caption").case_exact(),
      prop<&S::path>("Description").case_exact(),
      prop<&S::group>("GroupName"),
      prop<&S::group_id>("GroupId"),
      prop<&S::mode>("Mode").described("The permission bits in octal: 0644."),
      prop<&S::owner>("OwnerName"),
      prop<&S::owner_id>("OwnerId"),
      prop<&S::label>("SELinuxLabel"),
      prop<&S::path>("SettingID").case_exact());
}();
// clang-format on

namespace winrm::providers {

namespace {

using system::Host;

std::optional<FileSecurity> get(Host const& host, cim::Query const& query) {
  using S = FileSecurity;
  auto const path = query.equals<&S::path>();
  if (!path || !is_clean_path(*path)) return std::nullopt;
  auto const status = host.files().status(*path);
  if (!status) return std::nullopt;
  FileSecurity row;
  row.path = *path;
  row.owner_id = status->owner;
  row.group_id = status->group;
  row.mode = fmt::format("{:04o}", status->mode);
  row.label = status->security_label;
  if (query.wants<&S::owner>()) {
    auto const users = host.accounts().users();
    auto const owner = std::ranges::find(users, status->owner, &system::User::uid);
    if (owner != users.end()) row.owner = owner->name;
  }
  if (query.wants<&S::group>()) {
    auto const groups = host.accounts().groups();
    auto const group = std::ranges::find(groups, status->group, &system::Group::gid);
    if (group != groups.end()) row.group = group->name;
  }
  return row;
}

cim::Generator<FileSecurity> enumerate(Host const& host, cim::Query const& query) {
  if (!query.equals<&FileSecurity::path>()) {
    throw cim::Failure(cim::Status::invalid_parameter,
                       "there are too many files to list them all: add WHERE Path = '/etc/hosts'");
  }
  auto const row = get(host, query);
  if (row) co_yield *row;
}

}  // namespace

void add_file_security(cim::Registry& registry) {
  registry.add<FileSecurity>({.enumerate = enumerate, .get = get});
}

}  // namespace winrm::providers
