#include <algorithm>
#include <optional>

#include "cim/schema.hpp"
#include "providers/storage/classes.hpp"
#include "system/host.hpp"
#include "system/program.hpp"
#include "system/shares.hpp"

namespace winrm::providers {

namespace {

struct ShareRow {
  std::string name;
  std::string caption;
  std::string description;
  std::string path;
  std::uint32_t type = 0;
  bool allow_maximum = true;
  std::optional<std::uint32_t> maximum_allowed;
  system::Share share;
};

enum ShareType : std::uint32_t { disk_drive = 0, print_queue = 1 };
constexpr cim::ValueName share_types[] = {{0, "Disk Drive"},
                                          {1, "Print Queue"},
                                          {2, "Device"},
                                          {3, "IPC"},
                                          {2147483648, "Disk Drive Admin"},
                                          {2147483649, "Print Queue Admin"},
                                          {2147483650, "Device Admin"},
                                          {2147483651, "IPC Admin"}};
enum ShareResult : std::uint32_t {
  success = 0,
  access_denied = 2,
  invalid_name = 9,
  invalid_level = 10,
  invalid_parameter = 21,
  duplicate_share = 22,
  unknown_directory = 24
};
constexpr cim::ValueName share_results[] = {{0, "Success"},
                                            {2, "Access Denied"},
                                            {8, "Unknown Failure"},
                                            {9, "Invalid Name"},
                                            {10, "Invalid Level"},
                                            {21, "Invalid Parameter"},
                                            {22, "Duplicate Share"},
                                            {23, "Redirected Path"},
                                            {24, "Unknown Device or Directory"},
                                            {25, "Net Name Not Found"}};

}  // namespace

}  // namespace winrm::providers

// clang-format off
template <>
inline constexpr auto winrm::cim::schema_of<winrm::providers::ShareRow> = [] {
  using S = winrm::providers::ShareRow;
  namespace map = winrm::providers;
  using std::string_view, std::uint32_t;
  return describe(
      ClassName("root/cimv2", "Win32_Share", "CIM_LogicalElement")
          .described("A share of Samba (smb.conf and user shares) or an export of NFS, whose name is its path. User "
                     "shares alone are made, changed and deleted here."),
      key<&S::name>("Name"),
      prop<&S::allow_maximum>("AllowMaximum"),
      prop<&S::caption>("Caption"),
      prop<&S::description>("Description").described("The comment; of an export its clients and their options."),
      prop<&S::maximum_allowed>("MaximumAllowed"),
      prop<&S::path>("Path").case_exact(),
      prop<&S::type>("Type").values(map::share_types),
      unknown<uint32_t>("AccessMask"));
}();
// clang-format on

namespace winrm::providers {

namespace {

using cim::MethodResult;
using cim::NamedValues;
using system::Host;
using system::Share;

constexpr auto net_program = "/usr/bin/net";
constexpr auto everyone_reads = "S-1-1-0:R";
constexpr std::size_t longest_name = 80;

ShareRow fill(Share const& share) {
  ShareRow row;
  row.name = share.name;
  row.description = share.comment;
  row.caption = share.comment.empty() ? share.name : share.comment;
  row.path = share.path;
  row.type = share.printer ? print_queue : disk_drive;
  row.allow_maximum = !share.most_connections;
  row.maximum_allowed = share.most_connections;
  row.share = share;
  return row;
}

cim::Generator<ShareRow> enumerate(Host const& host, cim::Query const& /*query*/) {
  for (auto const& share : system::shares(host)) {
    auto const row = fill(share);
    co_yield row;
  }
}

/// Runs `net usershare`, which checks every right itself: the account's membership in the group that may
/// share, and that it owns the folder.
MethodResult user_share(Host const& host, std::vector<std::string> arguments) {
  if (!host.exists(net_program)) {
    throw cim::Failure(cim::Status::not_supported,
                       "shares are made by Samba, which is not installed: install the "
                       "package that has /usr/bin/net (samba-common-bin)");
  }
  arguments.insert(arguments.begin(), {net_program, "usershare"});
  auto const result = host.run(arguments);
  if (result.exit_status == 0) return success;
  auto const said = result.errors + result.output;
  auto const says = [&](std::string_view words) { return said.find(words) != std::string::npos; };
  constexpr std::string_view refusals[] = {"ermission denied", "not permitted", "not allowed", "only allowed",
                                           "only sharing directories we own"};
  if (std::ranges::any_of(refusals, says)) return access_denied;
  throw cim::Failure(cim::Status::failed, "net usershare: " + said);
}

/// What neither SMB nor a command line takes.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && !name.starts_with('-') &&
         name.find_first_of("%<>*?|/\\+=;:\",") == std::string_view::npos &&
         std::ranges::none_of(name, [](unsigned char c) { return c < ' '; });
}

/// What `net` takes for a value and not for one of its options, and what keeps to one line of the share's
/// file. The files of user shares are written by their users, what root hands on from them too.
bool is_value(std::string_view text) {
  return !text.starts_with('-') && std::ranges::none_of(text, [](unsigned char c) { return c < ' '; });
}

bool exists(Host const& host, std::string const& name) {
  auto const all = system::shares(host);
  return std::ranges::any_of(all, [&](Share const& share) {
    return std::ranges::equal(share.name, name, {}, cim::detail::fold, cim::detail::fold);
  });
}

/// Limits, passwords and Windows security descriptors have no place in a user share.
bool asks_too_much(NamedValues const& in) {
  return in.get<std::uint32_t>("MaximumAllowed") || !in.get<std::string>("Password").value_or("").empty() ||
         in.instance("Access") != nullptr;
}

MethodResult create(Host const& host, NamedValues const& in) {
  auto const name = in.get<std::string>("Name").value_or("");
  auto const path = in.get<std::string>("Path").value_or("");
  if (!is_name(name)) return invalid_name;
  if (in.get<std::uint32_t>("Type") != disk_drive) return invalid_level;
  if (asks_too_much(in)) return invalid_parameter;
  if (!path.starts_with('/') || !host.list(path)) return unknown_directory;
  if (exists(host, name)) return duplicate_share;
  auto const comment = in.get<std::string>("Description").value_or("");
  if (!is_value(path) || !is_value(comment)) return invalid_parameter;
  return user_share(host, {"add", name, path, comment, everyone_reads, "guest_ok=n"});
}

void refuse_configured(Share const& share) {
  if (share.kind == Share::Kind::user_share) return;
  auto const* file = share.kind == Share::Kind::nfs ? "/etc/exports" : "/etc/samba/smb.conf";
  throw cim::Failure(cim::Status::not_supported,
                     "the share " + share.name + " is written in " + file + ": change it there");
}

MethodResult remove(Host const& host, ShareRow const& row, NamedValues const& /*in*/) {
  refuse_configured(row.share);
  if (!is_name(row.name)) return invalid_name;
  return user_share(host, {"delete", row.name});
}

MethodResult set_share_info(Host const& host, ShareRow const& row, NamedValues const& in) {
  refuse_configured(row.share);
  if (asks_too_much(in)) return invalid_parameter;
  auto const comment = in.get<std::string>("Description").value_or(row.description);
  if (!is_name(row.name)) return invalid_name;
  if (!is_value(row.path) || !is_value(comment) || !is_value(row.share.access)) return invalid_parameter;
  auto const* guests = row.share.guests ? "guest_ok=y" : "guest_ok=n";
  return user_share(host, {"add", row.name, row.path, comment, row.share.access, guests});
}

[[noreturn]] MethodResult get_access_mask(Host const& /*host*/, ShareRow const& row,
                                          NamedValues const& /*in*/) {
  throw cim::Failure(
      cim::Status::not_supported,
      "who may use the share " + row.name + " is decided by Samba or NFS and by the files' permissions");
}

constexpr cim::Parameter create_parameters[] = {
    cim::in<std::string>("Path"),
    cim::in<std::string>("Name"),
    cim::in<std::uint32_t>("Type").values(share_types),
    cim::in<std::uint32_t>("MaximumAllowed").optional(),
    cim::in<std::string>("Description").optional(),
    cim::in<std::string>("Password").optional(),
    cim::in<cim::EmbeddedInstance>("Access").of_class("Win32_SecurityDescriptor").optional()};
constexpr cim::Parameter info_parameters[] = {
    cim::in<std::uint32_t>("MaximumAllowed").optional(), cim::in<std::string>("Description").optional(),
    cim::in<cim::EmbeddedInstance>("Access").of_class("Win32_SecurityDescriptor").optional()};
constexpr cim::Method<ShareRow> methods[] = {
    {.name = "Create", .parameters = create_parameters, .return_values = share_results, .run_static = create},
    {.name = "Delete", .return_values = share_results, .run = remove},
    {.name = "GetAccessMask", .run = get_access_mask},
    {.name = "SetShareInfo",
     .parameters = info_parameters,
     .return_values = share_results,
     .run = set_share_info}};

}  // namespace

void add_share(cim::Registry& registry) {
  registry.add<ShareRow>({.enumerate = enumerate, .methods = methods});
}

}  // namespace winrm::providers
